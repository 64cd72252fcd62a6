import { describe, expect, it } from 'vitest'
import { kernelLayout } from '#src/kernels/kernel-layout.js'
import { packMatrix, putMatrix, takeMatrix } from '#src/kernels/kernel-matrices.js'

const V = 40

describe('matrices in the memory of the kernel', () => {
  it.each([8, 14, 15, 16, 45, 46, 100, 300])(
    'of %i dimensions come out as they were put in, by a copy and where they lie',
    (D) => {
      const layout = kernelLayout({ words: V, dimensions: D, negative: 5, softmax: false }, 2, false)
      const pages = Math.ceil(layout.bytes / 65_536)
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
      const values = (scale: number) => Float32Array.from({ length: V * D }, (_, i) => Math.sin(scale * (i + 1)))
      putMatrix(memory, layout.input, layout.row, values(1), D)
      putMatrix(memory, layout.output, layout.row, values(2), D)
      expect(takeMatrix(memory, layout.input, layout.row, V, D)).toEqual(values(1))
      expect(takeMatrix(memory, layout.output, layout.row, V, D)).toEqual(values(2))
      const input = packMatrix(memory, layout.input, layout.row, V, D)
      const output = packMatrix(memory, layout.output, layout.row, V, D)
      expect([input.buffer, output.buffer]).toEqual([memory.buffer, memory.buffer])
      expect(input.slice()).toEqual(values(1))
      expect(output.slice()).toEqual(values(2))
    },
  )
})

import type { ChangeableText, Layout } from './layout.js'

/** v [P, D] is δ of the positions that may change. */
export class RowEach implements Layout {
  readonly size: number
  readonly positions: number

  constructor(readonly of: ChangeableText) {
    const { text, dimensions, changeable } = of
    this.size = changeable.length * dimensions
    this.positions = text.length / dimensions
  }

  perturb(v: Float64Array, into: Float32Array, start: number): void {
    const { text, dimensions: D, changeable } = this.of
    if (v.length === text.length) {
      for (let i = 0; i < text.length; i++) into[start + i] = text[i] + v[i]
      return
    }
    into.set(text, start)
    changeable.forEach((position, p) => {
      for (let d = 0; d < D; d++) into[start + position * D + d] += v[p * D + d]
    })
  }

  pull(gradient: Float32Array): Float32Array {
    if (gradient.length === this.size) return gradient
    const { dimensions: D, changeable } = this.of
    changeable.forEach((position, p) => {
      gradient.copyWithin(p * D, position * D, (position + 1) * D)
    })
    return gradient.subarray(0, this.size)
  }

  write(v: Float64Array, into: Float32Array, start: number): void {
    this.perturb(v, into, start)
  }
}

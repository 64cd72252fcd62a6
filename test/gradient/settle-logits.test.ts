import { describe, expect, it } from 'vitest'
import { linearLogits } from '#src/gradient/linear-logits.js'
import { exactLogit, settleLogits } from '#src/gradient/settle-logits.js'
import type { LinearForm } from '#src/gradient/victim.js'
import { normals } from './small-victims.js'

function form(labels: number, dimensions: number): LinearForm {
  return { output: normals(5, labels * dimensions), bias: normals(6, labels), pooling: 'sum' }
}

describe('exactLogit', () => {
  it.each([1, 2, 3, 33, 100])('of %i dimensions is, rounded, the byte of linearLogits', (D) => {
    const [K, B] = [40, 5]
    const linear = form(K, D)
    const embedded = normals(7, B * D)
    const logits = linearLogits(linear, { embedded, offsets: Int32Array.of(0, 1, 2, 3, 4, 5), dimensions: D })
    const pooled = Float64Array.from(embedded)
    const found = logits.map((_, i) => exactLogit(linear, i % K, pooled, Math.floor(i / K)))
    expect(found).toEqual(logits)
  })
})

describe('settleLogits', () => {
  const [K, D, B, run] = [50, 12, 2, 16]
  const linear = form(K, D)
  const embedded = normals(8, B * D)
  const exact = linearLogits(linear, { embedded, offsets: Int32Array.of(0, 1, 2), dimensions: D })
  const topsOf = (logits: Float32Array, label: number) =>
    Float32Array.from({ length: B * Math.ceil(K / run) }, (_, i) => {
      const [b, first] = [Math.floor(i / Math.ceil(K / run)), (i % Math.ceil(K / run)) * run]
      const rivals = logits.slice(b * K + first, b * K + Math.min(first + run, K))
      return rivals.reduce((most, z, k) => (first + k === label ? most : Math.max(most, z)), -Infinity)
    })

  it.each([-1, 7, 49])('replaces what rounding may have put first, and nothing far below (label %i)', (label) => {
    const logits = exact.map((z) => z * (1 + 1e-7))
    const b = 1
    settleLogits(linear, { pooled: Float64Array.from(embedded), logits, tops: topsOf(logits, label), run }, b, label)
    const rivals = Array.from({ length: K }, (_, k) => k).filter((k) => k !== label)
    const order = rivals.sort((i, j) => exact[b * K + j] - exact[b * K + i])
    expect(logits[b * K + order[0]]).toBe(exact[b * K + order[0]])
    const replaced = rivals.filter((k) => logits[b * K + k] !== Math.fround(exact[b * K + k] * (1 + 1e-7)))
    expect(replaced).toEqual([order[0]])
    expect(logits.subarray(0, K)).toEqual(exact.subarray(0, K).map((z) => z * (1 + 1e-7)))
  })

  it('of up to 16 labels replaces all', () => {
    const few = form(16, D)
    const pooled = Float64Array.from(embedded.subarray(0, D))
    const logits = new Float32Array(16)
    settleLogits(few, { pooled, logits, tops: Float32Array.of(0), run }, 0, 3)
    expect(logits).toEqual(Float32Array.from(logits, (_, k) => exactLogit(few, k, pooled, 0)))
  })
})

import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { MOST_VECTORS, RowProducts } from '#src/kernels/row-products.js'

const draws = new CounterStream(3, Purpose.Demonstration, 0)
const normals = (length: number) => Float64Array.from({ length }, () => draws.normal())

describe('RowProducts', () => {
  it.each([1, 2, 3, 7, 8, 16, 17, 31, 100])(
    'multiplies and sums rows of %i dimensions as plain loops do, for 1 to 64 vectors (1e-13)',
    (D) => {
      const products = new RowProducts(D)
      for (const R of [1, 2, 3, 5, Math.min(14, products.blockRows)]) {
        for (const B of [1, 2, 3, 4, 5, 6, 9, MOST_VECTORS]) {
          const rows = Float32Array.from(normals(R * D))
          const vectors = normals(B * D)
          const before = normals(B * D)
          products.load(rows, 0, R)
          products.vectors.set(vectors)
          products.sums.set(before)
          products.multiply(B)
          const weights = products.products.slice(0, B * R)
          products.addWeighted(B)
          for (let b = 0; b < B; b++) {
            for (let r = 0; r < R; r++) {
              let sum = 0
              for (let d = 0; d < D; d++) sum += vectors[b * D + d] * rows[r * D + d]
              expect(Math.abs(weights[b * R + r] - sum)).toBeLessThan(1e-13 * D)
            }
            for (let d = 0; d < D; d++) {
              let sum = before[b * D + d]
              for (let r = 0; r < R; r++) sum += weights[b * R + r] * rows[r * D + d]
              expect(Math.abs(products.sums[b * D + d] - sum)).toBeLessThan(1e-12)
            }
          }
        }
      }
    },
  )
})

describe('RowProducts.addProbable', () => {
  it.each([1, 3, 4, 7, 32, 37, 100])(
    'adds weighted rows of %i dimensions (1e-6 of the absolute products), the same bytes for any number of vectors',
    (D) => {
      const kernel = new RowProducts(D)
      for (const R of [1, 15, 16, Math.min(37, kernel.blockRows)]) {
        const B = 5
        const rows = Float32Array.from(normals(R * D))
        const before = normals(B * D)
        const weights = Float64Array.from({ length: B * R }, (_, i) => (i % 7 === 3 ? 1e-300 : draws.uniform()))
        kernel.load(rows, 0, R)
        const added = (first: number, count: number) => {
          kernel.products.set(weights.subarray(first * R, (first + count) * R))
          kernel.sums.set(before.subarray(first * D, (first + count) * D))
          kernel.addProbable(count)
          return kernel.sums.slice(0, count * D)
        }
        const sums = added(0, B)
        for (let b = 0; b < B; b++) {
          expect(added(b, 1)).toEqual(sums.subarray(b * D, (b + 1) * D))
          for (let d = 0; d < D; d++) {
            const products = Array.from({ length: R }, (_, r) => weights[b * R + r] * rows[r * D + d])
            const sum = products.reduce((a, x) => a + x, before[b * D + d])
            const scale = products.reduce((a, x) => a + Math.abs(x), 0)
            expect(Math.abs(sums[b * D + d] - sum)).toBeLessThanOrEqual(1e-6 * scale + 1e-14)
          }
        }
      }
    },
  )
})

describe('RowProducts.weigh', () => {
  it('is a softmax over the rows of several blocks without the label (1e-13), whatever comes first', () => {
    const D = 2_000
    const kernel = new RowProducts(D)
    const K = 3 * kernel.blockRows - 1
    const matrix = Float32Array.from({ length: K * D }, () => draws.normal() / 40)
    const labels = Int32Array.of(0, K - 1, 5)
    const B = labels.length
    kernel.vectors.set(Float64Array.from({ length: B * D }, () => 3 * draws.normal()))
    kernel.beginWeighing(labels)
    const logits = labels.reduce<number[][]>((all) => [...all, []], [])
    for (let from = 0; from < K; from += kernel.blockRows) {
      const rows = Math.min(kernel.blockRows, K - from)
      kernel.load(matrix, from, rows)
      kernel.multiply(B)
      for (const [b, row] of logits.entries()) row.push(...kernel.products.subarray(b * rows, (b + 1) * rows))
      kernel.weigh(B, from)
      kernel.addWeighted(B)
    }
    for (const [b, row] of logits.entries()) {
      const rivals = row.map((z, k) => (k === labels[b] ? -Infinity : z))
      const highest = Math.max(...rivals)
      const weights = rivals.map((z) => Math.exp(z - highest))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      expect(kernel.own[b]).toBe(row[labels[b]])
      expect(kernel.highest[b]).toBe(highest)
      expect(Math.abs(kernel.total[b] / total - 1)).toBeLessThan(1e-13)
      for (let d = 0; d < D; d += 97) {
        const sum = weights.reduce((all, weight, k) => all + weight * matrix[k * D + d], 0)
        expect(Math.abs(kernel.sums[b * D + d] - sum)).toBeLessThan(1e-12)
      }
    }
  })
})

import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { MOST_VECTORS, RowProducts } from '#src/kernels/row-products.js'

const draws = new CounterStream(3, Purpose.Demonstration, 0)
const normals = (length: number) => Float64Array.from({ length }, () => draws.normal())

describe('RowProducts', () => {
  it.each([1, 2, 3, 7, 8, 16, 17, 31, 100])(
    'multiplies rows of %i dimensions as plain loops do, for 1 to 64 vectors (1e-13)',
    (D) => {
      const products = new RowProducts(D)
      for (const R of [1, 2, 3, 5, Math.min(14, products.blockRows)]) {
        for (const B of [1, 2, 3, 4, 5, 6, 9, MOST_VECTORS]) {
          const rows = Float32Array.from(normals(R * D))
          const vectors = normals(B * D)
          products.load(rows, 0, R)
          products.vectors.set(vectors)
          products.multiply(B)
          const found = products.products.slice(0, B * R)
          for (let b = 0; b < B; b++) {
            for (let r = 0; r < R; r++) {
              let sum = 0
              for (let d = 0; d < D; d++) sum += vectors[b * D + d] * rows[r * D + d]
              expect(Math.abs(found[b * R + r] - sum)).toBeLessThan(1e-13 * D)
            }
          }
        }
      }
    },
  )
})

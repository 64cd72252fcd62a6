import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { MOST_EXAMPLES, SoftmaxRows } from '#src/kernels/softmax-rows.js'

const draws = new CounterStream(4, Purpose.Demonstration, 0)
const normals = (length: number) => Float64Array.from({ length }, () => draws.normal())

interface Problem {
  readonly matrix: Float32Array
  readonly bias: Float32Array
  readonly vectors: Float64Array
  readonly labels: Int32Array
}

function problemOf(K: number, D: number, B: number): Problem {
  return {
    matrix: Float32Array.from(normals(K * D)),
    bias: Float32Array.from(normals(K)),
    vectors: normals(B * D),
    labels: Int32Array.from({ length: B }, (_, b) => (b * 7 + K - 1) % K),
  }
}

/** All that the kernel gives for the vectors from `first` on. */
function read({ matrix, bias, vectors, labels }: Problem, D: number, first: number, count: number) {
  const kernel = new SoftmaxRows(D)
  const K = bias.length
  const logits = new Float32Array(count * K)
  const tops: number[][] = []
  kernel.vectors.set(vectors.subarray(first * D, (first + count) * D))
  kernel.begin(labels.subarray(first, first + count))
  for (let from = 0; from < K; from += kernel.blockRows) {
    kernel.read(matrix, bias, from, Math.min(kernel.blockRows, K - from), true)
    tops.push([...kernel.tops.subarray(0, count)])
    for (let b = 0; b < count; b++) kernel.copyLogits(b, logits, b * K + from)
  }
  const sums = Array.from({ length: count }, (_, b) => kernel.sums.slice(b * kernel.width, b * kernel.width + D))
  return { logits, tops, sums, highest: kernel.highest, total: kernel.total, blockRows: kernel.blockRows }
}

const SIZES = [1, 2, 3, 4, 7, 8, 17, 31, 100, 1_001].map((D) => ({ D }))

describe('SoftmaxRows', () => {
  it.each(SIZES)(
    'of $D dimensions gives logits within their bound, and their softmax over the rivals (2e-6 of absolute values)',
    ({ D }) => {
      const c = (D / 4 + 5) * 2 ** -24
      for (const K of [2, 5, 64, 65, 2 * new SoftmaxRows(D).blockRows + 3]) {
        const B = 5
        const problem = problemOf(K, D, B)
        const { matrix, bias, vectors, labels } = problem
        const found = read(problem, D, 0, B)
        for (let b = 0; b < B; b++) {
          const z = Float64Array.from(bias)
          for (let k = 0; k < K; k++) {
            let size = Math.abs(bias[k])
            for (let d = 0; d < D; d++) {
              const product = matrix[k * D + d] * vectors[b * D + d]
              z[k] += product
              size += Math.abs(product)
            }
            expect(Math.abs(found.logits[b * K + k] - z[k])).toBeLessThanOrEqual(c * size)
          }
          const own = found.logits.subarray(b * K, (b + 1) * K)
          const rivals = own.map((value, k) => (k === labels[b] ? -Infinity : value))
          const highest = rivals.reduce((a, value) => Math.max(a, value))
          expect(found.highest[b]).toBe(highest)
          found.tops.forEach((top, i) => {
            const run = rivals.subarray(i * found.blockRows, (i + 1) * found.blockRows)
            expect(top[b]).toBe(run.reduce((a, value) => Math.max(a, value)))
          })
          const weights = Float64Array.from(rivals, (value) => Math.exp(value - highest))
          const total = weights.reduce((sum, weight) => sum + weight)
          expect(Math.abs(found.total[b] / total - 1)).toBeLessThan(1e-6)
          for (let d = 0; d < D; d++) {
            let [sum, size] = [0, 0]
            weights.forEach((weight, k) => {
              sum += weight * matrix[k * D + d]
              size += weight * Math.abs(matrix[k * D + d])
            })
            expect(Math.abs(found.sums[b][d] - sum)).toBeLessThanOrEqual(2e-6 * size)
          }
        }
      }
    },
  )

  it.each(SIZES)('of $D dimensions gives a vector the same bytes beside any others', ({ D }) => {
    const K = new SoftmaxRows(D).blockRows + 6
    const problem = problemOf(K, D, MOST_EXAMPLES)
    const all = read(problem, D, 0, MOST_EXAMPLES)
    for (const [first, count] of [
      [0, 1],
      [1, 2],
      [3, 3],
      [6, 5],
      [63, 1],
    ]) {
      const some = read(problem, D, first, count)
      expect(some.logits).toEqual(all.logits.slice(first * K, (first + count) * K))
      expect(some.sums).toEqual(all.sums.slice(first, first + count))
      expect(some.highest.slice(0, count)).toEqual(all.highest.slice(first, first + count))
      expect(some.total.slice(0, count)).toEqual(all.total.slice(first, first + count))
    }
  })

  it.each(SIZES)(
    'of $D dimensions adds rows by any weights (4e-6 of absolute values), the same bytes for any number of sums',
    ({ D }) => {
      const kernel = new SoftmaxRows(D)
      for (const K of [2, 65, kernel.blockRows + 3]) {
        const B = 6
        const matrix = Float32Array.from(normals(K * D))
        const weights = Float32Array.from(normals(B * K))
        const added = (first: number, count: number) => {
          kernel.beginSums(count)
          for (let from = 0; from < K; from += kernel.blockRows) {
            const own = weights.subarray(first * K, (first + count) * K)
            kernel.addWeighted(matrix, own, from, Math.min(kernel.blockRows, K - from))
          }
          return Array.from({ length: count }, (_, b) => kernel.sums.slice(b * kernel.width, b * kernel.width + D))
        }
        const together = added(0, B)
        for (let b = 0; b < B; b++) {
          expect(added(b, 1)).toEqual([together[b]])
          for (let d = 0; d < D; d++) {
            let [sum, size] = [0, 0]
            for (let k = 0; k < K; k++) {
              const product = weights[b * K + k] * matrix[k * D + d]
              sum += product
              size += Math.abs(product)
            }
            expect(Math.abs(together[b][d] - sum)).toBeLessThanOrEqual(4e-6 * size)
          }
        }
      }
    },
  )

  it('weighs as exp does from 0 to -60 (2e-7, and the rounding of the difference), and what is far below not at all', () => {
    const kernel = new SoftmaxRows(4)
    kernel.vectors.set([1, 0, 0, 0])
    for (let z = 0; z > -60; z -= 0.37) {
      kernel.begin(Int32Array.of(0))
      kernel.read(Float32Array.of(5, 0, 0, 0, 0, 0, 0, 0, z, 1, 0, 0, -1e4, 0, 1, 0), new Float32Array(4), 0, 4, true)
      const exact = Math.exp(Math.fround(z))
      expect(Math.abs(kernel.sums[1] / exact - 1)).toBeLessThan(2e-7 + Math.abs(z) * 2 ** -24)
      expect(kernel.sums[2]).toBeLessThan(1.1e-30)
      expect(kernel.total[0]).toBe(Math.fround(1 + kernel.sums[1]))
    }
  })

  it('takes rows that hold no numbers for what they are', () => {
    const kernel = new SoftmaxRows(3)
    const matrix = Float32Array.of(1, 2, 3, 4, 5, 6, Number.NaN, 0, 0)
    kernel.vectors.set([1, 1, 1])
    kernel.begin(Int32Array.of(0))
    kernel.read(matrix, new Float32Array(3), 0, 3, true)
    const logits = new Float32Array(3)
    kernel.copyLogits(0, logits, 0)
    expect([...logits]).toEqual([6, 15, Number.NaN])
    expect(kernel.tops[0]).toBe(15)
    expect(kernel.total[0]).toBeNaN()
  })
})

import type { RowSums } from '../kernels/cbow-reference.js'
import { adamBias, BETA, EPSILON, type OptimizerName } from './optimizer.js'

/**
 * One step of an optimiser along the summed gradients, as plainly as it can be said. Only rows that have a sum are
 * touched: to SGD and Adagrad the others' gradients of 0 mean the same; Adam becomes "lazy", its moments rest while a
 * row is not read, and decay by steps in which it is.
 *
 * SGD: w -= r g. Adagrad (Duchi, Hazan, Singer 2011), with a = a + g^2: w -= r g / sqrt(a + eps). Adam (Kingma, Ba 2015,
 * algorithm 1), with m = b1 m + (1 - b1) g and v = b2 v + (1 - b2) g^2, at step t:
 * w -= r (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
 *
 * @param matrix [V, D]
 * @param sums g; forgotten thereafter
 * @param slots of the matrix: a, or m and v
 * @param learningRate r
 * @param t the step's number, from 1
 */
export function descendRows(
  optimizer: OptimizerName,
  matrix: Float32Array,
  sums: RowSums,
  slots: readonly Float32Array[],
  learningRate: number,
  t: number,
): void {
  const [first, second] = slots
  const bias = adamBias(t)
  if (optimizer === 'sgd') {
    sums.descend(matrix, learningRate)
    return
  }
  for (const row of sums.rows) {
    sums.of(row).forEach((g, d) => {
      const i = row * sums.dimensions + d
      if (optimizer === 'adagrad') {
        first[i] += g * g
        matrix[i] -= (learningRate * g) / Math.sqrt(first[i] + EPSILON)
        return
      }
      first[i] = BETA.first * first[i] + (1 - BETA.first) * g
      second[i] = BETA.second * second[i] + (1 - BETA.second) * g * g
      matrix[i] -= (learningRate * (first[i] / bias.first)) / (Math.sqrt(second[i] / bias.second) + EPSILON)
    })
  }
  sums.clear()
}

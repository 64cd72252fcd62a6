import { Adam } from '../base/adam.js'
import type { RowSums } from '../kernels/cbow-reference.js'
import { EPSILON, type OptimizerName } from './optimizer.js'

/**
 * One step of an optimiser along the summed gradients, as plainly as it can be said. Only rows that have a sum are
 * touched: to SGD and Adagrad the others' gradients of 0 mean the same; Adam becomes "lazy", its moments rest while a
 * row is not read, and decay by steps in which it is.
 *
 * SGD: w -= r g. Adagrad (Duchi, Hazan, Singer 2011), with a = a + g^2: w -= r g / sqrt(a + eps). Adam: {@link Adam}.
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
  if (optimizer === 'sgd') {
    sums.descend(matrix, learningRate)
    return
  }
  const adam = optimizer === 'adam' ? new Adam(matrix, EPSILON, { first, second }) : undefined
  for (const row of sums.rows) {
    const start = row * sums.dimensions
    if (adam) adam.update(t, learningRate, start, sums.of(row))
    else addAdagrad(matrix, first, start, sums.of(row), learningRate)
  }
  sums.clear()
}

function addAdagrad(matrix: Float32Array, squares: Float32Array, start: number, sum: Float64Array, rate: number): void {
  sum.forEach((g, d) => {
    squares[start + d] += g * g
    matrix[start + d] -= (rate * g) / Math.sqrt(squares[start + d] + EPSILON)
  })
}

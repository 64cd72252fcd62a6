import type { Objective } from '#src/gradient/objective.js'
import type { LinearForm } from '#src/gradient/victim.js'

/*
 * The loss of one example of a linear victim and its gradient in float64, from the definitions: z = U pool(x) + b,
 * cross-entropy -log p_y with g = a U^T (p - e_y), margin max_t z_t - z_y with g = a (u_t - u_y), at every position;
 * a = 1/C for the mean, 1 for the sum.
 */

export function logits(linear: LinearForm, embedded: Float64Array, dimensions: number): Float64Array {
  const positions = embedded.length / dimensions
  const share = linear.pooling === 'mean' ? 1 / positions : 1
  return Float64Array.from(linear.bias, (bias, k) => {
    let sum = bias
    for (let i = 0; i < embedded.length; i++)
      sum += share * embedded[i] * linear.output[k * dimensions + (i % dimensions)]
    return sum
  })
}

function rivalOf(z: Float64Array, label: number): number {
  let rival = -1
  z.forEach((value, k) => {
    if (k !== label && (rival < 0 || value > z[rival])) rival = k
  })
  return rival
}

/** -log p_y as log sum exp(z_t - z_y), or the margin. */
export function loss(objective: Objective, linear: LinearForm, x: Float64Array, dimensions: number, label: number) {
  const z = logits(linear, x, dimensions)
  if (objective === 'margin') return z[rivalOf(z, label)] - z[label]
  const highest = Math.max(...z)
  return highest + Math.log(z.reduce((sum, value) => sum + Math.exp(value - highest), 0)) - z[label]
}

/** [C, D], the same row at every position. */
export function gradient(objective: Objective, linear: LinearForm, x: Float64Array, dimensions: number, label: number) {
  const z = logits(linear, x, dimensions)
  const byLogit = new Float64Array(z.length)
  if (objective === 'margin') {
    byLogit[rivalOf(z, label)] = 1
    byLogit[label] = -1
  } else {
    // p_y - 1 as minus the sum of the others: no cancellation where p_y is nearly 1.
    const highest = Math.max(...z)
    const sum = z.reduce((total, value) => total + Math.exp(value - highest), 0)
    z.forEach((value, t) => {
      if (t !== label) byLogit[t] = Math.exp(value - highest) / sum
    })
    byLogit[label] = -byLogit.reduce((total, p) => total + p, 0)
  }
  const share = linear.pooling === 'mean' ? dimensions / x.length : 1
  return x.map((_, i) => {
    let sum = 0
    for (let t = 0; t < z.length; t++) sum += byLogit[t] * linear.output[t * dimensions + (i % dimensions)]
    return share * sum
  })
}

/** (L(x + h) - L(x - h)) / 2h of every value. */
export function centralDifferences(f: (x: Float64Array) => number, x: Float64Array, step = 1e-5): Float64Array {
  return x.map((value, i) => {
    const moved = x.slice()
    moved[i] = value + step
    const above = f(moved)
    moved[i] = value - step
    return (above - f(moved)) / (2 * step)
  })
}

/** |a - b|_2 / |b|_2. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0
  let norm = 0
  for (let i = 0; i < b.length; i++) {
    error += (a[i] - b[i]) ** 2
    norm += b[i] ** 2
  }
  return a.length === b.length ? Math.sqrt(error / norm) : Infinity
}

import { dot } from '../base/dot.js'

/** Independent vectors a_1, …, a_m of R^D, with an orthonormal basis of their span: A = Q R by Gram and Schmidt. */
export class Span {
  readonly #vectors: Float64Array[] = []
  /** Columns of Q, [D] each. */
  readonly #basis: Float64Array[] = []
  /** Columns of R: a_j in the basis, [j + 1]. */
  readonly #coordinates: number[][] = []

  /** Splits a vector into its part in the span, as factors of the a_j, and the rest, which is orthogonal to them. */
  split(vector: Float64Array): { readonly along: number[]; readonly rest: Float64Array } {
    const { inside: along, rest } = this.#project(vector)
    for (let i = along.length - 1; i >= 0; i--) {
      for (let j = i + 1; j < along.length; j++) along[i] -= this.#coordinates[j][i] * along[j]
      along[i] /= this.#coordinates[i][i]
    }
    return { along, rest }
  }

  add(vector: Float64Array): void {
    const { inside, rest } = this.#project(vector)
    const length = Math.sqrt(dot(rest, rest))
    this.#vectors.push(vector)
    this.#coordinates.push([...inside, length])
    this.#basis.push(rest.map((value) => value / length))
  }

  drop(index: number): void {
    const [, ...later] = this.#vectors.splice(index)
    this.#basis.length = index
    this.#coordinates.length = index
    for (const vector of later) this.add(vector)
  }

  /** A vector's coordinates in the basis, and the rest. Twice, since once leaves what was rounded away. */
  #project(vector: Float64Array): { readonly inside: number[]; readonly rest: Float64Array } {
    const rest = vector.slice()
    const inside = this.#basis.map(() => 0)
    for (let pass = 0; pass < 2; pass++) {
      this.#basis.forEach((q, i) => {
        const coordinate = dot(q, rest)
        inside[i] += coordinate
        for (let d = 0; d < rest.length; d++) rest[d] -= coordinate * q[d]
      })
    }
    return { inside, rest }
  }
}

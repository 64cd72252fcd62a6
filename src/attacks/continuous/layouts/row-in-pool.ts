import type { Norm } from '../../../base/norm.js'
import { type Pooling, pool, positionWeight } from '../../../gradient/pooling.js'
import type { ChangeableText, Layout } from './layout.js'
import { addRow, shareOf } from './one-row.js'

/**
 * The one row v [D] of `OneRow` where a victim's logits are affine in the pool of the words: it reads the pool,
 * h + a P s v with a the weight of a position, as a text of one word, and the gradient with respect to v is a P s times
 * that with respect to the pool. This is C times less to do.
 */
export class RowInPool implements Layout {
  readonly size: number
  readonly positions = 1
  /** h, [D]. */
  readonly #pool: Float64Array
  readonly #share: number
  /** a P s. */
  readonly #weight: number

  constructor(
    readonly of: ChangeableText,
    norm: Exclude<Norm, 'l1'>,
    pooling: Pooling,
  ) {
    const { text, dimensions, changeable } = of
    const batch = { embedded: text, offsets: Int32Array.of(0, text.length / dimensions), dimensions }
    this.size = dimensions
    this.#pool = pool(batch, pooling)
    this.#share = shareOf(norm, changeable)
    this.#weight = positionWeight(pooling, batch, 0) * changeable.length * this.#share
  }

  write(v: Float64Array, into: Float32Array, start: number): void {
    const h = this.#pool
    for (let d = 0; d < v.length; d++) into[start + d] = h[d] + this.#weight * v[d]
  }

  pull(gradient: Float32Array): Float32Array {
    for (let d = 0; d < gradient.length; d++) gradient[d] *= this.#weight
    return gradient
  }

  perturb(v: Float64Array, into: Float32Array, start: number): void {
    addRow(this.of, this.#share, v, into, start)
  }
}

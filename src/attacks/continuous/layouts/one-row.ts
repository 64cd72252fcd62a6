import type { Norm } from '../../../base/norm.js'
import type { ChangeableText, Layout } from './layout.js'

/** s: a row v [D] put at P positions as s v has the norm of v over all of them. */
export function shareOf(norm: Exclude<Norm, 'l1'>, changeable: Int32Array): number {
  return norm === 'linf' ? 1 : 1 / Math.sqrt(Math.max(1, changeable.length))
}

/** v [D] is one row for all positions that may change: δ = s v at each. Its gradient is s times the sum of theirs. */
export class OneRow implements Layout {
  readonly size: number
  readonly positions: number
  readonly #share: number

  constructor(
    readonly of: ChangeableText,
    norm: Exclude<Norm, 'l1'>,
  ) {
    this.size = of.dimensions
    this.positions = of.text.length / of.dimensions
    this.#share = shareOf(norm, of.changeable)
  }

  perturb(v: Float64Array, into: Float32Array, start: number): void {
    addRow(this.of, this.#share, v, into, start)
  }

  pull(gradient: Float32Array): Float32Array {
    const { dimensions: D, changeable } = this.of
    for (let d = 0; d < D; d++) {
      let sum = 0
      for (const position of changeable) sum += gradient[position * D + d]
      gradient[d] = this.#share * sum
    }
    return gradient.subarray(0, D)
  }

  write(v: Float64Array, into: Float32Array, start: number): void {
    this.perturb(v, into, start)
  }
}

/** Writes the text with `share` v [D] added at the positions that may change, [C, D]. */
export function addRow(
  { text, dimensions: D, changeable }: ChangeableText,
  share: number,
  v: Float64Array,
  into: Float32Array,
  start: number,
): void {
  if (changeable.length * D < text.length) into.set(text, start)
  for (const position of changeable) {
    const from = position * D
    for (let d = 0; d < D; d++) into[start + from + d] = text[from + d] + share * v[d]
  }
}

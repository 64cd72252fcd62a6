import type { Edit } from '../../gradient/edit.js'
import type { State } from './read-states.js'

/** A text with one edit more. */
export interface Child {
  readonly parent: State
  readonly edit: Edit
}

/** Edits of a text, best first. */
export interface EditsInOrder {
  readonly parent: State
  readonly length: number
  /** The estimated loss of the text with the edit, which falls with `index`. */
  estimate(index: number): number
  edit(index: number): Edit
}

/**
 * The best edits of several lists, highest estimate first; of equal ones that of the first list. They are found one by one as
 * they are asked for: a beam takes a few of some thousand.
 */
export class RankedEdits {
  readonly #lists: readonly EditsInOrder[]
  /** For each list how many of it were found, and the estimate of the next one. */
  readonly #taken: Int32Array
  readonly #next: Float64Array
  readonly #children: Child[] = []
  readonly #estimates: number[] = []

  /** @param capacity how many are found at most */
  constructor(
    lists: readonly EditsInOrder[],
    readonly capacity: number,
  ) {
    this.#lists = lists
    this.#taken = new Int32Array(lists.length)
    this.#next = Float64Array.from(lists, (list) => (list.length > 0 ? list.estimate(0) : -Infinity))
  }

  /** Whether there are as many as may be found. */
  get full(): boolean {
    return this.child(this.capacity - 1) !== undefined
  }

  /** The child of a rank from 0 on; undefined where there are no more. */
  child(rank: number): Child | undefined {
    while (this.#children.length <= rank && this.#children.length < this.capacity && this.#findNext());
    return this.#children[rank]
  }

  /** Its estimated loss; -Infinity where there is none. */
  estimate(rank: number): number {
    return this.child(rank) === undefined ? -Infinity : this.#estimates[rank]
  }

  #findNext(): boolean {
    let best = -1
    let highest = -Infinity
    for (let i = 0; i < this.#next.length; i++) {
      if (this.#next[i] > highest) {
        highest = this.#next[i]
        best = i
      }
    }
    if (best < 0) return false
    const list = this.#lists[best]
    this.#children.push({ parent: list.parent, edit: list.edit(this.#taken[best]) })
    this.#estimates.push(highest)
    const next = ++this.#taken[best]
    this.#next[best] = next < list.length ? list.estimate(next) : -Infinity
    return true
  }
}

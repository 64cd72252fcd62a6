import { NO_ROW } from './tensor-batch.js'

/** Which places of a list hold the same row. */
export interface RowGroups {
  /** The rows that occur, each once, in the order of their first occurrence. */
  readonly rows: Int32Array
  /** Places in the list, those of the first row first; in ascending order within a row. */
  readonly members: Int32Array
  /** Which of `rows` stands at each of `members`: ascending. */
  readonly groups: Int32Array
}

/** Groups lists of row numbers, by counting: in time proportional to the list, not to V. */
export class RowGrouping {
  /** [V]: where a row stands among the distinct ones of the list under way; -1 between two calls. */
  readonly #groupOf: Int32Array

  /** @param words V */
  constructor(words: number) {
    this.#groupOf = new Int32Array(words).fill(-1)
  }

  /** @param list row numbers; NO_ROW is left out */
  group(list: Int32Array): RowGroups {
    const groupOf = this.#groupOf
    const rows: number[] = []
    const counts: number[] = []
    for (const row of list) {
      if (row === NO_ROW) continue
      if (groupOf[row] < 0) groupOf[row] = counts.push(0) - 1
      if (counts[groupOf[row]]++ === 0) rows.push(row)
    }
    const next: number[] = []
    let length = 0
    for (const count of counts) {
      next.push(length)
      length += count
    }
    const members = new Int32Array(length)
    const groups = new Int32Array(length)
    list.forEach((row, place) => {
      if (row === NO_ROW) return
      const group = groupOf[row]
      members[next[group]] = place
      groups[next[group]++] = group
    })
    for (const row of rows) groupOf[row] = -1
    return { rows: Int32Array.from(rows), members, groups }
  }
}

/**
 * How many words changed: the fewest substitutions, insertions and deletions that make one text of the other
 * (Levenshtein 1966); between texts of one length the positions that differ, which is what swaps are counted by.
 * Looks only at a band around the diagonal, which it doubles until the distance lies within (Ukkonen 1985): O(C d)
 * for a distance d.
 */
export function changedWords(before: Int32Array, after: Int32Array): number {
  if (before.length === after.length) {
    return before.reduce((count, id, position) => count + (id === after[position] ? 0 : 1), 0)
  }
  const longest = Math.max(before.length, after.length)
  for (let band = Math.abs(before.length - after.length); ; band *= 2) {
    const distance = distanceWithin(before, after, band)
    if (distance <= band || band >= longest) return distance
  }
}

/** The edit distance, where no edit script leaves the band; else some number above it. */
function distanceWithin(a: Int32Array, b: Int32Array, band: number): number {
  const far = a.length + b.length
  let above = new Int32Array(b.length + 1).map((_, j) => (j <= band ? j : far))
  let row = new Int32Array(b.length + 1)
  for (let i = 1; i <= a.length; i++) {
    const [from, to] = [Math.max(1, i - band), Math.min(b.length, i + band)]
    row[from - 1] = from === 1 && i <= band ? i : far
    for (let j = from; j <= to; j++) {
      const swapped = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(swapped, above[j] + 1, row[j - 1] + 1)
    }
    if (to < b.length) row[to + 1] = far
    ;[above, row] = [row, above]
  }
  return above[b.length]
}

import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { changedWords } from '#src/evaluate/rows/changed-words.js'

/** The textbook's table, whole. */
function levenshtein(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]
}

describe('changedWords', () => {
  it.each([
    [[1, 2, 3], [1, 2, 3], 0],
    [[1, 2, 3], [1, 9, 3], 1],
    // Of one length: position by position.
    [[1, 2, 3], [2, 3, 1], 3],
    [[1, 2, 3], [1, 3], 1],
    [[1, 2, 3], [9, 1, 2, 3], 1],
    [[1, 2, 3], [], 3],
    [[], [4], 1],
  ])('%j to %j: %d', (a, b, count) => {
    expect(changedWords(Int32Array.from(a), Int32Array.from(b))).toBe(count)
  })

  it('is the edit distance between 500 random pairs of different lengths', () => {
    const stream = new CounterStream(1, Purpose.Demonstration, 0)
    const words = (length: number) => Int32Array.from({ length }, () => stream.below(4))
    for (let i = 0; i < 500; i++) {
      const [a, b] = [words(stream.below(14)), words(stream.below(14))]
      if (a.length !== b.length) expect(changedWords(a, b)).toBe(levenshtein(a, b))
    }
  })

  it('takes texts of 100,000 words', () => {
    const long = Int32Array.from({ length: 100_000 }, (_, i) => i % 97)
    expect(
      changedWords(
        long,
        long.filter((_, i) => i % 50_000 !== 7),
      ),
    ).toBe(2)
  })
})

import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { RowSieve } from '#src/kernels/row-sieve.js'

/** Rows of length 1, [V, D]; every seventh is zeros, every fifth has one number alone. */
function unitRows(words: number, dimensions: number): Float32Array {
  const stream = new CounterStream(3, Purpose.Demonstration, 0)
  const rows = new Float32Array(words * dimensions)
  for (let row = 0; row < words; row++) {
    if (row % 7 === 6) continue
    const values = Array.from({ length: dimensions }, (_, d) => (row % 5 === 4 && d > 0 ? 0 : stream.normal()))
    const length = Math.hypot(...values)
    rows.set(
      values.map((value) => value / length),
      row * dimensions,
    )
  }
  return rows
}

describe('RowSieve', () => {
  it.each([
    { words: 50, dimensions: 1 },
    { words: 203, dimensions: 7 },
    { words: 1024, dimensions: 100 },
    { words: 301, dimensions: 1024 },
  ])('lets pass every row that reaches the threshold, and none farther off than twice its error: %o', (shape) => {
    const { words, dimensions } = shape
    const rows = unitRows(words, dimensions)
    const sieve = new RowSieve(rows, dimensions)
    for (const asked of [0, 4, 6]) {
      const query = rows.subarray(asked * dimensions, (asked + 1) * dimensions)
      const exact = Array.from({ length: words }, (_, row) =>
        query.reduce((sum, value, d) => sum + value * rows[row * dimensions + d], 0),
      )
      sieve.ask(query)
      for (const least of [-1, -0.2, 0, 0.1, 0.5, 1]) {
        for (const [start, end] of [
          [0, words],
          [16, Math.min(words, 43)],
        ]) {
          const passed = new Set(sieve.pass(start, end, least))
          for (let row = start; row < end; row++) {
            if (exact[row] >= least) expect(passed.has(row)).toBe(true)
            if (exact[row] < least - 2 * sieve.error) expect(passed.has(row)).toBe(false)
          }
          for (const row of passed) expect(row >= start && row < end).toBe(true)
        }
      }
    }
    expect(sieve.error).toBeLessThan(0.002)
  })

  it('says what does not fit into its memory', () => {
    expect(RowSieve.holds(3_000_000, 300)).toBe(true)
    expect(RowSieve.holds(10_000_000, 300)).toBe(false)
  })
})

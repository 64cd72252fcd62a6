import { expect, it } from 'vitest'
import { type EditsInOrder, RankedEdits } from '#src/attacks/words/ranked-edits.js'
import { CounterStream, Purpose } from '#src/base/random.js'

const example = { row: 1, encoded: { text: '', ids: new Int32Array(), spans: [], unknown: 0 }, label: 0 }
const parent = { example, member: 0, edits: [] }
const stream = new CounterStream(1, Purpose.Demonstration, 11)

/** Falling estimates from a few values, so that many are equal. */
function drawnList(position: number): EditsInOrder {
  const estimates = Array.from({ length: stream.below(6) }, () => stream.below(8)).sort((a, b) => b - a)
  const edit = (position: number) => ({ move: 'delete', position }) as const
  return {
    parent,
    length: estimates.length,
    estimate: (index) => estimates[index],
    edit: (index) => edit(10 * position + index),
  }
}

it('gives what a stable sort of all edits gives (100 drawn lists of lists)', () => {
  for (let round = 0; round < 100; round++) {
    const lists = Array.from({ length: stream.below(7) }, (_, position) => drawnList(position))
    const all = lists.flatMap((list) =>
      Array.from({ length: list.length }, (_, i) => ({ estimate: list.estimate(i), edit: list.edit(i) })),
    )
    const capacity = 1 + stream.below(12)
    const expected = all.toSorted((a, b) => b.estimate - a.estimate).slice(0, capacity)
    const ranked = new RankedEdits(lists, capacity)
    // Any of them may be asked for first.
    const middle = stream.below(capacity)
    expect(ranked.child(middle)?.edit).toEqual(expected[middle]?.edit)
    for (let rank = 0; rank <= capacity; rank++) {
      expect(ranked.child(rank)).toEqual(expected[rank] && { parent, edit: expected[rank].edit })
      expect(ranked.estimate(rank)).toBe(expected[rank]?.estimate ?? -Infinity)
    }
    expect(ranked.full).toBe(all.length >= capacity)
  }
})

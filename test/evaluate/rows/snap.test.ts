import { describe, expect, it } from 'vitest'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { Snap } from '#src/evaluate/rows/snap.js'
import { Vocabulary } from '#src/text/vocabulary.js'

// `twin` stands where `left` does.
const words = ['left', 'right', 'up', 'twin']
const vectors = Float32Array.of(0, 0, 4, 0, 0, 4, 0, 0)
const snap = new Snap(new Embeddings(new Vocabulary(words, new Float64Array(4)), vectors, 2))

/** The words that come of words, moved to points. */
function snapped(ids: readonly number[], points: readonly (readonly [number, number])[]): string[] {
  const original = Float32Array.from(ids.flatMap((id) => [...vectors.subarray(2 * id, 2 * id + 2)]))
  const outcome = snap.outcome(Int32Array.from(ids), original, Float32Array.from(points.flat()))
  if (outcome.kind !== 'words') throw new Error('no words')
  const after = ids.map((id) => words[id])
  for (const edit of outcome.edits) if (edit.move === 'substitute') after[edit.position] = words[edit.word]
  return after
}

describe('bringing embeddings back to words', () => {
  it('takes the nearest word at each position', () => {
    const points = [
      [1.9, 0],
      [2.1, 0],
      [0, 2.1],
    ] as const
    expect(snapped([0, 0, 0], points)).toEqual(['left', 'right', 'up'])
    expect(
      snapped(
        [1, 2],
        [
          [2.1, 1],
          [3, 3.1],
        ],
      ),
    ).toEqual(['right', 'up'])
  })

  it('leaves a word for none that is only as near, and a word that has not moved as it is', () => {
    expect(
      snapped(
        [0, 3],
        [
          [0.1, 0],
          [0.1, 0],
        ],
      ),
    ).toEqual(['left', 'twin'])
    expect(snapped([0], [[2, 0]])).toEqual(['left'])
    expect(snapped([3], [[0, 0]])).toEqual(['twin'])
  })
})

import type { AttackOutcome } from '../../attacks/attack.js'
import type { Embeddings } from '../../embeddings/embeddings.js'
import type { Edit } from '../../gradient/edit.js'
import { wordId } from '../../text/vocabulary.js'

/**
 * Brings perturbed embeddings back to words: each perturbed position becomes the word whose vector is nearest in the
 * Euclidean distance, the first of equals. O(V D) for a position.
 */
export class Snap {
  /** |v|² / 2 of each word, [V]. */
  readonly #halfSquares: Float64Array

  constructor(readonly embeddings: Embeddings) {
    const { vectors, dimensions } = embeddings
    this.#halfSquares = Float64Array.from(embeddings.vocabulary.words, (_, id) => {
      const v = vectors.subarray(id * dimensions, (id + 1) * dimensions)
      return v.reduce((sum, value) => sum + value * value, 0) / 2
    })
  }

  /**
   * The swaps nearest to a perturbed input.
   * @param ids of the words as they were, [C]
   * @param original their vectors, [C, D]
   * @param perturbed [C, D]
   */
  outcome(ids: Int32Array, original: Float32Array, perturbed: Float32Array): AttackOutcome {
    const D = this.embeddings.dimensions
    const edits: Edit[] = []
    for (let position = 0; position < ids.length; position++) {
      const [start, end] = [position * D, (position + 1) * D]
      const x = perturbed.subarray(start, end)
      if (x.every((value, d) => value === original[start + d])) continue
      const word = this.#nearest(x, ids[position])
      if (word !== ids[position]) edits.push({ move: 'substitute', position, word: wordId(word) })
    }
    return { kind: 'words', edits }
  }

  /** |x - v|² is least where x · v - |v|² / 2 is highest; a word as near as `own` does not replace it. */
  #nearest(x: Float32Array, own: number): number {
    let nearest = own
    let highest = this.#score(x, own)
    for (let id = 0; id < this.#halfSquares.length; id++) {
      const score = this.#score(x, id)
      if (score > highest) {
        highest = score
        nearest = id
      }
    }
    return nearest
  }

  #score(x: Float32Array, id: number): number {
    const { vectors } = this.embeddings
    const start = id * x.length
    let product = -this.#halfSquares[id]
    for (let d = 0; d < x.length; d++) product += x[d] * vectors[start + d]
    return product
  }
}

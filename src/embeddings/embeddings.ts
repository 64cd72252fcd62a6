import type { Vocabulary, WordId } from '../text/vocabulary.js'

/** Word vectors: a matrix [V, D] of float32, row-major, with the words of its rows. */
export class Embeddings {
  /**
   * @param vocabulary V words
   * @param vectors [V, D], finite
   * @param dimensions D
   */
  constructor(
    readonly vocabulary: Vocabulary,
    readonly vectors: Float32Array,
    readonly dimensions: number,
  ) {
    if (vectors.length !== vocabulary.size * dimensions) {
      throw new RangeError(`${vectors.length} values for ${vocabulary.size} words of ${dimensions} dimensions`)
    }
  }

  /** The vector of a word, [D]: a view, not a copy. */
  vectorOf(id: WordId): Float32Array {
    return this.vectors.subarray(id * this.dimensions, (id + 1) * this.dimensions)
  }
}

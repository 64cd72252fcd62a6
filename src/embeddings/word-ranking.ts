/** Ranks the whole vocabulary, faster than the CPU does. */
export interface WordRanking {
  /** Words that can be asked for at once. */
  readonly mostWords: number
  /**
   * The words with the highest products with `direction` [D], the best first; their scores are summed in float32.
   * @param count at most `mostWords`, and V
   */
  bestWords(direction: Float32Array, count: number): { readonly words: Uint32Array; readonly scores: Float32Array }
}

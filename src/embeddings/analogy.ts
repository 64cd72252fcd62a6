import type { WordId } from '../text/vocabulary.js'
import type { Neighbour, NeighbourTable } from './nearest.js'

/** `a` is to `b` as `c` is to what? */
export interface AnalogyQuestion {
  readonly a: WordId
  readonly b: WordId
  readonly c: WordId
}

/**
 * The k best answers by 3CosAdd: the words nearest to b - a + c, all three of length 1, the question's own words
 * excluded (Mikolov, Yih, Zweig: "Linguistic Regularities in Continuous Space Word Representations", NAACL 2013; the
 * name is Levy and Goldberg's, CoNLL 2014).
 * @param first answers are looked for among the first so many words only
 */
export function solveAnalogy(
  table: NeighbourTable,
  { a, b, c }: AnalogyQuestion,
  k: number,
  first?: number,
): Neighbour[] {
  const [from, to, other] = [a, b, c].map((id) => table.unitVector(id))
  const query = Float32Array.from(other, (value, d) => to[d] - from[d] + value)
  return table.nearest(query, k, { exclude: [a, b, c], first })
}

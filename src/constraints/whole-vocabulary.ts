import type { Vocabulary } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'

/** Every word may replace every word. */
export function wholeVocabulary({ size }: Vocabulary): CandidateSource {
  const all = Int32Array.from({ length: size }, (_, id) => id)
  return { name: 'vocabulary', candidatesOf: () => all }
}

import { englishStopWords } from '../text/stop-words.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { protectedWords } from './protected-words.js'
import type { SwapConstraint } from './swap-constraint.js'

/** Leaves the stop words of English ("the", "of") as they are. They may still be put in for other words. */
export function stopWordsKept(vocabulary: Vocabulary): SwapConstraint {
  return { ...protectedWords(vocabulary, englishStopWords()), name: 'stop-words-kept' }
}

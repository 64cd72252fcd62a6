import { englishStopWords } from '../text/stop-words.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { SwapConstraint } from './swap-constraint.js'

/** Leaves the stop words of English ("the", "of") as they are. They may still be put in for other words. */
export function stopWordsKept({ words }: Vocabulary): SwapConstraint {
  const kept = englishStopWords()
  return {
    name: 'stop-words-kept',
    mayChange: ({ ids }, position) => !kept.has(words[ids[position]]),
  }
}

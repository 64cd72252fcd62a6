import type { Vocabulary } from '../text/vocabulary.js'
import type { SwapConstraint } from './swap-constraint.js'

/** Leaves some words as they are. They may still be put in for other words. */
export function protectedWords({ words }: Vocabulary, kept: ReadonlySet<string>): SwapConstraint {
  return {
    name: 'protected-words',
    mayChange: ({ ids }, position) => !kept.has(words[ids[position]]),
  }
}

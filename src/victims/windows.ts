import { BLANK } from '../text/blank.js'
import type { CentreWord } from './centre-word.js'

/** A window as an example for a centre word. */
export interface CentreWordExample {
  /** Number of the window in its corpus, from 1. */
  readonly row: number
  /** The context words, with `___` for the word in the middle: `the quick ___ jumps over`. */
  readonly text: string
  /** The word in the middle: the ground truth. */
  readonly label: string
}

/**
 * The windows of a corpus, one for each known word: the victim's full window on either side, cut at the ends of the
 * sentence. As in training, words that the victim does not know are left out first; unlike there, no window is shrunk
 * at random and no word is thinned out. A sentence with one known word has no context and no example.
 * @param sentences lists of words, as `readSentences` gives them with the victim's tokenizer
 */
export async function* centreWordExamples(
  victim: Pick<CentreWord, 'embeddings' | 'window'>,
  sentences: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
): AsyncGenerator<CentreWordExample, void, undefined> {
  const { vocabulary } = victim.embeddings
  let row = 0
  for await (const sentence of sentences) {
    const words = sentence.filter((word) => vocabulary.idOf(word) !== undefined)
    if (words.length < 2) continue
    for (const [at, label] of words.entries()) {
      const before = words.slice(Math.max(0, at - victim.window), at)
      const after = words.slice(at + 1, at + 1 + victim.window)
      yield { row: ++row, text: [...before, BLANK, ...after].join(' '), label }
    }
  }
}

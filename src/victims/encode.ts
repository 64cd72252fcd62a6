import type { EncodedText } from '../gradient/victim.js'
import type { Span, Tokenizer } from '../text/tokenizer.js'
import type { Vocabulary, WordId } from '../text/vocabulary.js'

/**
 * Reads a text as a victim does: its known words in order, with their places in the text as written.
 * @param read what the tokenizer gets to see, as long as `text`; `text` itself unless given
 */
export function encodeWords(text: string, tokenizer: Tokenizer, vocabulary: Vocabulary, read = text): EncodedText {
  const ids: number[] = []
  const spans: Span[] = []
  let unknown = 0
  for (const { word, start, end } of tokenizer.tokens(read)) {
    const id = vocabulary.idOf(word)
    if (id === undefined) {
      unknown++
    } else {
      ids.push(id)
      spans.push({ start, end })
    }
  }
  return { text, ids: new Int32Array(ids), spans, unknown }
}

/** Whether a word as it is written is read as itself, looked up once for each; undefined where words are not read one by one. */
export function loneReading(tokenizer: Tokenizer, vocabulary: Vocabulary): ((word: WordId) => boolean) | undefined {
  if (!tokenizer.wordByWord) return undefined
  const verdicts = new Int8Array(vocabulary.size)
  return (word) => {
    if (verdicts[word] === 0) {
      const { ids } = encodeWords(vocabulary.words[word], tokenizer, vocabulary)
      verdicts[word] = ids.length === 1 && ids[0] === word ? 1 : -1
    }
    return verdicts[word] > 0
  }
}

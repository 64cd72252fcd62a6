import type { Attack, AttackOutcome } from '#src/attacks/attack.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { TextClassifier } from '#src/victims/text-classifier.js'

const GOODNESS: Readonly<Record<string, number>> = {
  the: 0,
  a: 0,
  film: 0,
  plot: 0,
  was: 0,
  is: 0,
  and: 0,
  but: 0,
  great: 2,
  good: 1,
  lovely: 1.5,
  fine: 0.5,
  warm: 0.75,
  ordinary: -0.25,
  slow: -0.5,
  dull: -1,
  bad: -1.25,
  awful: -2,
  cold: -0.75,
  grim: -1.5,
}

/**
 * 20 words in 3 dimensions, labels negative and positive: the first dimension says how good a word is, and the logits
 * are minus and plus its mean, so that the margin of a text is twice the mean goodness of its words.
 */
export function smallVictim(): TextClassifier {
  const vectors = Object.entries(GOODNESS).map(([word, goodness], i) => [word, [goodness, (i % 5) / 8, (i % 3) / 4]])
  return classifierOf(Object.fromEntries(vectors), [-1, 1, 0, 0, 0, 0])
}

/**
 * A text classifier with the labels negative and positive, without bias.
 * @param vectors of its words, the most frequent first, [D] each
 * @param weights [D, 2]
 */
export function classifierOf(
  vectors: Readonly<Record<string, readonly number[]>>,
  weights: readonly number[],
): TextClassifier {
  const words = Object.keys(vectors)
  const vocabulary = new Vocabulary(
    words,
    Float64Array.from(words, (_, i) => 100 - i),
  )
  const values = Float32Array.from(words.flatMap((word) => vectors[word]))
  const embeddings = new Embeddings(vocabulary, values, weights.length / 2)
  const labels = ['negative', 'positive']
  return new TextClassifier(embeddings, Float32Array.from(weights), new Float32Array(2), labels, wordTokenizer)
}

/** Its third label is far away: reached only on purpose. */
export function threeLabelVictim(): TextClassifier {
  const { embeddings, tokenizer } = smallVictim()
  const weights = Float32Array.of(-1, 1, 0, 0, 0, 8, 0, 0, 0)
  return new TextClassifier(embeddings, weights, Float32Array.of(0, 0, -4), ['negative', 'positive', 'odd'], tokenizer)
}

/** Swaps the first known words for a word: as many as asked for. */
export function swapFirst(victim: TextClassifier, word: string, count = 1): Attack {
  const id = victim.embeddings.vocabulary.idOf(word) ?? wordId(-1)
  return {
    name: 'swap-first',
    kind: 'words',
    options: { word, count },
    run: (_, examples) =>
      examples.map(({ encoded }): AttackOutcome => {
        const positions = [...encoded.ids.keys()].slice(0, count)
        return { kind: 'words', edits: positions.map((position) => ({ move: 'substitute', position, word: id })) }
      }),
  }
}

/** Moves the goodness of every word by epsilon, up or down whichever leaves the label: the exact optimum in Linf. */
export function shiftGoodness(epsilon: number): Attack {
  return {
    name: 'shift-goodness',
    kind: 'continuous',
    options: { epsilon, norm: 'linf' },
    withEpsilon: shiftGoodness,
    run: (victim, examples) =>
      examples.map(({ encoded, label }, index): AttackOutcome => {
        const { dimensions } = victim.embeddings
        const embedded = Float32Array.from(
          [...encoded.ids].flatMap((id) => [...victim.embeddings.vectorOf(wordId(id))]),
        )
        victim.logits({ embedded, offsets: Int32Array.of(0, encoded.ids.length), dimensions }, [index])
        for (let i = 0; i < embedded.length; i += dimensions) embedded[i] += label === 1 ? -epsilon : epsilon
        return { kind: 'continuous', embedded }
      }),
  }
}

/** Does nothing, `kind` the way it says. */
export const idle: Attack = {
  name: 'idle',
  kind: 'words',
  options: {},
  run: (_, examples) => examples.map(() => ({ kind: 'words', edits: [] })),
}

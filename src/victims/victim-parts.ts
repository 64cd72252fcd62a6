import { UserError } from '../base/errors.js'
import { Embeddings } from '../embeddings/embeddings.js'
import type { Pooling } from '../gradient/pooling.js'
import type { Victim } from '../gradient/victim.js'
import { type Phrase, Phrases, phrasesOf, withPhrases } from '../text/phrases.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { tokenizerNames, tokenizerOf } from '../text/tokenizers.js'
import { Vocabulary } from '../text/vocabulary.js'
import { CentreWord } from './centre-word.js'
import { TextClassifier } from './text-classifier.js'

interface SharedParts {
  readonly words: readonly string[]
  /** [V]. */
  readonly counts: Float64Array
  /** [V, D]. */
  readonly vectors: Float32Array
  readonly dimensions: number
  readonly tokenizer: string
  /** The passes of its phrases, if it joins any. */
  readonly phrases?: readonly (readonly Phrase[])[]
}

/** What a victim of our own consists of, as it can be sent to a thread; the large arrays lie in memory that is shared. */
export type VictimParts = SharedParts &
  (
    | {
        readonly kind: 'text-classifier'
        /** [D, K]. */
        readonly weights: Float32Array
        /** [K]. */
        readonly bias: Float32Array
        readonly labels: readonly string[]
      }
    | {
        readonly kind: 'centre-word'
        /** [V, D]. */
        readonly outputEmbeddings: Float32Array
        readonly pooling: Pooling
        readonly window: number
      }
  )

/**
 * Takes a victim apart: its parameters are copied once, however many threads will read them.
 * @throws UserError for a victim of the caller's own code, or with a tokenizer of it: a thread could not make it again
 */
export function partsOfVictim(victim: Victim): VictimParts {
  if (victim instanceof TextClassifier) {
    const { weights, bias, labels } = victim
    return { kind: 'text-classifier', ...commonParts(victim), weights: shared(weights), bias: shared(bias), labels }
  }
  if (victim instanceof CentreWord) {
    const { outputEmbeddings, pooling, window } = victim
    const output = shared(outputEmbeddings)
    return { kind: 'centre-word', ...commonParts(victim), outputEmbeddings: output, pooling, window }
  }
  throw new UserError(
    `a victim of kind '${victim.kind}'${victim.engine ? ' on a GPU' : ''} cannot be sent to a thread; leave --workers out`,
  )
}

/** The victim again, reading the very memory of the parts. */
export function victimOfParts(parts: VictimParts): TextClassifier | CentreWord {
  const { words, counts, vectors, dimensions, phrases } = parts
  const embeddings = new Embeddings(new Vocabulary(words, counts), vectors, dimensions)
  const tokenizer = withPhrases(tokenizerOf(parts.tokenizer), phrases && new Phrases(phrases))
  if (parts.kind === 'text-classifier') {
    return new TextClassifier(embeddings, parts.weights, parts.bias, parts.labels, tokenizer)
  }
  return new CentreWord(embeddings, parts.outputEmbeddings, parts.pooling, tokenizer, parts.window)
}

function commonParts({ embeddings, tokenizer }: { embeddings: Embeddings; tokenizer: Tokenizer }): SharedParts {
  if (!tokenizerNames.includes(tokenizer.name)) {
    throw new UserError(`tokenizer '${tokenizer.name}' cannot be sent to a thread; leave --workers out`)
  }
  const { vocabulary, vectors, dimensions } = embeddings
  return {
    words: vocabulary.words,
    counts: vocabulary.counts,
    vectors: shared(vectors),
    dimensions,
    tokenizer: tokenizer.name,
    phrases: phrasesOf(tokenizer)?.passes,
  }
}

/** The same numbers in memory that threads share; the array itself where it lies there already. */
function shared(values: Float32Array): Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}

import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import type { Pooling } from '#src/gradient/pooling.js'
import type { Victim } from '#src/gradient/victim.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { TextClassifier } from '#src/victims/text-classifier.js'

const WORDS = ['the', 'quick', 'brown', 'fox', 'jumps', 'over', 'a', 'lazy', 'dog', 'and', 'sleeps', 'well']

/** `count` normal numbers, the same for the same `index`. */
export function normals(index: number, count: number, scale = 1): Float32Array {
  const stream = new CounterStream(11, Purpose.Demonstration, index)
  return Float32Array.from({ length: count }, () => scale * stream.normal())
}

/** 12 words in D dimensions. */
export function smallEmbeddings(dimensions: number): Embeddings {
  const vocabulary = new Vocabulary(
    WORDS,
    Float64Array.from(WORDS, (_, i) => 100 - i),
  )
  return new Embeddings(vocabulary, normals(1, WORDS.length * dimensions), dimensions)
}

export function smallClassifier(labels = ['negative', 'neutral', 'positive'], dimensions = 7): TextClassifier {
  const weights = normals(2, dimensions * labels.length)
  return new TextClassifier(smallEmbeddings(dimensions), weights, normals(3, labels.length), labels, wordTokenizer)
}

export function smallCentreWord(pooling: Pooling = 'mean', dimensions = 7): CentreWord {
  const output = normals(4, WORDS.length * dimensions)
  return new CentreWord(smallEmbeddings(dimensions), output, pooling, wordTokenizer)
}

/** A victim with another forward pass on tensors. */
export function withTensorLogits(victim: Victim, tensorLogits: Victim['tensorLogits']): Victim {
  const { kind, labels, embeddings, parameters } = victim
  const encode = (text: string) => victim.encode(text)
  return { kind, labels, embeddings, parameters, encode, logits: (batch) => victim.logits(batch), tensorLogits }
}

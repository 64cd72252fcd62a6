import * as tf from '@tensorflow/tfjs-core'
import type { Attack, AttackExample } from '#src/attacks/attack.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { embed } from '#src/gradient/embed.js'
import type { Pooling } from '#src/gradient/pooling.js'
import { predictedLabel } from '#src/gradient/prediction.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import type { EmbeddedBatch, LinearForm, Victim } from '#src/gradient/victim.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { whitespaceTokenizer } from '#src/text/whitespace-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { FunctionVictim } from '#src/victims/function-victim.js'
import { TextClassifier } from '#src/victims/text-classifier.js'

/** A victim whose logits are affine in the pooled embedded words. */
export type LinearVictim = Victim & { readonly linear: LinearForm }

/** One text of a victim, at the label that the victim predicts. */
export interface Case {
  readonly example: AttackExample
  readonly ids: Int32Array
  /** The embedded words, [C, D]. */
  readonly x: Float32Array
  /** C. */
  readonly positions: number
  /** [K]. */
  readonly logits: Float32Array
  readonly label: number
}

export interface Trial<V extends Victim = LinearVictim> {
  readonly victim: V
  readonly cases: readonly Case[]
}

export const D = 6

export function normals(length: number, seed: number, scale = 1): Float32Array {
  const stream = new CounterStream(seed, Purpose.Demonstration, 0)
  return Float32Array.from({ length }, () => scale * stream.normal())
}

/** Words `w0`, `w1`, … with normal vectors [words, D]. */
export function randomEmbeddings(words: number, seed: number): Embeddings {
  const names = Array.from({ length: words }, (_, id) => `w${id}`)
  return new Embeddings(new Vocabulary(names, new Float64Array(words)), normals(words * D, seed), D)
}

/** Random texts of 1 to `longest` words; a word may stand in one several times. */
export function casesOf(victim: Victim, count: number, seed: number, longest = 10): Case[] {
  const words = victim.embeddings.vocabulary.size
  return Array.from({ length: count }, (_, index) => {
    const stream = new CounterStream(seed, Purpose.Demonstration, index + 1)
    const text = Array.from({ length: 1 + stream.below(longest) }, () => `w${stream.below(words)}`).join(' ')
    return caseOf(victim, text, index + 1)
  })
}

export function caseOf(victim: Victim, text: string, row = 1): Case {
  const encoded = victim.encode(text)
  const { ids } = encoded
  const x = embed(victim.embeddings, [ids]).embedded
  const logits = logitsAt(victim, x)
  const label = predictedLabel(logits)
  return { example: { row, encoded, label }, ids, x, positions: ids.length, logits, label }
}

/** A classifier of random weights with texts of its words. */
export function classifierTrial(labels: number, count = 100, { words = 40, bias = 0.3, seed = 1 } = {}) {
  const victim = new TextClassifier(
    randomEmbeddings(words, seed),
    normals(D * labels, seed + 1),
    normals(labels, seed + 2, bias),
    Array.from({ length: labels }, (_, k) => `label ${k}`),
    whitespaceTokenizer,
  )
  return { victim, cases: casesOf(victim, count, seed + 3) }
}

/**
 * A classifier whose rows, and whose words, lie nearly along one line: there the bounds by which exact searches leave
 * labels and words out are nearly reached.
 */
export function alongOneLine(labels: number, count: number, words = 40, seed = 1): Trial<TextClassifier> {
  const direction = normals(D, seed)
  const along = (rows: number, index: number) => {
    const [lengths, noise] = [normals(rows, index), normals(rows * D, index + 1, 0.1)]
    return noise.map((value, i) => value + lengths[Math.floor(i / D)] * direction[i % D])
  }
  const { vocabulary } = randomEmbeddings(words, seed)
  const output = along(labels, seed + 1)
  const victim = new TextClassifier(
    new Embeddings(vocabulary, along(words, seed + 3), D),
    output.map((_, i) => output[(i % labels) * D + Math.floor(i / labels)]),
    normals(labels, seed + 5, 2),
    Array.from({ length: labels }, (_, k) => `label ${k}`),
    whitespaceTokenizer,
  )
  return { victim, cases: casesOf(victim, count, seed + 6) }
}

/** A CBOW model of random weights with windows of its words: K = V. */
export function centreWordTrial(pooling: Pooling, count = 100, words = 40): Trial<CentreWord> {
  const victim = new CentreWord(randomEmbeddings(words, 5), normals(words * D, 6), pooling, whitespaceTokenizer)
  return { victim, cases: casesOf(victim, count, 7) }
}

/** Two labels by a function that is not linear: z = (sum over the words of tanh(2 x · a), 0.1). Needs TensorFlow.js. */
export function curvedVictim(): FunctionVictim {
  const direction = normals(D, 8)
  return new FunctionVictim({
    labels: ['up', 'down'],
    embeddings: randomEmbeddings(40, 1),
    tokenizer: whitespaceTokenizer,
    parameters: new Map([['direction', { values: direction, shape: [D] }]]),
    logits(embedded, mask, { direction }) {
      const slopes = tf.tanh(tf.mul(2, tf.sum(tf.mul(embedded, direction), 2)))
      const up: tf.Tensor2D = tf.sum(tf.mul(slopes, mask), 1, true)
      return tf.concat2d([up, tf.fill([embedded.shape[0], 1], 0.1)], 1)
    },
  })
}

export const batchOf = (x: Float32Array, dimensions = D): EmbeddedBatch => ({
  embedded: x,
  offsets: Int32Array.of(0, x.length / dimensions),
  dimensions,
})

export const logitsAt = (victim: Victim, x: Float32Array): Float32Array =>
  victim.logits(batchOf(x, victim.embeddings.dimensions))

export const predictedAt = (victim: Victim, x: Float32Array): number => predictedLabel(logitsAt(victim, x))

/** a, the weight of one position in the pooled vector. */
export const weightOf = ({ linear }: LinearVictim, positions: number): number =>
  linear.pooling === 'mean' ? 1 / positions : 1

/** du_t = u_t - u_y, [D]. */
export const differenceOf = ({ linear: { output } }: LinearVictim, t: number, y: number): Float64Array =>
  Float64Array.from({ length: D }, (_, d) => output[t * D + d] - output[y * D + d])

/** `after` - `before`, in float64. */
export const changeOf = (before: ArrayLike<number>, after: ArrayLike<number>): Float64Array =>
  Float64Array.from(before, (value, i) => after[i] - value)

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** What a continuous attack makes of each case, [C, D]. */
export function perturb(victim: Victim, attack: Attack, cases: readonly Case[], target?: number): Float32Array[] {
  const examples = cases.map(({ example }) => ({ ...example, target }))
  const outcomes = attack.run(new ReadOnlyVictim(victim, examples.length), examples, { seed: 1 })
  return outcomes.map((outcome) => {
    if (outcome.kind === 'words') throw new Error(`${attack.name} gives words`)
    return outcome.embedded
  })
}

/** Linear victims of all kinds, with 400 texts in all. */
export const linearTrials: readonly (readonly [string, Trial])[] = [
  ['two labels', classifierTrial(2)],
  ['seven labels', classifierTrial(7)],
  ['the centre word over a mean', centreWordTrial('mean')],
  ['the centre word over a sum', centreWordTrial('sum')],
  ['twelve labels along one line', alongOneLine(12, 100)],
]

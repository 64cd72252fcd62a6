import * as tf from '@tensorflow/tfjs-core'
import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import type { EmbeddedBatch, EncodedText, LinearForm, Parameter, Victim } from '#src/gradient/victim.js'
import { Vocabulary } from '#src/text/vocabulary.js'

/** Standard normal numbers that are the same in every run. */
export function normals(length: number, seed: number, scale = 1): Float32Array {
  const stream = new CounterStream(seed, Purpose.Demonstration, 0)
  return Float32Array.from({ length }, () => scale * stream.normal())
}

/** V words `w0`, `w1`, … with normal vectors. */
export function smallEmbeddings(words: number, dimensions: number, seed: number): Embeddings {
  const names = Array.from({ length: words }, (_, id) => `w${id}`)
  return new Embeddings(new Vocabulary(names, new Float64Array(words)), normals(words * dimensions, seed), dimensions)
}

function encodeWith({ vocabulary }: Embeddings, text: string): EncodedText {
  const tokens = [...text.matchAll(/\w+/g)].map(({ 0: word, index }) => ({
    id: vocabulary.idOf(word),
    span: { start: index, end: index + word.length },
  }))
  const known = tokens.filter(({ id }) => id !== undefined)
  return {
    text,
    ids: Int32Array.from(known, ({ id }) => id ?? 0),
    spans: known.map(({ span }) => span),
    unknown: tokens.length - known.length,
  }
}

/** logits = output · mean(embedded) + bias. */
export class LinearVictim implements Victim {
  readonly kind = 'text-classifier'
  readonly labels: readonly string[]
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly linear: LinearForm

  /** @param output [K, D] */
  constructor(
    readonly embeddings: Embeddings,
    readonly output: Float32Array,
    readonly bias: Float32Array,
  ) {
    this.labels = Array.from(bias, (_, k) => `label${k}`)
    this.linear = { output, bias, pooling: 'mean' }
    this.parameters = new Map([
      ['output', { values: output, shape: [bias.length, embeddings.dimensions], onTape: true }],
      ['bias', { values: bias, shape: [bias.length], onTape: true }],
    ])
  }

  encode(text: string): EncodedText {
    return encodeWith(this.embeddings, text)
  }

  logits({ embedded, offsets, dimensions }: EmbeddedBatch): Float32Array {
    const K = this.bias.length
    const logits = new Float32Array((offsets.length - 1) * K)
    for (let b = 0; b < offsets.length - 1; b++) {
      for (let k = 0; k < K; k++) {
        let sum = 0
        for (let t = offsets[b]; t < offsets[b + 1]; t++) {
          for (let d = 0; d < dimensions; d++) {
            sum += embedded[t * dimensions + d] * this.output[k * dimensions + d]
          }
        }
        logits[b * K + k] = sum / (offsets[b + 1] - offsets[b]) + this.bias[k]
      }
    }
    return logits
  }

  tensorLogits(embedded: tf.Tensor3D, mask: tf.Tensor2D, { output, bias }: tf.NamedTensorMap): tf.Tensor2D {
    const mean = tf.div<tf.Tensor2D>(tf.sum(embedded, 1), tf.sum(mask, 1, true))
    return tf.add(tf.matMul(mean, output, false, true), bias)
  }
}

/**
 * A linear victim of normal weights.
 * @param seed of the weights; the next one's is that of the bias
 * @param spread standard deviation of the bias
 */
export function linearVictim(embeddings: Embeddings, labels: number, seed: number, spread = 1): LinearVictim {
  const output = normals(labels * embeddings.dimensions, seed)
  return new LinearVictim(embeddings, output, normals(labels, seed + 1, spread))
}

/** Two labels, of which it leans to the first: one swap is not always enough. */
export const leaningVictim = (embeddings: Embeddings): LinearVictim =>
  new LinearVictim(embeddings, normals(2 * embeddings.dimensions, 2), Float32Array.of(3, 0))

/** The same weights, and a first label that nothing leaves. */
export function stubbornVictim({ embeddings, output, bias }: LinearVictim): LinearVictim {
  return new LinearVictim(
    embeddings,
    output,
    Float32Array.from(bias, (_, k) => (k === 0 ? 1000 : 0)),
  )
}

/** Two labels by a function that is not linear: z = (sum over positions of tanh(3 x · a), 0.1). */
export class CurvedVictim implements Victim {
  readonly kind = 'function'
  readonly labels = ['up', 'down']
  readonly parameters: ReadonlyMap<string, Parameter>

  constructor(
    readonly embeddings: Embeddings,
    readonly direction: Float32Array,
  ) {
    this.parameters = new Map([['direction', { values: direction, shape: [direction.length, 1], onTape: true }]])
  }

  encode(text: string): EncodedText {
    return encodeWith(this.embeddings, text)
  }

  logits({ embedded, offsets, dimensions }: EmbeddedBatch): Float32Array {
    const logits = new Float32Array((offsets.length - 1) * 2).fill(0.1)
    for (let b = 0; b < offsets.length - 1; b++) {
      let sum = 0
      for (let t = offsets[b]; t < offsets[b + 1]; t++) {
        let product = 0
        for (let d = 0; d < dimensions; d++) product += embedded[t * dimensions + d] * this.direction[d]
        sum += Math.tanh(3 * product)
      }
      logits[2 * b] = sum
    }
    return logits
  }

  tensorLogits(embedded: tf.Tensor3D, mask: tf.Tensor2D, { direction }: tf.NamedTensorMap): tf.Tensor2D {
    const [rows, positions, dimensions] = embedded.shape
    const products = tf.reshape(
      tf.matMul(tf.reshape(embedded, [rows * positions, dimensions]), direction as tf.Tensor2D),
      [rows, positions],
    )
    const up = tf.sum(tf.mul(tf.tanh(tf.mul(products, 3)), mask), 1, true)
    return tf.concat([up, tf.fill([rows, 1], 0.1)], 1) as tf.Tensor2D
  }
}

export const curvedVictim = (embeddings: Embeddings): CurvedVictim =>
  new CurvedVictim(embeddings, normals(embeddings.dimensions, 6))

import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import type { TensorData } from '#src/base/safetensors.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { LayersModelVictim } from '#src/victims/layers-model.js'
import { normals } from '../attacks/small-victims.js'
import { drain } from './collect.js'

await useTensorBackend('cpu')

const [POSITIONS, D] = [5, 4]
const WORDS = ['not', 'good', 'bad', 'film', 'plot', 'is', 'a', 'very', 'the', 'cast']
const LABELS = ['negative', 'positive']
const embeddings = new Embeddings(new Vocabulary(WORDS, new Float64Array(WORDS.length)), normals(10 * D, 1), D)

/** `not good` is negative and `not bad` positive: no mean of words can tell, two neighbouring positions can. */
const ROWS = [0, 1, 2].flatMap((place) =>
  ['good', 'bad', 'not good', 'not bad'].flatMap((opinion, kind) =>
    ['film plot is', 'the very cast', 'a cast is', 'plot a film'].map((rest) => {
      const others = rest.split(' ')
      const text = [...others.slice(0, place), opinion, ...others.slice(place)].join(' ')
      return { text, label: LABELS[kind === 0 || kind === 3 ? 1 : 0] }
    }),
  ),
)

/** A convolution over pairs of words, trained until it has all rows right. */
async function train(): Promise<LayersModelVictim> {
  const seeded = (seed: number) => tfl.initializers.glorotNormal({ seed })
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv1d({
        ...{ inputShape: [POSITIONS, D], filters: 12, kernelSize: 2 },
        ...{ activation: 'relu', kernelInitializer: seeded(1) },
      }),
      tfl.layers.globalMaxPooling1d({}),
      tfl.layers.dense({ units: 2, kernelInitializer: seeded(2) }),
    ],
  })
  const victim = new LayersModelVictim({ model, labels: LABELS, embeddings, tokenizer: wordTokenizer })
  const inputs = tf.stack(
    ROWS.map(({ text }) => {
      const padded = new Float32Array(POSITIONS * D)
      victim.encode(text).ids.forEach((id, c) => {
        padded.set(embeddings.vectors.subarray(id * D, (id + 1) * D), c * D)
      })
      return tf.tensor2d(padded, [POSITIONS, D])
    }),
  )
  const truths = tf.oneHot(
    ROWS.map(({ label }) => LABELS.indexOf(label)),
    2,
  )
  const loss = (truth: tf.Tensor, logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(truth, logits)
  model.compile({ optimizer: tf.train.adam(0.05), loss })
  await model.fit(inputs, truths, { epochs: 60, batchSize: ROWS.length, shuffle: false, verbose: 0 })
  return victim
}

const victim = await train()

it.each<[string, Attack]>([
  ['of words', attacks.hotflip({ candidates: 'vocabulary', maxWords: 1 })],
  ['that is continuous', attacks.pgd({ epsilon: 2, steps: 20 })],
])('a convolution that was trained is flipped by an attack %s, and nothing exact is claimed', async (_, attack) => {
  const saved = new Map<number, TensorData | undefined>()
  const perturbations = { kept: 0, add: async (row: number, tensor?: TensorData) => void saved.set(row, tensor) }
  const { items, returned } = await drain(generateAdversarial(victim, attack, ROWS, { perturbations }))
  expect(returned.accuracyBefore.share).toBe(1)
  expect(returned.successful).toBeGreaterThan(ROWS.length / 2)
  expect(returned.gap).toBeNull()
  expect(returned.certified).toEqual([])
  for (const row of items) expect([row.exactMinimum, row.gap, row.certifiedSwaps]).toEqual(Array(3).fill(undefined))
  const find = async (_: number, row: number) => saved.get(row)
  expect(await evaluate(victim, items, { attack, perturbations: { find } })).toMatchObject({
    successful: returned.successful,
    differing: 0,
    unjudged: 0,
  })
})

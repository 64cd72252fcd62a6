import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { WordScores } from '#src/attacks/words/word-scores.js'
import { UserError } from '#src/base/errors.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { ListSearches } from '#src/embeddings/list-searches.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { readGradientsToFile } from '#src/evaluate/read-gradients.js'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { OBJECTIVES } from '#src/gradient/objective.js'
import { pullback } from '#src/gradient/pullback.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { FunctionVictim } from '#src/victims/function-victim.js'
import { GpuVictim } from '#src/victims/gpu-victim.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { drain } from '../evaluate/collect.js'
import { DEVICES, useEmulator } from '../kernels/cuda/devices.js'

const stream = new CounterStream(3, Purpose.Demonstration, 1)
const normals = (length: number) => Float32Array.from({ length }, () => stream.normal())

function embeddingsOf(V: number, D: number): Embeddings {
  const words = Array.from({ length: V }, (_, i) => `w${i}`)
  return new Embeddings(new Vocabulary(words, new Float64Array(V).fill(1)), normals(V * D), D)
}

function classifier(V: number, D: number, K: number): TextClassifier {
  const labels = Array.from({ length: K }, (_, k) => `label ${k}`)
  return new TextClassifier(embeddingsOf(V, D), normals(D * K), normals(K), labels, tokenizerOf('word'))
}
const centreWord = (V: number, D: number, pooling: 'mean' | 'sum') =>
  new CentreWord(embeddingsOf(V, D), normals(V * D), pooling, tokenizerOf('word'))

/** Texts of 1 to 12 words. */
function someTexts(victim: TextClassifier | CentreWord, count: number) {
  const ids = Array.from({ length: count }, () =>
    Int32Array.from({ length: 1 + stream.below(12) }, () => stream.below(victim.embeddings.vocabulary.size)),
  )
  return { ids, labels: Int32Array.from(ids, () => stream.below(victim.labels.length)) }
}

/** PGD as plainly as it can be said, in float64 on the flattened text. */
function plainPgd(
  victim: TextClassifier | CentreWord,
  ids: Int32Array,
  label: number,
  norm: string,
  epsilon: number,
  steps: number,
) {
  const text = embed(victim.embeddings, [ids])
  const delta = new Float64Array(text.embedded.length)
  const length = epsilon * Math.min(1, 2.5 / steps)
  for (let step = 0; ; step++) {
    const moved = { ...text, embedded: text.embedded.map((value, i) => value + delta[i]) }
    const { loss, gradient } = lossGradient(victim, moved, Int32Array.of(label), 'margin')
    if (step === steps || (step > 0 && loss[0] > 0)) return { margin: loss[0], delta }
    const size = Math.hypot(...gradient)
    gradient.forEach((g, i) => {
      delta[i] += norm === 'l2' ? (length * g) / size : length * Math.sign(g)
    })
    const reached = Math.hypot(...delta)
    delta.forEach((value, i) => {
      delta[i] = norm === 'l2' ? value * Math.min(1, epsilon / reached) : Math.max(-epsilon, Math.min(epsilon, value))
    })
  }
}

/** The largest distance of numbers, beside the largest number of the expected. */
function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [largest, size] = [0, 1e-30]
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(found[i] - expected[i]))
    size = Math.max(size, Math.abs(expected[i]))
  }
  return largest / size
}

/** The length of the difference, beside the length of the expected. */
function distanceByNorm(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 1e-30]
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i] - expected[i]) ** 2
    size += expected[i] ** 2
  }
  return Math.sqrt(difference / size)
}

const VICTIMS = [
  { name: 'classifier of 2 labels, 100 dimensions', victim: classifier(50, 100, 2) },
  { name: 'classifier of 9 labels, 31 dimensions', victim: classifier(50, 31, 9) },
  { name: 'classifier of 3 labels, 1,000 dimensions', victim: classifier(20, 1000, 3) },
  { name: 'classifier of 17 labels, 300 dimensions', victim: classifier(20, 300, 17) },
  { name: 'centre word of 203, mean, 8 dimensions', victim: centreWord(203, 8, 'mean') },
  { name: 'centre word of 77, sum, 200 dimensions', victim: centreWord(77, 200, 'sum') },
  { name: 'centre word of 1,300, whose labels several warps share', victim: centreWord(1300, 12, 'mean') },
]

describe.each(DEVICES)('on $device', ({ library, isHere }) => {
  const cases = VICTIMS.flatMap((each) => OBJECTIVES.map((objective) => ({ ...each, objective })))
  it.skipIf(!isHere).each(cases)(
    'a $name is read to 1e-5 of the closed form on the CPU: $objective',
    async ({ victim, objective }) => {
      if (library) useEmulator()
      const gpu = await GpuVictim.open(victim)
      const texts = someTexts(victim, 40)
      const { loss, rows } = await gpu.readGradients(texts, objective)
      const D = victim.embeddings.dimensions
      texts.ids.forEach((ids, b) => {
        const expected = lossGradient(
          victim,
          embed(victim.embeddings, [ids]),
          texts.labels.subarray(b, b + 1),
          objective,
        )
        expect(Math.abs(loss[b] - expected.loss[0])).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected.loss[0])))
        expect(distance(rows.subarray(b * D, (b + 1) * D), expected.gradient.subarray(0, D))).toBeLessThan(1e-5)
      })
      gpu.close()
    },
  )

  it.skipIf(!isHere).each(cases)(
    'a $name is a victim as any other: logits, $objective, rivals and pullbacks to 1e-5 of the CPU by norm',
    async ({ victim, objective }) => {
      if (library) useEmulator()
      const gpu = await GpuVictim.open(victim)
      const { ids, labels } = someTexts(victim, 12)
      const batch = embed(victim.embeddings, ids)
      batch.embedded.set(batch.embedded.map((value) => value + 0.1 * stream.normal()))
      expect(distanceByNorm(gpu.logits(batch), victim.logits(batch))).toBeLessThan(1e-5)
      const K = victim.labels.length
      const rivals = labels.map((label) => (label + 1) % K)
      for (const others of objective === 'margin' ? [undefined, rivals] : [undefined]) {
        const found = lossGradient(gpu, batch, labels, objective, others)
        const expected = lossGradient(victim, batch, labels, objective, others)
        expect(distanceByNorm(found.loss, expected.loss)).toBeLessThan(1e-5)
        expect(distanceByNorm(found.gradient, expected.gradient)).toBeLessThan(1e-5)
        expect(distanceByNorm(found.logits, expected.logits)).toBeLessThan(1e-5)
      }
      const weigh = (logits: Float32Array) => logits.map((z, i) => Math.sin(i) + 0.01 * z)
      expect(
        distanceByNorm(pullback(gpu, batch, weigh).gradient, pullback(victim, batch, weigh).gradient),
      ).toBeLessThan(1e-5)
      gpu.close()
    },
  )

  it.skipIf(!isHere)('the whole vocabulary is ranked as on the CPU, the same words and the same scores', async () => {
    if (library) useEmulator()
    const victim = classifier(2000, 50, 2)
    const gpu = await GpuVictim.open(victim)
    const all = Int32Array.from({ length: 2000 }, (_, id) => id)
    const bestWords = vi.spyOn(gpu.engine, 'bestWords')
    const onGpu = new WordScores(new ListSearches(gpu.embeddings, gpu.engine))
    const onCpu = new WordScores(new ListSearches(victim.embeddings))
    for (let query = 0; query < 6; query++) {
      const gradient = normals(50)
      const sign = query % 2 ? 1 : -1
      const [found, expected] = [onGpu, onCpu].map((scores) => scores.best(gradient, sign, all, 8))
      expect(found.items).toEqual(expected.items)
      expect(found.scores).toEqual(expected.scores)
    }
    expect(bestWords).toHaveBeenCalledTimes(6)
    gpu.close()
  })

  const ATTACKS = [
    attacks.hotflip({ maxWords: 2 }),
    attacks.gcg({ steps: 4 }),
    attacks.pgd({ epsilon: 0.5, norm: 'l2', steps: 10 }),
    attacks.deepfool(),
  ]
  it.skipIf(!isHere).each(ATTACKS)('$name flips the same rows as on the CPU, with the same words', async (attack) => {
    if (library) useEmulator()
    const victim = classifier(600, 24, 3)
    const { ids } = someTexts(victim, 12)
    const rows = ids.map((words) => ({ text: [...words].map((id) => `w${id}`).join(' ') }))
    const gpu = await GpuVictim.open(victim)
    const found = await drain(generateAdversarial(gpu, attack, rows))
    const expected = await drain(generateAdversarial(victim, attack, rows))
    const flips = ({ items }: typeof found) =>
      items.map(({ resultType, perturbedText, perturbedOutput }) => ({ resultType, perturbedText, perturbedOutput }))
    expect(flips(found)).toEqual(flips(expected))
    expect(found.returned.successful).toBeGreaterThan(0)
    expect(found.returned.readOnlyProof).toEqual(expected.returned.readOnlyProof)
    gpu.close()
  })

  it.skipIf(!isHere)('losses and gradients stay exact to 1e-5 where the label is nearly sure', async () => {
    if (library) useEmulator()
    const victim = classifier(30, 20, 4)
    victim.bias.set([30, 0, 0, 0])
    const gpu = await GpuVictim.open(victim)
    const ids = [Int32Array.of(1, 2, 3)]
    const { loss, rows } = await gpu.readGradients({ ids, labels: [0] })
    const expected = lossGradient(victim, embed(victim.embeddings, ids), Int32Array.of(0), 'cross-entropy')
    expect(expected.loss[0]).toBeLessThan(1e-8)
    // 1 + exp(-30) is 1 in float32: the loss is 0 there, the gradient is not.
    expect(loss[0]).toBeLessThan(1e-8)
    expect(distance(rows, expected.gradient.subarray(0, 20))).toBeLessThan(1e-5)
    gpu.close()
  })

  it.skipIf(!isHere).each([
    [1, 100],
    [7, 31],
    [32, 300],
    [32, 8, 3000],
  ])('the best %i words are those of the whole list, scores to 1e-5 (%i dimensions)', async (count, D, V = 500) => {
    if (library) useEmulator()
    const victim = classifier(V, D, 2)
    const gpu = await GpuVictim.open(victim)
    const gradients = normals(5 * D)
    const { words, scores } = await gpu.bestWords(gradients, count)
    for (let q = 0; q < 5; q++) {
      const score = (word: number) => {
        let sum = 0
        for (let d = 0; d < D; d++) sum += gradients[q * D + d] * victim.embeddings.vectors[word * D + d]
        return sum
      }
      const ranked = Array.from({ length: V }, (_, word) => word).sort((a, b) => score(b) - score(a) || a - b)
      expect([...words.subarray(q * count, (q + 1) * count)]).toEqual(ranked.slice(0, count))
      const expected = ranked.slice(0, count).map(score)
      expect(distance(scores.subarray(q * count, (q + 1) * count), expected)).toBeLessThan(1e-5)
    }
    gpu.close()
  })

  const climbs = VICTIMS.flatMap((each) => (['l2', 'linf'] as const).map((norm) => ({ ...each, norm })))
  it.skipIf(!isHere).each(climbs)(
    'PGD on a $name in $norm ends where the plain one does, to 1e-4',
    async ({ victim, norm }) => {
      if (library) useEmulator()
      const gpu = await GpuVictim.open(victim)
      const { ids } = someTexts(victim, 12)
      // Its own prediction is what an attack leaves.
      const labels = Int32Array.from(ids, (words) => {
        const logits = victim.logits(embed(victim.embeddings, [words]))
        return logits.indexOf(Math.max(...logits))
      })
      const epsilon = norm === 'l2' ? 0.5 : 0.05
      const { margin, delta } = await gpu.pgd({ ids, labels }, { norm, epsilon, steps: 10 })
      const D = victim.embeddings.dimensions
      ids.forEach((words, b) => {
        const expected = plainPgd(victim, words, labels[b], norm, epsilon, 10)
        expect(Math.abs(margin[b] - expected.margin)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected.margin)))
        expect(distance(delta.subarray(b * D, (b + 1) * D), expected.delta.subarray(0, D))).toBeLessThan(1e-4)
      })
      gpu.close()
    },
  )
})

describe.skipIf(!DEVICES[0].isHere)('a GPU victim', () => {
  it('is refused by every run once a bit of the victim is not as it was copied, until it is again', async () => {
    useEmulator()
    const victim = classifier(30, 8, 2)
    const gpu = await GpuVictim.open(victim)
    const output = join(await mkdtemp(join(tmpdir(), 'gpu-victim-')), 'readings.jsonl')
    const rows = [{ text: 'w1 w2 w3' }]
    const attack = () => drain(generateAdversarial(gpu, attacks.hotflip({ maxWords: 1 }), rows))
    const { items } = await attack()
    const runs = [attack, () => evaluate(gpu, items), () => readGradientsToFile(gpu, rows, output)]
    for (const values of [victim.embeddings.vectors, victim.weights, victim.bias]) {
      const [before] = values
      values[0] = before + 1
      for (const run of runs) {
        await expect(run()).rejects.toThrow(
          new UserError('the victim has changed since engine cuda copied it; open it there anew'),
        )
      }
      values[0] = before
    }
    for (const run of runs) await run()
    gpu.close()
  })

  it('names what it cannot take', async () => {
    useEmulator()
    const plain = new FunctionVictim({
      labels: ['a', 'b'],
      embeddings: embeddingsOf(3, 2),
      tokenizer: tokenizerOf('word'),
      logits: () => tf.zeros([1, 2]),
    })
    await expect(GpuVictim.open(plain)).rejects.toThrow(/has no closed gradient/)
    await expect(GpuVictim.open(classifier(3, 1100, 2))).rejects.toThrow('the GPU takes at most 1024 dimensions')
    const gpu = await GpuVictim.open(classifier(3, 4, 2))
    await expect(gpu.readGradients({ ids: [[0], []], labels: [0, 0] })).rejects.toThrow('texts[1]: no known word')
    await expect(gpu.readGradients({ ids: [[3]], labels: [0] })).rejects.toThrow('texts[0]: no word has the number 3')
    await expect(gpu.readGradients({ ids: [[0]], labels: [2] })).rejects.toThrow('texts[0]: no label 2; there are 2')
    await expect(gpu.readGradients({ ids: [[0]], labels: [0.5] })).rejects.toThrow(
      'texts[0]: no label 0.5; there are 2',
    )
    await expect(gpu.bestWords(new Float32Array(4), 4)).rejects.toThrow('count 4: 1 to 3 words can be ranked')
    await expect(gpu.bestWords(new Float32Array(6), 1)).rejects.toThrow('6 values, a multiple of 4 is needed')
    const texts = { ids: [[0]], labels: [0] }
    await expect(gpu.pgd(texts, { norm: 'l2', epsilon: -1 })).rejects.toThrow(UserError)
    await expect(gpu.pgd(texts, { norm: 'l2', epsilon: 1, steps: 0 })).rejects.toThrow(UserError)
    gpu.close()
  })
})

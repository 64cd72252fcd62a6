import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack, AttackDefinition, AttackExample } from '#src/attacks/attack.js'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks, findAttack } from '#src/attacks/index.js'
import { InterruptedError } from '#src/base/errors.js'
import { CbowModel } from '#src/cbow/cbow-model.js'
import { defaultSettings } from '#src/cbow/cbow-options.js'
import { CBOW_GRADIENT_LOSSES, readCbowGradient } from '#src/cbow/read-cbow-gradient.js'
import { type TrainCbow, trainCbow } from '#src/cbow/train-cbow.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { AttackRun } from '#src/evaluate/attack-run.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { GenerateOptions } from '#src/evaluate/generate-options.js'
import { resolveGoal } from '#src/evaluate/goal.js'
import { trainAndRead } from '#src/evaluate/undisturbed/undisturbed.js'
import { OBJECTIVES } from '#src/gradient/objective.js'
import { readLossGradient } from '#src/gradient/read-loss-gradient.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import { SALIENCIES } from '#src/gradient/saliency/names.js'
import { saliency } from '#src/gradient/saliency/saliency.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { whitespaceTokenizer } from '#src/text/whitespace-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { ClassifierLearner } from '#src/victims/classifier-learner.js'
import { ClassifierOptions, classifierSettings } from '#src/victims/classifier-options.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { partsOfVictim, victimOfParts } from '#src/victims/victim-parts.js'
import { convolutionalVictim } from '../attacks/convolutional-victim.js'
import { emptyFolder, request } from '../cbow/small-training.js'
import { drain, withoutSeconds } from '../evaluate/collect.js'
import {
  batchOf,
  type Case,
  casesOf,
  centreWordTrial,
  classifierTrial,
  curvedVictim,
  D,
  normals,
  randomEmbeddings,
} from './trials.js'

beforeAll(() => useTensorBackend('cpu'))

/** Its options: few steps, and candidates enough. */
function quick(definition: AttackDefinition): Attack {
  const candidates = 'minCosine' in definition.options.shape ? { candidates: 'vocabulary' } : {}
  const wanted = { ...candidates, steps: 5, generations: 3, population: 4, learnRows: 10, epsilon: 0.5 }
  const own = Object.entries(wanted).filter(([name]) => name in definition.options.shape)
  return createAttack(definition, Object.fromEntries(own))
}

/** Attacks texts at what is predicted, and learns first where the attack learns. */
function attackTexts(victim: Victim, attack: Attack, examples: readonly AttackExample[]) {
  const reader = new ReadOnlyVictim(victim, examples.length)
  const context = { seed: 1 }
  const learned = attack.learn?.(reader, examples, context) ?? attack
  return learned.run(reader, examples, context)
}

/** Every way to read a gradient of these texts. */
async function readGradients(victim: Victim, cases: readonly Case[]): Promise<void> {
  const examples = cases.map(({ ids, label }) => ({ ids, label }))
  for (const objective of OBJECTIVES) {
    for (const tape of [false, true]) await readLossGradient(victim, examples, { objective, tape })
  }
  for (const method of SALIENCIES) {
    for (const { x, label } of cases) saliency(victim, batchOf(x), Int32Array.of(label), { method, steps: 3 })
  }
  if (!(victim instanceof CentreWord)) return
  const settings = defaultSettings({ dimensions: D, mode: victim.pooling, tokenizer: 'whitespace' })
  const model = new CbowModel(victim.embeddings, victim.outputEmbeddings, settings)
  for (const loss of CBOW_GRADIENT_LOSSES) {
    readCbowGradient(
      model,
      cases.map(({ ids, label }) => {
        const example = { context: [...ids], target: label }
        return loss === 'negative-sampling' ? { ...example, negatives: [1, 2, 2] } : example
      }),
      { loss },
    )
  }
}

const bytesOf = (victim: Victim) =>
  [...victim.parameters].map(([name, { values }]) => [
    name,
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex'),
  ])

const VICTIMS: readonly (readonly [string, () => Victim])[] = [
  ['a classifier', () => classifierTrial(7, 0).victim],
  ['a centre word', () => centreWordTrial('sum', 0).victim],
  ['a convolutional model', () => convolutionalVictim(randomEmbeddings(40, 1))],
  ['a function', curvedVictim],
]

describe.each(VICTIMS)('State: parameters of %s are byte-identical', (_, make) => {
  const known = (victim: Victim) => attackDefinitions.filter(({ name }) => name !== 'exact-swaps' || victim.linear)

  it('after each of the attacks', () => {
    const victim = make()
    const examples = casesOf(victim, 6, 31).map(({ example }) => example)
    const before = bytesOf(victim)
    const tensors = tf.memory().numTensors
    for (const definition of known(victim)) {
      const outcomes = attackTexts(victim, quick(definition), examples)
      expect(outcomes).toHaveLength(examples.length)
      expect([definition.name, bytesOf(victim)]).toEqual([definition.name, before])
      expect([definition.name, tf.memory().numTensors]).toEqual([definition.name, tensors])
    }
  })

  it('after every way to read a gradient', async () => {
    const victim = make()
    const before = bytesOf(victim)
    await readGradients(victim, casesOf(victim, 4, 32))
    expect(bytesOf(victim)).toEqual(before)
  })
})

/** Steps of training, one for each attack and one for the gradients. */
const STEPS = attackDefinitions.length + 1

/** Trains so many steps of 10,000 words, and gives the checkpoint then: weights, optimiser slots, cursors. */
async function checkpointAfter(changed: Partial<TrainCbow>, between: (victim: CentreWord, step: number) => unknown) {
  const output = await emptyFolder()
  const stop = new AbortController()
  const losses: number[] = []
  const training = trainCbow({
    ...request({ output, epochs: 8, dimensions: D, negative: 2, window: 2, ...changed }),
    signal: stop.signal,
    async onStretch({ loss, snapshot }) {
      losses.push(loss)
      await between(CentreWord.of(snapshot()), losses.length - 1)
      if (losses.length === STEPS + 1) stop.abort()
    },
  })
  await expect(training).rejects.toThrow(InterruptedError)
  return { losses, checkpoint: await readFile(join(output, 'checkpoint.safetensors')) }
}

describe('State: weights, optimiser slots, random streams and cursors of a training run', () => {
  it.each<[string, Partial<TrainCbow>]>([
    ['the kernel, SGD', { engine: 'wasm' }],
    ['the plain reference, Adam', { engine: 'cpu', optimizer: 'adam', learningRate: 0.01 }],
  ])(
    '%s: are byte-identical after one attack a step, all of them, and the gradients after one',
    async (_, settings) => {
      const unread = await checkpointAfter(settings, () => {})
      let attacked = 0
      const read = await checkpointAfter(settings, async (victim, step) => {
        const cases = casesOf(victim, 2, 33 + step, 4)
        if (step < attackDefinitions.length) {
          attackTexts(
            victim,
            quick(attackDefinitions[step]),
            cases.map(({ example }) => example),
          )
          attacked++
        } else await readGradients(victim, cases)
      })
      expect(attacked).toBe(attackDefinitions.length)
      expect(read.losses).toEqual(unread.losses)
      expect(new Set(read.losses).size).toBe(STEPS + 1)
      expect(read.checkpoint.equals(unread.checkpoint)).toBe(true)
    },
  )

  /** 100 steps of a classifier; what is read in between reads the very memory that is learning. */
  async function trainClassifierSteps(between: (victim: TextClassifier, step: number) => unknown) {
    const embeddings = randomEmbeddings(40, 3)
    const settings = classifierSettings(ClassifierOptions.parse({ seed: 3 }))
    const learner = new ClassifierLearner(embeddings.vectors, D, 3, settings)
    const { ids, labels } = { ids: casesOf(classifierTrial(3, 0).victim, 80, 41), labels: normals(80, 5) }
    const losses: number[] = []
    for (let step = 0; step < 100; step++) {
      const batch = Array.from({ length: 8 }, (_, i) => (13 * step + i) % 80)
      losses.push(
        learner.step(
          batch.map((row) => ids[row].ids),
          batch.map((row) => Math.abs(Math.floor(7 * labels[row])) % 3),
        ),
      )
      const now = learner.averaged()
      const own = new Embeddings(embeddings.vocabulary, now.embeddings, D)
      await between(new TextClassifier(own, now.weights, now.bias, ['a', 'b', 'c'], whitespaceTokenizer), step)
    }
    const { embeddings: vectors, weights, bias } = learner.averaged()
    return { losses, vectors: vectors.slice(), weights: weights.slice(), bias: bias.slice() }
  }

  it("a classifier's: 100 steps of Adam are bit-identical with an attack or all gradients read after each", async () => {
    const unread = await trainClassifierSteps(() => {})
    const read = await trainClassifierSteps(async (victim, step) => {
      const cases = casesOf(victim, 2, 50 + step, 4)
      if (step % (STEPS + 4) >= attackDefinitions.length) return readGradients(victim, cases)
      const attack = quick(attackDefinitions[step % (STEPS + 4)])
      return attackTexts(
        victim,
        attack,
        cases.map(({ example }) => example),
      )
    })
    expect(read).toEqual(unread)
  })
})

describe('State: 100 further training steps with and without reads in between', () => {
  it.each([
    { engine: 'cpu', steps: 4, threads: 1 },
    { engine: 'tensorflow', steps: 4, threads: 1 },
    { engine: 'wasm', steps: 100, threads: 1 },
    { engine: 'wasm', steps: 20, threads: 2 },
  ] as const)(
    'bit-identical losses and weights: $steps steps of engine $engine with $threads threads in the reproducible mode, whatever is read when',
    async ({ engine, steps, threads }) => {
      await useTensorBackend('wasm')
      const settings = { engine, steps, threads, reproducible: true, dimensions: 8 }
      const unread = await trainAndRead('never', settings)
      expect(unread.losses).toHaveLength(steps + 1)
      expect(new Set(unread.losses).size).toBe(steps + 1)
      const tensors = tf.memory().numTensors
      for (const [reading, read] of [
        ['once', 1],
        ['every step', steps + 1],
        ['other batches', 3 * (steps + 1)],
      ] as const) {
        expect(await trainAndRead(reading, settings)).toEqual({ ...unread, read })
        expect(tf.memory().numTensors).toBe(tensors)
      }
      const along = await trainAndRead('while it trains', settings)
      expect(along).toEqual({ ...unread, read: along.read })
      expect(along.read).toBeGreaterThan(0)
      await useTensorBackend('cpu')
    },
  )

  it('with lock-free threads: the parameters are byte-identical before and after each read', async () => {
    let reads = 0
    await trainCbow({
      ...request({ engine: 'wasm', threads: 2, reproducible: false }),
      async onStretch({ snapshot }) {
        const live = CentreWord.of(snapshot())
        await readGradients(live, casesOf(live, 2, 60, 4))
        const after = CentreWord.of(snapshot())
        expect(bytesOf(after)).toEqual(bytesOf(live))
        reads++
      },
    })
    expect(reads).toBeGreaterThan(2)
  })
})

describe('State: the same seed gives the same bytes at any number of attack workers', () => {
  const { victim } = classifierTrial(3, 0)
  const rows = casesOf(victim, 23, 70).map(({ example }, i) => ({ row: i + 1, text: example.encoded.text }))

  it.each(attackDefinitions.map(({ name }) => name))(
    '%s: the rows of workers that take batches of 1, 2 and 4 in turns, each with a victim of its own',
    (name) => {
      const attack = quick(findAttack(name))
      const examples = casesOf(victim, 10, 71).map(({ example }) => example)
      const learned = attack.learn?.(new ReadOnlyVictim(victim, 10), examples, { seed: 7 }) ?? attack
      const options = { seed: 7, snap: false }
      const goal = resolveGoal(victim, GenerateOptions.parse({}))
      const worker = () => {
        // What a thread does with what it is sent.
        const own = createAttack(findAttack(learned.name), structuredClone(learned.options))
        return new AttackRun(victimOfParts(structuredClone(partsOfVictim(victim))), own, goal, [], options)
      }
      const timeless = (run: AttackRun, batch: typeof rows) =>
        run.attackRows(batch).map(({ result, ...rest }) => ({ result: { ...result, seconds: 0 }, ...rest }))
      const alone = timeless(worker(), rows)
      for (const workers of [2, 3]) {
        const runs = Array.from({ length: workers }, worker)
        const shared: typeof alone = []
        for (let from = 0, turn = 0; from < rows.length; turn++) {
          const size = [1, 2, 4][turn % 3]
          shared.push(...timeless(runs[turn % workers], rows.slice(from, from + size)))
          from += size
        }
        expect(shared).toEqual(alone)
      }
    },
  )

  it('pgd from random starts, in 3 threads', async () => {
    const attack = attacks.pgd({ epsilon: 0.2, randomStart: true, restarts: 2, steps: 4 })
    const run = (workers: number) =>
      drain(generateAdversarial(victim, attack, rows, { workers, batchSize: 3, seed: 7 }))
    const alone = await run(1)
    expect(withoutSeconds((await run(3)).items)).toEqual(withoutSeconds(alone.items))
    const { items } = await drain(generateAdversarial(victim, attack, rows, { batchSize: 3, seed: 8 }))
    expect(withoutSeconds(items)).not.toEqual(withoutSeconds(alone.items))
  })
})

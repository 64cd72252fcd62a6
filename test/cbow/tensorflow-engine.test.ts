import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { readSafetensors } from '#src/base/safetensors.js'
import { type CbowSettings, GRADIENTS } from '#src/cbow/cbow-options.js'
import { cpuEngine } from '#src/cbow/engines/cpu.js'
import { DenseOptimizer } from '#src/cbow/engines/dense-optimizer.js'
import type { Engine } from '#src/cbow/engines/engine.js'
import { tensorflowEngine } from '#src/cbow/engines/tensorflow.js'
import { initialSlots, OPTIMIZERS, type OptimizerName, type Slots } from '#src/cbow/optimizer.js'
import { trainCbow } from '#src/cbow/train-cbow.js'
import type { Stretch } from '#src/cbow/training-run.js'
import { rowsOf } from '#src/cbow/weight-rows.js'
import { backendInUse, useTensorBackend } from '#src/gradient/tensorflow.js'
import { describeOnBackends } from '../gradient/backends.js'
import { distance, initialWeights, jobOf, smallCorpus, smallSettings } from './small-corpus.js'
import { emptyFolder, MODEL, request } from './small-training.js'

/** Trains chunk 0 and closes the engine. */
async function trained(starting: Engine | Promise<Engine>) {
  const engine = await starting
  const [chunk] = await engine.train(0, 1)
  const result = { chunk, weights: engine.weights(), slots: engine.slots?.() ?? new Map() }
  await engine.close()
  return result
}

/** The largest distance of two slots of one name, relative to the larger one where that is above 1. */
function slotDistance(a: Slots, b: Slots): number {
  expect([...a.keys()]).toEqual([...b.keys()])
  let largest = 0
  for (const [name, values] of a)
    values.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value - b.get(name)![i]) / Math.max(1, Math.abs(value)))
    })
  return largest
}

describeOnBackends('engine tensorflow', (backend) => {
  const cases: Partial<CbowSettings>[] = [
    { update: 'corrected', learningRate: 0.14 },
    { mode: 'sum', learningRate: 0.001 },
    { loss: 'softmax' },
    { loss: 'softmax', mode: 'sum', learningRate: 0.001 },
    { loss: 'hierarchical-softmax' },
    { loss: 'hierarchical-softmax', mode: 'sum', learningRate: 0.001 },
    { train: ['input'] },
    { train: ['output'], batchSize: 7 },
    { negative: 0 },
    { gradients: 'dense' },
    { gradients: 'dense', loss: 'softmax' },
    { gradients: 'dense', train: ['input'], optimizer: 'adagrad' },
  ]
  it.each(cases)('takes the steps of the plain engine in batches, to 2e-6 (%o)', async (changed) => {
    const corpus = await smallCorpus(2_000, 60)
    const settings = smallSettings({ batchSize: 256, ...changed })
    const begun = initialWeights(corpus.vocabulary.size, settings)
    const expected = await trained(cpuEngine(jobOf(corpus, settings)))
    const found = await trained(tensorflowEngine(jobOf(corpus, settings), backend))
    expect(found.chunk.centres).toBe(expected.chunk.centres)
    expect(Math.abs(found.chunk.loss / expected.chunk.loss - 1)).toBeLessThan(1e-5)
    expect(distance(found.weights, expected.weights)).toBeLessThan(2e-6)
    expect(distance(found.weights, begun)).toBeGreaterThan(1e-3)
    if (!settings.train.includes('output')) expect(found.weights.output).toEqual(begun.output)
    if (!settings.train.includes('input')) expect(found.weights.input).toEqual(begun.input)
  })

  it.each(OPTIMIZERS)(
    'agrees after 100 steps with the plain engine, weights and slots to 1e-5 (%s)',
    async (optimizer) => {
      const corpus = await smallCorpus(1_700, 300)
      const settings = smallSettings({
        optimizer,
        sample: 0,
        batchSize: 16,
        learningRate: optimizer === 'adam' ? 0.001 : 0.05,
      })
      const expected = await trained(cpuEngine(jobOf(corpus, settings)))
      const found = await trained(tensorflowEngine(jobOf(corpus, settings), backend))
      expect(expected.chunk.centres).toBeGreaterThan(1_600)
      expect(distance(found.weights, expected.weights)).toBeLessThan(1e-5)
      expect(slotDistance(found.slots, expected.slots)).toBeLessThan(1e-5)
    },
  )

  it.each(OPTIMIZERS)(
    'moves whole matrices as it moves rows where every row is read, to 1e-5 (%s)',
    async (optimizer) => {
      const corpus = await smallCorpus(2_000, 4)
      const settings = smallSettings({ optimizer, sample: 0, batchSize: 64, learningRate: 0.01 })
      const rows = await trained(tensorflowEngine(jobOf(corpus, settings), backend))
      const dense = await trained(tensorflowEngine(jobOf(corpus, { ...settings, gradients: 'dense' }), backend))
      expect(distance(rows.weights, dense.weights)).toBeLessThan(1e-5)
      expect(slotDistance(rows.slots, dense.slots)).toBeLessThan(1e-5)
    },
  )

  it.each(OPTIMIZERS)('gives the same bytes each time (%s)', async (optimizer) => {
    const corpus = await smallCorpus(5_000, 300)
    const settings = smallSettings({ optimizer, batchSize: 1_024 })
    const first = await trained(tensorflowEngine(jobOf(corpus, settings), backend))
    expect(await trained(tensorflowEngine(jobOf(corpus, settings), backend))).toEqual(first)
  })

  it.each(OPTIMIZERS.flatMap((optimizer) => GRADIENTS.map((gradients) => ({ optimizer, gradients }))))(
    'goes on from its weights and slots as if it had never stopped, bit for bit (%o)',
    async (changed) => {
      const corpus = await smallCorpus(25_000, 100)
      const settings = smallSettings({ ...changed, dimensions: 4, batchSize: 512 })
      const whole = await tensorflowEngine(jobOf(corpus, settings), backend)
      await whole.train(0, 3)
      const begun = await tensorflowEngine(jobOf(corpus, settings), backend)
      await begun.train(0, 2)
      const stopped = { begin: rowsOf(begun.weights(), settings.dimensions), slots: begun.slots?.() }
      const resumed = await tensorflowEngine({ ...jobOf(corpus, settings), ...stopped }, backend)
      await resumed.train(2, 3)
      expect(resumed.weights()).toEqual(whole.weights())
      expect(resumed.slots?.()).toEqual(whole.slots?.())
      for (const engine of [whole, begun, resumed]) await engine.close()
    },
  )

  it.each(['rows', 'dense'] as const)(
    'leaves no tensor, and to the program the backend it had (%s)',
    async (gradients) => {
      const corpus = await smallCorpus(500, 60)
      const other = backend === 'cpu' ? 'wasm' : 'cpu'
      await useTensorBackend(other)
      const before = tf.memory().numTensors
      for (const optimizer of OPTIMIZERS) {
        const engine = await tensorflowEngine(
          jobOf(corpus, smallSettings({ optimizer, gradients, batchSize: 64 })),
          backend,
        )
        expect(engine.backend).toBe(backend)
        const training = engine.train(0, 1)
        expect(backendInUse().backend).toBe(other)
        await training
        engine.weights()
        engine.slots?.()
        await engine.close()
        expect(backendInUse().backend).toBe(other)
      }
      expect(tf.memory().numTensors).toBe(before)
    },
  )
})

describe('a checkpoint of engine tensorflow', () => {
  it.each(OPTIMIZERS)('holds the slots, and --resume ends with the same bytes (%s)', async (optimizer) => {
    const changed = { engine: 'tensorflow' as const, optimizer, train: ['input' as const], batchSize: 512 }
    const [whole, resumed] = [await emptyFolder(), await emptyFolder()]
    await trainCbow(request({ ...changed, output: whole }))
    const controller = new AbortController()
    const onStretch = ({ words }: Stretch) => {
      if (words >= 30_000) controller.abort()
    }
    const interrupted = request({ ...changed, output: resumed, signal: controller.signal, onStretch })
    await expect(trainCbow(interrupted)).rejects.toThrow(InterruptedError)
    const { tensors } = await readSafetensors(join(resumed, 'checkpoint.safetensors'))
    const slots = [...tensors.keys()].filter((name) => !name.endsWith('_embeddings'))
    expect(slots).toEqual([...initialSlots(300, { optimizer, train: ['input'], dimensions: 12 }).keys()])
    expect(slots.some((name) => name.startsWith('output'))).toBe(false)
    await trainCbow(request({ ...changed, output: resumed, resume: true }))
    for (const file of MODEL) expect(await readFile(join(resumed, file))).toEqual(await readFile(join(whole, file)))
  })

  it('that was begun with another optimizer is refused', async () => {
    const output = await emptyFolder()
    await trainCbow(request({ engine: 'tensorflow', optimizer: 'adam', output }))
    await expect(trainCbow(request({ engine: 'tensorflow', output, resume: true }))).rejects.toThrow(
      'begun with --learning-rate 0.01 and --optimizer adam, now 0.05 and sgd; resume with the same settings',
    )
  })
})

describe('DenseOptimizer', () => {
  beforeAll(() => useTensorBackend('wasm').then(() => {}))

  const theirs: Record<OptimizerName, () => tf.Optimizer> = {
    sgd: () => tf.train.sgd(0.1),
    adagrad: () => tf.train.adagrad(0.1),
    adam: () => tf.train.adam(0.1),
  }
  const starts: Record<OptimizerName, number[]> = { sgd: [], adagrad: [0.1], adam: [0, 0] }

  it.each(OPTIMIZERS)('takes 30 steps of 0.1 as that of TensorFlow.js, to 2e-5 (%s)', (name) => {
    const goal = tf.tensor2d([1, -2, 3, 0.5], [2, 2])
    const [variable, reference] = [1, 2].map(() => tf.variable(tf.tensor2d([0.3, 0.2, -0.1, 0], [2, 2])))
    const slots = starts[name].map((start) => tf.variable(tf.fill([2, 2], start)))
    let t = 0
    const ours = new DenseOptimizer(name, [{ variable, slots }], () => ++t)
    ours.learningRate = 0.1
    const optimizer = theirs[name]()
    for (let i = 0; i < 30; i++) {
      ours.minimize(() => tf.sum(tf.square(tf.sub(variable, goal))), false, [variable])
      optimizer.minimize(() => tf.sum(tf.square(tf.sub(reference, goal))), false, [reference])
    }
    expect(ours.iterations).toBe(30)
    expect(tf.max(tf.abs(tf.sub(variable, reference))).dataSync()[0]).toBeLessThan(2e-5)
    expect(tf.max(tf.abs(tf.sub(variable, goal))).dataSync()[0]).toBeLessThan(3)
  })
})

import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkpoints, StepLength } from '#src/attacks/continuous/apgd-schedule.js'
import { balls } from '#src/attacks/continuous/norms/balls.js'
import { attacks } from '#src/attacks/index.js'
import { normOf } from '#src/base/norm.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { exact } from '#src/exact/index.js'
import { editWords } from '#src/gradient/edit.js'
import { embed } from '#src/gradient/embed.js'
import { lossOf } from '#src/gradient/objective.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import { SCALARS } from '#src/gradient/saliency/names.js'
import { saliency } from '#src/gradient/saliency/saliency.js'
import { scalarOf } from '#src/gradient/saliency/scalar.js'
import { swapWords } from '#src/gradient/swap.js'
import { tapeGradient } from '#src/gradient/tape-gradient.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { whitespaceTokenizer } from '#src/text/whitespace-tokenizer.js'
import { FunctionVictim } from '#src/victims/function-victim.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import {
  batchOf,
  caseOf,
  casesOf,
  changeOf,
  classifierTrial,
  curvedVictim,
  linearTrials,
  logitsAt,
  perturb,
  predictedAt,
} from './trials.js'

beforeAll(() => useTensorBackend('cpu'))

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)

describe('Other vectors: APGD', () => {
  it('looks back at 0.22 N, then after shares of N that shrink by 0.03 to 0.06', () => {
    expect(checkpoints(100)).toEqual([22, 41, 57, 70, 80, 87, 93, 99])
    expect(checkpoints(10)).toEqual([3, 5, 6, 7, 8, 9])
    expect(checkpoints(1)).toEqual([])
  })

  /** Lengths at each look of 100 steps in a ball of radius 1/2, of losses by step. */
  const lengths = (loss: (step: number) => number) => {
    const steps = new StepLength(100, 0.5)
    const seen = [steps.length]
    for (let step = 0; step < 100; step++) {
      const isHalved = steps.next(step, loss(step))
      if (checkpoints(100).includes(step)) seen.push(steps.length)
      else expect(isHalved).toBe(false)
    }
    return seen
  }

  it('the first step is 2 eps, and stays so while the loss rises', () => {
    expect(lengths((step) => step)).toEqual(Array(9).fill(1))
  })

  it('rho is 0.75: steps are halved at a look before which fewer than three of four raised the loss', () => {
    expect(lengths((step) => -step)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256].map((share) => 1 / share))
    // Up to the first look of 1,000 steps, the 220th: 165 rises are three quarters, 164 are fewer.
    const firstLook = (rises: number) => {
      const steps = new StepLength(1000, 0.5)
      let loss = 0
      steps.next(0, loss)
      for (let step = 1; step <= 220; step++) steps.next(step, (loss += step <= 220 - rises ? -1 : 10))
      return steps.length
    }
    expect([firstLook(165), firstLook(164)]).toEqual([1, 1 / 2])
  })

  it('where three of four raise the loss and the best stays what it was they are halved, but not twice in a row', () => {
    // After the first look the losses are all below the best one, and rise.
    const stuck = lengths((step) => (step <= 22 ? step : step - 1000))
    expect(stuck).toEqual([1, 1, 1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 16])
  })

  it.each(['l2', 'linf', 'l1'] as const)(
    '%s: the best loss never falls with more steps, on a victim that is not linear',
    (norm) => {
      const victim = curvedVictim()
      const cases = casesOf(victim, 40, 9)
      const lossesAfter = (steps: number) =>
        perturb(victim, attacks.apgd({ epsilon: 0.05, norm, steps, objective: 'margin' }), cases).map((input, i) =>
          lossOf('margin', logitsAt(victim, input), cases[i].label),
        )
      const one = lossesAfter(1)
      lossesAfter(20).forEach((loss, i) => {
        // Where one step flips, the walk has ended there.
        expect(loss).toBeGreaterThanOrEqual(Math.min(one[i], 0) - 1e-6)
      })
    },
  )
})

describe('Other vectors: integrated gradients', () => {
  const differenceBy = (victim: Victim, x: Float32Array, label: number, scalar: (typeof SCALARS)[number]) => {
    const read = scalarOf(victim, Int32Array.of(label), scalar)
    return read(batchOf(x)).value[0] - read(batchOf(new Float32Array(x.length))).value[0]
  }

  it.each(linearTrials)(
    '%s: sum to F(x) - F(0), exactly on a logit at 1, 2 and 7 steps (1e-4)',
    (_, { victim, cases }) => {
      for (const { x, label } of cases.slice(0, 50)) {
        const expected = differenceBy(victim, x, label, 'logit')
        for (const steps of [1, 2, 7]) {
          const read = saliency(victim, batchOf(x), Int32Array.of(label), { method: 'integrated-gradients', steps })
          expect(read).toHaveLength(x.length / victim.embeddings.dimensions)
          expect(Math.abs(sum(read) - expected)).toBeLessThan(1e-4)
        }
      }
    },
  )

  it.each(SCALARS)(
    'of %s: sum to F(x) - F(0) the better the more steps, on a victim that is not linear (2e-3 at 100)',
    (scalar) => {
      const victim = curvedVictim()
      for (const { x, label } of casesOf(victim, 3, 10)) {
        const expected = differenceBy(victim, x, label, scalar)
        const read = (steps: number) =>
          Math.abs(
            sum(saliency(victim, batchOf(x), Int32Array.of(label), { method: 'integrated-gradients', scalar, steps })) -
              expected,
          )
        expect(read(100)).toBeLessThan(2e-3)
        if (read(2) > 1e-2) expect(read(100)).toBeLessThan(read(2) / 10)
      }
    },
  )
})

describe('Other vectors: f(x) = min(x, 1) with loss -log f_target', () => {
  const x = Float32Array.of(2, 0.5, 9, 1, 0.2)
  const embeddings = new Embeddings(new Vocabulary(['x'], new Float64Array(1)), x, 5)
  const victim = new FunctionVictim({
    labels: ['0', '1', '2', '3', '4'],
    embeddings,
    tokenizer: whitespaceTokenizer,
    logits: (embedded) => tf.minimum(tf.reshape(embedded, [-1, 5]), 1),
  })
  const lossOfTarget = (f: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D =>
    tf.neg(tf.log(tf.sum(tf.mul(f, tf.oneHot(labels, 5)), 1)))

  it.each([
    ['descending', -0.1, 0.6],
    ['ascending', 0.1, 0.4],
  ])('FGSM %s by %d at target 1 moves only the second entry, to %d (1e-6)', (_, length, expected) => {
    const { gradient, loss } = tapeGradient(victim, batchOf(x, 5), Int32Array.of(1), lossOfTarget)
    expect(loss[0]).toBeCloseTo(Math.log(2), 6)
    expect([...gradient]).toEqual([0, -2, 0, 0, 0])
    const delta = new Float64Array(5)
    balls.linf.step(delta, gradient, length)
    const moved = Float64Array.from(x, (value, i) => value + delta[i])
    expect(normOf('linf', changeOf([2, expected, 9, 1, 0.2], moved))).toBeLessThan(1e-6)
  })
})

describe('Other vectors: linear softmax z = (x, -x)', () => {
  it.each([0, 2.3])('CW of confidence %d from 40 points: margin it within 0.1', (confidence) => {
    const points = Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (0.05 + i / 10))
    const words = Array.from(points, (_, i) => `x${i}`)
    const victim = new TextClassifier(
      new Embeddings(new Vocabulary(words, new Float64Array(40)), points, 1),
      Float32Array.of(1, -1),
      new Float32Array(2),
      ['above', 'below'],
      whitespaceTokenizer,
    )
    const cases = words.map((word) => caseOf(victim, word))
    perturb(victim, attacks.cw({ confidence }), cases).forEach(([x], i) => {
      const margin = cases[i].label === 0 ? -2 * x : 2 * x
      expect(margin).toBeGreaterThan(confidence - 1e-5)
      expect(margin).toBeLessThan(confidence + 0.1)
    })
  })
})

describe('Other vectors: a set of swaps is called minimal only when no strict subset of it flips', () => {
  const { victim, cases } = classifierTrial(5, 150, { bias: 2 })
  const everyWord = Int32Array.from({ length: victim.embeddings.vocabulary.size }, (_, id) => id)

  it('holds of minimalSwaps, of 150 texts', () => {
    let several = 0
    for (const { ids, logits, label } of cases) {
      const candidates = Array.from(ids, () => everyWord)
      const { swaps = [] } =
        exact.minimalSwaps(victim.linear, victim.embeddings, { ids, candidates, logits, label }) ?? {}
      if (swaps.length > 1) several++
      for (let kept = 0; kept < 2 ** swaps.length; kept++) {
        const chosen = swaps.filter((_, i) => kept & (1 << i))
        const after = predictedAt(victim, embed(victim.embeddings, [swapWords(ids, chosen)]).embedded)
        expect(after !== label).toBe(swaps.length > 0 && chosen.length === swaps.length)
      }
    }
    expect(several).toBeGreaterThan(20)
  })

  it('holds of what exact-swaps gives', () => {
    const attack = attacks.exactSwaps({ candidates: 'vocabulary' })
    const examples = cases.map(({ example }) => example)
    const outcomes = attack.run(new ReadOnlyVictim(victim, examples.length), examples, { seed: 1 })
    let several = 0
    outcomes.forEach((outcome, i) => {
      if (outcome.kind !== 'words') throw new Error('words')
      if (outcome.edits.length > 1) several++
      for (let kept = 0; kept < 2 ** outcome.edits.length - 1; kept++) {
        const { ids } = editWords(
          cases[i].ids,
          outcome.edits.filter((_, e) => kept & (1 << e)),
        )
        expect(predictedAt(victim, embed(victim.embeddings, [ids]).embedded)).toBe(cases[i].label)
      }
    })
    expect(several).toBeGreaterThan(20)
  })
})

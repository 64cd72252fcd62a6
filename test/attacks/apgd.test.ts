import { beforeAll, describe, expect, it } from 'vitest'
import { checkpoints, StepLength } from '#src/attacks/apgd-schedule.js'
import { attacks } from '#src/attacks/index.js'
import { SparseSteps } from '#src/attacks/l1-apgd-schedule.js'
import { lossOf } from '#src/gradient/objective.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { CurvedVictim, logitsOf, normals, readOnly, smallEmbeddings, smallExamples } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

describe('Other vectors: APGD', () => {
  it('looks back at 0.22 N, then ever sooner by 0.03 N, at last every 0.06 N', () => {
    expect(checkpoints(100)).toEqual([22, 41, 57, 70, 80, 87, 93, 99])
    expect(checkpoints(10)).toEqual([3, 5, 6, 7, 8, 9])
    expect(checkpoints(1)).toEqual([])
  })

  /** Lengths at each look of 100 steps, of losses by step. */
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

  it('steps 2 ε at first, and goes on so while the loss rises', () => {
    expect(lengths((step) => step)).toEqual(Array(9).fill(1))
  })

  it('halves its steps at each look while fewer than 0.75 of them raise the loss', () => {
    expect(lengths((step) => -step)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256].map((share) => 1 / share))
  })

  it('halves its steps where three of four raise the loss and the best stays what it was, but not twice in a row', () => {
    // After the first look the losses are all below the best one, and rise.
    const stuck = lengths((step) => (step <= 22 ? step : step - 1000))
    expect(stuck).toEqual([1, 1, 1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 16])
  })

  it('the loss of what it gives back never falls with more steps, nor below that of one (a victim that is not linear)', () => {
    const embeddings = smallEmbeddings(50, 8, 1)
    const curved = new CurvedVictim(embeddings, normals(8, 6))
    const examples = smallExamples(curved, 30, 10)
    const losses = (steps: number) =>
      attacks
        .apgd({ epsilon: 0.05, norm: 'l2', steps })
        .run(readOnly(curved, examples), examples, { seed: 1 })
        .map((outcome, b) =>
          outcome.kind === 'continuous' ? lossOf('margin', logitsOf(curved, outcome.embedded), examples[b].label) : 0,
        )
    const one = losses(1)
    losses(30).forEach((loss, b) => {
      expect(loss).toBeGreaterThanOrEqual(Math.min(one[b], 0) - 1e-6)
    })
  })
})

describe('L1-APGD', () => {
  it('moves a fifth of the coordinates at first, then two thirds of those that the best iterate has changed', () => {
    const steps = new SparseSteps(100, 2, 50)
    expect([steps.count, steps.length]).toEqual([10, 2])
    expect(steps.next(3, () => 30)).toBe(false)
    expect(steps.next(4, () => 30)).toBe(true)
    expect([steps.count, steps.length]).toEqual([20, 2])
  })

  it('shortens its steps by 1.5, to a tenth at least, once the sparsity stays', () => {
    const steps = new SparseSteps(100, 2, 50)
    const lengths = [4, 8, 12, 16, 20, 24, 28, 32].map((step) => {
      steps.next(step, () => 50)
      return steps.length
    })
    lengths.forEach((length, i) => {
      expect(length).toBeCloseTo(Math.max(0.2, 2 / 1.5 ** (i + 1)), 12)
    })
  })
})

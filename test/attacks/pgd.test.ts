import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { NORMS, normOf } from '#src/base/norm.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { lossOf } from '#src/gradient/objective.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { leastNorm } from './optima.js'
import { changeOf, countsOf, flips, perturb } from './runs.js'
import { logitsOf, predict, smallExamples, vectorsOf } from './small-examples.js'
import { curvedVictim, linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(50, 8, 1)
const twoLabels = linearVictim(embeddings, 2, 2, 0.1)
const fiveLabels = linearVictim(embeddings, 5, 4, 0.1)
const curved = curvedVictim(embeddings)

describe('PGD', () => {
  it.each(NORMS)('%s: stays in the ball, from random starts with momentum too (1e-6)', (norm) => {
    const examples = smallExamples(fiveLabels, 10, 8)
    const attack = attacks.pgd({
      norm,
      epsilon: 0.4,
      steps: 5,
      stepSize: 0.7,
      randomStart: true,
      restarts: 1,
      momentum: 1,
    })
    perturb(attack, fiveLabels, examples).forEach((perturbed, b) => {
      expect(normOf(norm, changeOf(fiveLabels, examples[b], perturbed))).toBeLessThan(0.4 + 1e-6)
    })
  })

  it.each(NORMS)('%s, two labels: flips at 1.001 times the exact norm, and never at 0.999 times', (norm) => {
    for (const example of smallExamples(twoLabels, 12, 9)) {
      const least = leastNorm(twoLabels, example, norm)
      for (const [factor, expected] of [
        [1.001, true],
        [0.999, false],
      ] as const) {
        const attack = attacks.pgd({ norm, epsilon: factor * least, steps: 10 })
        const [perturbed] = perturb(attack, twoLabels, [example])
        expect(flips(twoLabels, example, perturbed)).toBe(expected)
      }
    }
  })

  it('keeps the best iterate where steps are so long that they miss', () => {
    const examples = smallExamples(curved, 20, 10).filter(({ label }) => label === 0)
    const short = perturb(attacks.pgd({ epsilon: 0.05, steps: 1, stepSize: 1 }), curved, examples)
    const long = perturb(attacks.pgd({ epsilon: 0.05, steps: 8, stepSize: 1 }), curved, examples)
    examples.forEach(({ label }, b) => {
      const [one, best] = [short[b], long[b]].map((input) => lossOf('margin', logitsOf(curved, input), label))
      if (!flips(curved, examples[b], short[b])) expect(best).toBeGreaterThanOrEqual(one)
    })
  })

  it('stops asking for an example once it flips', () => {
    const [example] = smallExamples(twoLabels, 1, 11)
    const { gradients, forwards } = countsOf(attacks.pgd({ norm: 'l2', epsilon: 1000, steps: 40 }), twoLabels, [
      example,
    ])
    // The text, and the first iterate.
    expect([...gradients, ...forwards]).toEqual([2, 0])
  })

  it('costs a gradient a step, and a forward pass for the last iterate, where it does not flip', () => {
    const [example] = smallExamples(twoLabels, 1, 11)
    const { gradients, forwards } = countsOf(
      attacks.pgd({ epsilon: 1e-3, steps: 7, stepSize: 0.05, restarts: 1 }),
      twoLabels,
      [example],
    )
    expect([...gradients, ...forwards]).toEqual([14, 2])
  })

  it('ends where each step is undone by the projection: in a corner of the ball, reached in 4 steps of a third', () => {
    const [example] = smallExamples(twoLabels, 1, 11)
    const { gradients, forwards } = countsOf(
      attacks.pgd({ epsilon: 1e-3, norm: 'linf', steps: 1000, stepSize: 0.3 }),
      twoLabels,
      [example],
    )
    expect([...gradients, ...forwards]).toEqual([5, 0])
  })

  it('reaches a target with room enough', () => {
    const examples = smallExamples(fiveLabels, 20, 15, 2)
    const reached = perturb(attacks.pgd({ epsilon: 50 }), fiveLabels, examples)
    expect(examples.filter((example, b) => !flips(fiveLabels, example, reached[b]))).toEqual([])
  })

  it('momentum sums the gradients over their L1 norms: two steps by hand (1e-6)', () => {
    const [epsilon, stepSize] = [0.05, 0.25]
    const steepest = (m: Float64Array) => m.map((value) => (stepSize * epsilon * value) / normOf('l2', m))
    let compared = 0
    for (const example of smallExamples(curved, 12, 17)) {
      const x = Float64Array.from(vectorsOf(embeddings, example.encoded.ids))
      const share = (at: Float64Array) => {
        const offsets = Int32Array.of(0, at.length / 8)
        const batch = { embedded: Float32Array.from(at), offsets, dimensions: 8 }
        const { gradient } = lossGradient(curved, batch, Int32Array.of(example.label), 'margin')
        return Float64Array.from(gradient, (value) => value / normOf('l1', gradient))
      }
      const first = share(x)
      const once = x.map((value, i) => value + steepest(first)[i])
      const second = share(once)
      const twice = (decay: number) => {
        const step = steepest(second.map((value, i) => value + decay * first[i]))
        return once.map((value, i) => value + step[i])
      }
      if ([once, twice(0), twice(0.5), twice(1)].some((at) => predict(curved, Float32Array.from(at)) !== example.label))
        continue
      for (const momentum of [0, 0.5, 1]) {
        const attack = attacks.pgd({ norm: 'l2', epsilon, steps: 2, stepSize, momentum })
        const [perturbed] = perturb(attack, curved, [example])
        expect(
          normOf(
            'linf',
            twice(momentum).map((value, i) => value - perturbed[i]),
          ),
        ).toBeLessThan(1e-6)
      }
      if (
        normOf(
          'linf',
          twice(1).map((value, i) => value - twice(0)[i]),
        ) > 1e-5
      )
        compared++
    }
    expect(compared).toBeGreaterThan(2)
  })

  it.each([
    ['two labels', twoLabels],
    ['five labels', fiveLabels],
    ['a victim that is not linear', curved],
  ])('restarts at points drawn by row, a batch at those of one by one: %s', (_, victim) => {
    const attack = attacks.pgd({ epsilon: 0.5, norm: 'l2', steps: 8, restarts: 1, momentum: 0.5 })
    const examples = smallExamples(victim, 9, 13)
    const together = perturb(attack, victim, examples)
    expect(examples.flatMap((example) => perturb(attack, victim, [example]))).toEqual(together)
  })
})

const ascents = [
  ['FGSM', attacks.fgsm({ epsilon: 0.5 })],
  ['PGD', attacks.pgd({ epsilon: 0.5, norm: 'l2', steps: 8, restarts: 1, momentum: 0.5 })],
] as const

describe.each(ascents)('%s', (_, attack) => {
  it('descends the loss of a target', () => {
    const examples = smallExamples(fiveLabels, 20, 14, 3)
    const perturbed = perturb(attack, fiveLabels, examples)
    examples.forEach(({ encoded }, b) => {
      const [before, after] = [vectorsOf(embeddings, encoded.ids), perturbed[b]].map((input) =>
        lossOf('cross-entropy', logitsOf(fiveLabels, input), 3),
      )
      expect(after).toBeLessThan(before)
    })
  })
})

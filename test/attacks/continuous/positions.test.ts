import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { NORMS, normOf } from '#src/base/norm.js'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { convolutionalVictim } from '../convolutional-victim.js'
import { changeOf, perturb } from '../runs.js'
import { smallExamples } from '../small-examples.js'
import { smallEmbeddings } from '../small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const D = 8
const DUAL = { l1: 'linf', l2: 'l2', linf: 'l1' } as const

describe('the most salient position', () => {
  it.each(NORMS)('%s: is the one whose gradient of the margin is largest in the dual norm', (norm) => {
    const victim = convolutionalVictim(smallEmbeddings(50, D, 1))
    const examples = smallExamples(victim, 25, 8)
    const attack = attacks.fgsm({ norm, epsilon: 0.1, positions: 'most-salient' })
    const seen = new Set<number>()
    perturb(attack, victim, examples).forEach((perturbed, b) => {
      const { encoded, label } = examples[b]
      const change = changeOf(victim, examples[b], perturbed)
      const moved = [...encoded.ids.keys()].filter((i) =>
        change.subarray(i * D, (i + 1) * D).some((value) => value !== 0),
      )
      const batch = embed(victim.embeddings, [encoded.ids])
      const { gradient } = lossGradient(victim, batch, Int32Array.of(label), 'margin')
      const sizes = Array.from(encoded.ids, (_, i) => normOf(DUAL[norm], gradient.subarray(i * D, (i + 1) * D)))
      expect(moved).toEqual([sizes.indexOf(Math.max(...sizes))])
      seen.add(moved[0])
    })
    expect(seen.size).toBeGreaterThan(2)
  })
})

it('random starts are of the row: the same text starts elsewhere in another row, and there again', () => {
  const victim = convolutionalVictim(smallEmbeddings(50, D, 1))
  const [example] = smallExamples(victim, 1, 8)
  const attack = attacks.pgd({ epsilon: 0.01, randomStart: true, steps: 1, stepSize: 0 })
  const inRow = (row: number) => [...perturb(attack, victim, [{ ...example, row }])[0]]
  expect(inRow(2)).not.toEqual(inRow(1))
  expect(inRow(1)).toEqual(inRow(1))
})

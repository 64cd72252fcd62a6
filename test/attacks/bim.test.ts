import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { NORMS } from '#src/base/norm.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { LinearVictim, normals, readOnly, smallEmbeddings, smallExamples, vectorsOf } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(50, 8, 1)
const output = normals(2 * 8, 2)
const two = new LinearVictim(embeddings, output, normals(2, 3, 0.1))
const examples = smallExamples(two, 15, 5)
const perturb = (attack: Attack) => {
  const outcomes = attack.run(readOnly(two, examples), examples, { seed: 1 })
  return outcomes.map((outcome) => (outcome.kind === 'continuous' ? outcome.embedded : new Float32Array()))
}

describe('BIM', () => {
  // Too small to flip, so that no step is left out.
  it.each([
    [3, 0.6],
    [5, 1],
    [9, 1],
  ])(
    'in Linf, %d steps of a fifth of ε move each coordinate by %d ε along the sign of the gradient (1e-9)',
    (steps, share) => {
      const epsilon = 1e-4
      const perturbed = perturb(attacks.bim({ epsilon, steps }))
      examples.forEach(({ encoded, label }, b) => {
        vectorsOf(embeddings, encoded.ids).forEach((value, i) => {
          const difference = output[(1 - label) * 8 + (i % 8)] - output[label * 8 + (i % 8)]
          expect(perturbed[b][i]).toBe(Math.fround(value + share * epsilon * Math.sign(difference)))
        })
      })
    },
  )

  it.each(NORMS)('%s: is PGD of the same steps from the text, byte for byte', (norm) => {
    const options = { norm, epsilon: 0.3, steps: 7, stepSize: 0.3 }
    expect(perturb(attacks.bim(options))).toEqual(perturb(attacks.pgd(options)))
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { NORMS } from '#src/base/norm.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { perturb } from './runs.js'
import { smallExamples, vectorsOf } from './small-examples.js'
import { linearVictim, smallEmbeddings } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const embeddings = smallEmbeddings(50, 8, 1)
const two = linearVictim(embeddings, 2, 2, 0.1)
const { output } = two
const examples = smallExamples(two, 15, 5)

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
      const perturbed = perturb(attacks.bim({ epsilon, steps }), two, examples)
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
    expect(perturb(attacks.bim(options), two, examples)).toEqual(perturb(attacks.pgd(options), two, examples))
  })
})

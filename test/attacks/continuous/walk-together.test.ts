import { beforeAll, describe, expect, it } from 'vitest'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions } from '#src/attacks/index.js'
import { NORMS, normOf } from '#src/base/norm.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { changeOf, flips, perturb } from '../runs.js'
import { smallExamples } from '../small-examples.js'
import { LinearVictim, normals, smallEmbeddings } from '../small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const D = 8

/** Two labels whose logits are differences of numbers some hundred times as large: those round, the logits do not tell. */
function cancelling(): LinearVictim {
  const small = smallEmbeddings(50, D, 1)
  const vectors = small.vectors.map((value, i) => value * 0.05 + (i % D === 0 ? 100 : 0))
  const output = normals(2 * D, 2)
  const bias = Float32Array.of(-100 * output[0], -100 * output[D])
  return new LinearVictim(new Embeddings(small.vocabulary, vectors, D), output, bias)
}

describe('A walk told that it has reached its goal', () => {
  const least = attackDefinitions
    .filter(({ name }) => ['deepfool', 'cw', 'ddn', 'fmn', 'pgd-minimal'].includes(name))
    .flatMap((definition) =>
      NORMS.filter((norm) => definition.options.safeParse({ norm }).success).map(
        (norm) => [definition.name, norm, definition] as const,
      ),
    )

  it.each(least)('%s in %s: has, where logits are small differences of large numbers', (_, norm, definition) => {
    const victim = cancelling()
    const examples = smallExamples(victim, 100, 3)
    const attack = createAttack(definition, { norm })
    const perturbed = perturb(attack, victim, examples)
    const changed = examples.flatMap((example, b) =>
      normOf(norm, changeOf(victim, example, perturbed[b])) > 0 ? [flips(victim, example, perturbed[b])] : [],
    )
    expect(changed.length).toBeGreaterThan(80)
    expect(changed.filter((isFlipped) => !isFlipped)).toHaveLength(0)
  })
})

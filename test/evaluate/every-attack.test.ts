import { describe, expect, it } from 'vitest'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions } from '#src/attacks/index.js'
import type { TensorData } from '#src/base/safetensors.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { convolutionalVictim } from '../attacks/convolutional-victim.js'
import { smallExamples } from '../attacks/small-examples.js'
import { LinearVictim, normals, smallEmbeddings } from '../attacks/small-victims.js'
import { drain } from './collect.js'

// The layers draw their weights when they are made.
await useTensorBackend('cpu')

const embeddings = smallEmbeddings(40, 6, 1)
const linear = (labels: number) => new LinearVictim(embeddings, normals(labels * 6, 2), normals(labels, 3, 0.2))
const VICTIMS: readonly (readonly [string, Victim])[] = [
  ['linear, 2 labels', linear(2)],
  ['linear, 7 labels', linear(7)],
  ['convolutional', convolutionalVictim(embeddings)],
]

const CASES = VICTIMS.flatMap(([kind, victim]) =>
  attackDefinitions
    .filter(({ name }) => name !== 'exact-swaps' || victim.linear !== undefined)
    .map((definition) => [definition.name, kind, definition, victim] as const),
)

describe.each(CASES)('%s on a victim that is %s', (_, __, definition, victim) => {
  it('is never better than the exact bound, and judging bears out every claim', async () => {
    const isOfWords = 'minCosine' in definition.options.shape
    const own = isOfWords ? { candidates: 'vocabulary' } : 'epsilon' in definition.options.shape ? { epsilon: 0.4 } : {}
    const attack = createAttack(definition, own)
    const rows = smallExamples(victim, 8, 5).map(({ encoded, label }) => ({
      text: encoded.text,
      label: victim.labels[label],
    }))
    const saved = new Map<number, TensorData>()
    const perturbations = {
      kept: 0,
      async add(row: number, perturbation: TensorData | undefined) {
        if (perturbation) saved.set(row, perturbation)
      },
    }
    const { items } = await drain(generateAdversarial(victim, attack, rows, { perturbations, batchSize: 3 }))
    expect(items).toHaveLength(rows.length)
    for (const { resultType, exactMinimum, gap, certifiedSwaps, wordsChanged = 0, epsilon } of items) {
      if (victim.linear === undefined) expect([exactMinimum, certifiedSwaps]).toEqual([undefined, undefined])
      if (resultType !== 'Successful') continue
      // Float32 moves a norm by some 1e-7, and a row that lies on the boundary by more than that.
      if (gap !== undefined) expect(gap).toBeGreaterThan(-1e-4)
      if (certifiedSwaps !== undefined) expect(wordsChanged).toBeGreaterThan(certifiedSwaps)
      if (exactMinimum !== undefined && epsilon !== undefined)
        expect(epsilon).toBeGreaterThan(exactMinimum * (1 - 1e-4))
    }
    const find = async (_: number, row: number) => saved.get(row)
    expect(await evaluate(victim, items, { attack, perturbations: { find } })).toMatchObject({
      rows: rows.length,
      unjudged: 0,
      differing: 0,
    })
  })
})

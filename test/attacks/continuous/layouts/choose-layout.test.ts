import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack, AttackExample } from '#src/attacks/attack.js'
import { layoutFromText, layoutOfOneRow } from '#src/attacks/continuous/layouts/choose-layout.js'
import { RowEach } from '#src/attacks/continuous/layouts/row-each.js'
import { RowInPool } from '#src/attacks/continuous/layouts/row-in-pool.js'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks } from '#src/attacks/index.js'
import { NORMS, normOf } from '#src/base/norm.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { smallExamples, vectorsOf } from '../../small-examples.js'
import { CurvedVictim, LinearVictim, normals, smallEmbeddings } from '../../small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

const D = 8
const V = 50
const embeddings = smallEmbeddings(V, D, 1)
const linear = (labels: number) => new LinearVictim(embeddings, normals(labels * D, 2), normals(labels, 3, 0.1))
const centreWord = (pooling: 'mean' | 'sum') => new CentreWord(embeddings, normals(V * D, 4), pooling, wordTokenizer)

/** The same victim, without the fact that gradients are one row: attacks then hold a row for each position. */
class RowsAlone extends ReadOnlyVictim {
  override get pooling(): undefined {
    return undefined
  }
}

function attacked(attack: Attack, reader: ReadOnlyVictim, examples: readonly AttackExample[]) {
  const perturbed = attack.run(reader, examples, { seed: 1 }).map((outcome, b) => {
    if (outcome.kind === 'words') throw new Error('words of a continuous attack')
    const original = vectorsOf(embeddings, examples[b].encoded.ids)
    return Float64Array.from(outcome.embedded, (value, i) => value - original[i])
  })
  return { perturbed, forwards: reader.forwards, gradients: reader.gradients }
}

const victims = [
  ['two labels', linear(2), undefined],
  ['seven labels', linear(7), undefined],
  ['seven labels, towards one', linear(7), 3],
  ['a centre word, mean', centreWord('mean'), undefined],
  ['a centre word, sum', centreWord('sum'), undefined],
] as const

const cases = attackDefinitions
  .filter(({ kind }) => kind === 'continuous')
  .flatMap((definition) =>
    (['l2', 'linf'] as const)
      .filter((norm) => definition.options.safeParse({ norm }).success)
      .flatMap((norm) => victims.map(([of, ...rest]) => [definition.name, norm, of, definition, ...rest] as const)),
  )

describe.each(cases)('%s in %s, %s: one row in the pool makes what a row for each position makes', (...given) => {
  const [, norm, , definition, victim, target] = given
  it.each(['all', '0,2', 'most-salient'])(
    'positions %s: perturbations to 1e-5 of their norm, the same forwards and gradients',
    (positions) => {
      const examples = smallExamples(victim, 12, 5, target)
      const attack = createAttack(definition, { norm, positions })
      const one = attacked(attack, new ReadOnlyVictim(victim, examples.length), examples)
      const each = attacked(attack, new RowsAlone(victim, examples.length), examples)
      expect(examples.length).toBeGreaterThan(6)
      expect(one.forwards).toEqual(each.forwards)
      expect(one.gradients).toEqual(each.gradients)
      one.perturbed.forEach((change, b) => {
        const difference = change.map((value, i) => value - each.perturbed[b][i])
        expect(normOf(norm, difference)).toBeLessThanOrEqual(1e-5 * normOf(norm, each.perturbed[b]) + 1e-6)
      })
    },
  )
})

it.each(['pgd', 'apgd'] as const)('%s begun elsewhere has a row for each position: the same bytes', (name) => {
  const victim = linear(7)
  const examples = smallExamples(victim, 12, 5)
  for (const norm of NORMS) {
    const attack = attacks[name]({ norm, restarts: 2, epsilon: 0.3 })
    const perturbed = attacked(attack, new ReadOnlyVictim(victim, examples.length), examples)
    expect(perturbed).toEqual(attacked(attack, new RowsAlone(victim, examples.length), examples))
  }
})

describe('Layouts', () => {
  const text = normals(5 * D, 7)
  const reader = new ReadOnlyVictim(linear(2), 0)
  const rowsAlone = new RowsAlone(linear(2), 0)
  const layouts = [
    ['a row each', (changeable: Int32Array) => layoutFromText(rowsAlone, 'l2')({ text, dimensions: D, changeable })],
    ['one row, L2', (changeable: Int32Array) => layoutOfOneRow(rowsAlone, 'l2')({ text, dimensions: D, changeable })],
    [
      'one row, Linf',
      (changeable: Int32Array) => layoutOfOneRow(rowsAlone, 'linf')({ text, dimensions: D, changeable }),
    ],
    ['in the pool, L2', (changeable: Int32Array) => layoutFromText(reader, 'l2')({ text, dimensions: D, changeable })],
    [
      'in the pool, Linf',
      (changeable: Int32Array) => layoutFromText(reader, 'linf')({ text, dimensions: D, changeable }),
    ],
  ] as const

  describe.each(layouts)('%s', (name, layoutOf) => {
    it.each([[[0, 1, 2, 3, 4]], [[1, 3]], [[4]], [[]]])(
      'positions %j: the norm of v is that of the change (1e-6)',
      (list) => {
        const layout = layoutOf(Int32Array.from(list))
        const v = Float64Array.from(normals(layout.size, 8))
        const perturbed = new Float32Array(text.length)
        layout.perturb(v, perturbed, 0)
        const change = Float64Array.from(perturbed, (value, i) => value - text[i])
        const norm = name.endsWith('Linf') ? 'linf' : 'l2'
        expect(normOf(norm, change)).toBeCloseTo(list.length === 0 ? 0 : normOf(norm, v), 5)
        change.forEach((value, i) => {
          if (!list.includes(Math.floor(i / D))) expect(value).toBe(0)
        })
      },
    )

    it.each([[[0, 1, 2, 3, 4]], [[1, 3]], [[4]], [[]]])(
      'positions %j: pulls back by the transpose of what it writes (1e-5)',
      (list) => {
        const layout = layoutOf(Int32Array.from(list))
        const written = (v: Float64Array) => {
          const into = new Float32Array(3 + layout.positions * D)
          layout.write(v, into, 3)
          return into.slice(3)
        }
        const v = Float64Array.from(normals(layout.size, 9))
        const gradient = normals(layout.positions * D, 10)
        const before = written(new Float64Array(layout.size))
        const moved = written(v).map((value, i) => value - before[i])
        const product = moved.reduce((sum, value, i) => sum + value * gradient[i], 0)
        const pulled = layout.pull(gradient)
        expect(pulled).toHaveLength(layout.size)
        expect(pulled.reduce((sum, value, i) => sum + value * v[i], 0)).toBeCloseTo(product, 4)
      },
    )
  })

  it('is a row each in L1, where a step moves one position, and where the victim has no pool', () => {
    const of = { text, dimensions: D, changeable: Int32Array.of(0, 1) }
    expect(layoutFromText(reader, 'l2')(of)).toBeInstanceOf(RowInPool)
    expect(layoutFromText(reader, 'l1')(of)).toBeInstanceOf(RowEach)
    const curved = new ReadOnlyVictim(new CurvedVictim(embeddings, normals(D, 6)), 0)
    expect(layoutFromText(curved, 'l2')(of)).toBeInstanceOf(RowEach)
  })
})

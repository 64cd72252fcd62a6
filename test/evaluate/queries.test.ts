import { beforeAll, describe, expect, it } from 'vitest'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks } from '#src/attacks/index.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { smallExamples } from '../attacks/small-examples.js'
import { LinearVictim, normals, smallEmbeddings } from '../attacks/small-victims.js'
import { drain, withoutSeconds } from './collect.js'

beforeAll(() => useTensorBackend('cpu'))

const victim = new LinearVictim(smallEmbeddings(40, 6, 1), normals(3 * 6, 2), Float32Array.of(0.5, 0, 0))
const rows = smallExamples(victim, 12, 3).map(({ encoded }) => ({ text: encoded.text }))

async function run(name: string, queries?: number) {
  const definition = attackDefinitions.find((each) => each.name === name)!
  const own = 'minCosine' in definition.options.shape ? { candidates: 'vocabulary' } : {}
  const attack = createAttack(definition, own)
  const { items, returned } = await drain(generateAdversarial(victim, attack, rows, { queries }))
  return { results: items, summary: returned }
}

describe.each(attackDefinitions.map(({ name }) => name))('a budget of queries for %s', (name) => {
  it('is never spent beyond, and what it ends with is judged as ever', async () => {
    const free = await run(name)
    for (const queries of [1, 2, 5]) {
      const { results, summary } = await run(name, queries)
      expect(summary).toMatchObject({ queries, rows: rows.length, skipped: 0 })
      results.forEach(({ numForwards }) => {
        expect(numForwards).toBeLessThanOrEqual(queries)
      })
      expect(summary.successful + summary.failed).toBe(rows.length)
    }
    const most = Math.max(1, ...free.results.map(({ numForwards }) => numForwards))
    const enough = await run(name, most)
    expect(withoutSeconds(enough.results)).toEqual(withoutSeconds(free.results))
  })

  it('of 0 returns the text, marked Failed', async () => {
    const { results, summary } = await run(name, 0)
    expect(summary).toMatchObject({ successful: 0, failed: rows.length, queries: 0 })
    for (const each of results) {
      expect(each).toMatchObject({ resultType: 'Failed', numForwards: 0, numGradients: 0, l2: 0 })
      expect(each.perturbedText).toBe(each.originalText)
    }
  })
})

describe('ReadOnlyVictim with a budget', () => {
  const batchOf = (values: readonly number[]) => ({
    embedded: Float32Array.from(values.flatMap((value) => [value, 0, 0, 0, 0, 0])),
    offsets: Int32Array.from({ length: values.length + 1 }, (_, b) => b),
    dimensions: 6,
  })
  const unchanged = (member: number) => Float32Array.of(10 + member, 0, 0)

  it('answers so many rows of each example truly, and all others as the example was before', () => {
    const reader = new ReadOnlyVictim(victim, 2, { queries: 2, unchanged })
    const batch = batchOf([1, 2, 3, 4])
    const truth = victim.logits(batch)
    const logits = reader.logits(batch, [0, 0, 0, 1])
    expect([...logits.subarray(0, 6)]).toEqual([...truth.subarray(0, 6)])
    expect([...logits.subarray(6, 9)]).toEqual([10, 0, 0])
    expect([...logits.subarray(9)]).toEqual([...truth.subarray(9)])
    expect([...reader.forwards]).toEqual([2, 1])
    expect([reader.remaining(0), reader.remaining(1)]).toEqual([0, 1])
    expect([...reader.logits(batchOf([5]), [0])]).toEqual([10, 0, 0])
    expect([...reader.forwards]).toEqual([2, 1])
  })

  it('leaves gradients aside', () => {
    const reader = new ReadOnlyVictim(victim, 1, { queries: 1, unchanged })
    for (let read = 0; read < 3; read++) reader.lossGradient(batchOf([1]), Int32Array.of(0), 'margin', [0])
    expect([reader.gradients[0], reader.remaining(0)]).toEqual([3, 1])
  })

  it('has no bound without one', () => {
    expect(new ReadOnlyVictim(victim, 1).remaining(0)).toBe(Infinity)
  })
})

describe('attacks that ask for forward passes', () => {
  it('flip fewer rows within fewer of them', async () => {
    const flips = async (queries?: number) => {
      const attack = attacks.random({ candidates: 'vocabulary', tries: 30 })
      const { returned } = await drain(generateAdversarial(victim, attack, rows, { queries }))
      return returned.successful
    }
    expect(await flips(1)).toBeLessThan(await flips())
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks, findAttack } from '#src/attacks/index.js'
import { NORMS, type Norm } from '#src/base/norm.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import type { AttackResult } from '#src/evaluate/result.js'
import { exact } from '#src/exact/index.js'
import { embed } from '#src/gradient/embed.js'
import { swapWords } from '#src/gradient/swap.js'
import { wordId } from '#src/text/vocabulary.js'
import type { TextClassifier } from '#src/victims/text-classifier.js'
import { drain } from '../evaluate/collect.js'
import { DATA, type DataName, testRows, trainVictims } from './real-victims.js'
import { logitsAt, predictedAt } from './trials.js'

const ROWS = 200

let victims: ReadonlyMap<DataName, TextClassifier>
beforeAll(async () => {
  victims = await trainVictims()
})

type Options = Parameters<typeof generateAdversarial>[3]

async function run(name: DataName, attack: Attack, count = ROWS, options?: Options) {
  const { items, returned } = await drain(
    generateAdversarial(victims.get(name)!, attack, await testRows(name, count), options),
  )
  expect(items).toHaveLength(count)
  return { attacked: items.filter(({ resultType }) => resultType !== 'Skipped'), summary: returned }
}

const isFlipped = ({ resultType }: AttackResult) => resultType === 'Successful'

/** The norm that was found over the exact one, less 1, of every attacked row in order; Infinity where none was found. */
function gapsOf(results: readonly AttackResult[], norm: Norm): number[] {
  const gaps = results.map((row) => (isFlipped(row) ? row[norm]! / row.exactMinimum! - 1 : Infinity))
  return gaps.sort((a, b) => a - b)
}

const at = (sorted: readonly number[], share: number) => sorted[Math.ceil(share * sorted.length) - 1]

const NEIGHBOURS = { neighbours: 30 }

/** The attack with those of these options that it has. */
function withOwn(name: string, wanted: Readonly<Record<string, unknown>>): Attack {
  const definition = findAttack(name)
  const own = Object.entries(wanted).filter(([option]) => option in definition.options.shape)
  return createAttack(definition, Object.fromEntries(own))
}

const takesWords = attackDefinitions.filter(({ options }) => 'minCosine' in options.shape).map(({ name }) => name)

describe.each(DATA)('On 200 test rows of %s', (name) => {
  it('the classifier has two thirds right: there is something to attack', async () => {
    const { summary } = await run(name, attacks.fgsm())
    expect(summary.accuracyBefore.share).toBeGreaterThan(2 / 3)
  })

  it('HotFlip, beam 8, at most 2 words, whole vocabulary: finds at least 99% of the flips that exact search finds', async () => {
    const { attacked } = await run(name, attacks.hotflip({ beam: 8, maxWords: 2, candidates: 'vocabulary' }))
    const possible = attacked.filter(({ exactMinimum = Infinity }) => exactMinimum <= 2)
    expect(possible.length).toBeGreaterThan(100)
    expect(possible.filter(isFlipped).length).toBeGreaterThanOrEqual(0.99 * possible.length)
    // What exact search does not find does not flip.
    expect(attacked.filter(isFlipped)).toHaveLength(possible.filter(isFlipped).length)
  })

  it.each(NORMS)(
    '%s: PGD-40 with epsilon bisected gives at most 1.01 times the exact minimal norm in the median, and 1.02 times for 19 of 20 rows',
    async (norm) => {
      const gaps = gapsOf((await run(name, attacks.pgdMinimal({ norm, steps: 40 }))).attacked, norm)
      expect(at(gaps, 0.5)).toBeLessThan(0.01)
      expect(at(gaps, 0.95)).toBeLessThan(0.02)
    },
  )

  it.each<[string, Norm, () => Attack]>([
    ['DeepFool', 'l2', () => attacks.deepfool()],
    ['DeepFool', 'linf', () => attacks.deepfool({ norm: 'linf' })],
    ['Carlini-Wagner', 'l2', () => attacks.cw()],
    ['DDN', 'l2', () => attacks.ddn()],
    ['FMN', 'l2', () => attacks.fmn()],
    ['FMN', 'linf', () => attacks.fmn({ norm: 'linf' })],
  ])('%s in %s: at most 1.01 times the exact minimum in the median', async (_, norm, make) => {
    expect(at(gapsOf((await run(name, make())).attacked, norm), 0.5)).toBeLessThan(0.01)
  })

  it.each(NORMS)(
    '%s: at 1.01 times the exact minimum of a row PGD-40 flips it, at 0.99 times it does not',
    async (norm) => {
      const victim = victims.get(name)!
      const rows = await testRows(name, 60)
      const { attacked } = await run(name, attacks.pgd({ norm }), 60)
      for (const { row, exactMinimum = 0 } of attacked.slice(0, 40)) {
        for (const share of [1.01, 0.99]) {
          const attack = attacks.pgd({ norm, steps: 40, epsilon: share * exactMinimum })
          const { items } = await drain(generateAdversarial(victim, attack, [rows[row - 1]]))
          expect([row, share, items[0].resultType]).toEqual([row, share, share > 1 ? 'Successful' : 'Failed'])
        }
      }
    },
  )

  const withNorms = attackDefinitions
    .filter(({ kind }) => kind === 'continuous')
    .flatMap((definition) =>
      NORMS.filter((norm) => definition.options.safeParse({ norm }).success).map(
        (norm) => [definition.name, norm] as const,
      ),
    )

  it.each(withNorms)(
    '%s in %s: never flips a row below its exact norm (1e-4 of it), nor more rows within an epsilon than can be',
    async (attackName, norm) => {
      // The exact norms of these rows do not depend on the attack: half of them are below the middle one.
      const { attacked } = await run(name, withOwn(attackName, { norm, steps: 1, learnRows: 1 }), 100)
      const exactNorms = attacked.map(({ exactMinimum = Infinity }) => exactMinimum).sort((a, b) => a - b)
      const epsilons = [0.5, 1, 2].map((share) => share * at(exactNorms, 0.5))
      for (const target of [undefined, victims.get(name)!.labels[0]]) {
        const attack = withOwn(attackName, { norm, steps: 20, learnRows: 60, epsilon: epsilons[2] })
        const { attacked: rows, summary } = await run(name, attack, 100, { epsilons, target })
        expect(summary.curve).toHaveLength(3)
        for (const { flips, exact } of summary.curve) expect(flips).toBeLessThanOrEqual(exact?.count ?? -1)
        if (target === undefined) expect(summary.curve[2].flips).toBeGreaterThan(0)
        for (const row of rows.filter(isFlipped)) expect(row[norm]).toBeGreaterThan((1 - 1e-4) * row.exactMinimum!)
      }
    },
  )

  it.each(takesWords)(
    '%s: never flips a row with fewer words than the exact minimum, nor a certified one',
    async (attackName) => {
      let certified = 0
      for (const maxWords of [1, 2]) {
        const attack = withOwn(attackName, { ...NEIGHBOURS, maxWords, tries: 20, samples: 64, generations: 4 })
        const { attacked } = await run(name, attack, 70)
        for (const row of attacked) {
          expect(row.certifiedSwaps).toBeDefined()
          if (row.certifiedSwaps! >= maxWords) {
            certified++
            expect([row.row, row.resultType]).toEqual([row.row, 'Failed'])
          }
          if (isFlipped(row)) expect(row.wordsChanged).toBeGreaterThanOrEqual(row.exactMinimum ?? Infinity)
        }
      }
      expect(certified).toBeGreaterThan(10)
    },
  )

  it('a certificate for one swap is true: none of 500 words at any place flips the row, by trying all', async () => {
    const victim = victims.get(name)!
    const { words } = victim.embeddings.vocabulary
    const list = Int32Array.from({ length: 500 }, (_, i) => Math.floor((i * words.length) / 500))
    const predictedOf = (ids: Int32Array) => predictedAt(victim, embed(victim.embeddings, [ids]).embedded)
    const seen = new Map<boolean, number>()
    for (const { text } of await testRows(name, 15)) {
      const { ids } = victim.encode(text)
      const logits = logitsAt(victim, embed(victim.embeddings, [ids]).embedded)
      const problem = { ids, candidates: Array.from(ids, () => list), logits, label: predictedOf(ids) }
      const { swaps } = exact.certificate(victim.linear, victim.embeddings, problem, 1)
      const flips = Array.from(ids.keys()).some((position) =>
        list.some((word) => predictedOf(swapWords(ids, [{ position, word: wordId(word) }])) !== problem.label),
      )
      expect(flips).toBe(swaps === 0)
      seen.set(flips, (seen.get(flips) ?? 0) + 1)
    }
    expect(seen.size).toBe(2)
  })
})

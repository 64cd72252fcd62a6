import { beforeAll, describe, expect, it } from 'vitest'
import type { AttackResult } from '#src/evaluate/result.js'
import { shareOf } from '#src/evaluate/statistics/statistics.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { collectReport } from '#src/report/collect-report.js'
import { renderReport } from '#src/report/render-report.js'
import { classifierOf } from '../evaluate/small-victim.js'
import { ALL_HELD, continuous, exampleOf, summaryOf } from './report-fixture.js'

const ROWS: readonly [number, AttackResult['resultType']][] = [
  [1, 'Skipped'],
  [2, 'Failed'],
  [3, 'Successful'],
  [4, 'Failed'],
  [5, 'Successful'],
]

async function* results(exactMinimum?: number): AsyncGenerator<AttackResult> {
  for (const [row, resultType] of ROWS) {
    yield exampleOf('', 'a dull>fine film', { row, resultType, exactMinimum }).result
  }
}

const smallVictim = () => classifierOf({ dull: [1, 0], fine: [-1, 0.5], film: [0, 2] }, [1, -1, 0.5, 0])

describe('collecting a report', () => {
  beforeAll(() => useTensorBackend('cpu'))

  it('shows successes first, then failures, never skipped rows, and no more than asked for', async () => {
    const source = { summary: summaryOf(2), results: results() }
    const { examples } = await collectReport([source], undefined, { examples: 3 })
    expect(examples.map(({ result }) => result.row)).toEqual([3, 5, 2])
    expect(examples[0].gradient).toBeUndefined()
  })

  it('reads g · v and |g| of each known word: the closed form of a linear victim of the mean (1e-6)', async () => {
    const victim = smallVictim()
    const { examples } = await collectReport([{ summary: summaryOf(2), results: results() }], victim, { examples: 1 })
    // 'a dull film': known are dull (1, 0) and film (0, 2); their mean (0.5, 1); logits (1, -0.5).
    const p = 1 / (1 + Math.exp(-1.5))
    const g = [((p - 1) * 1 + (1 - p) * -1) / 2, ((p - 1) * 0.5) / 2]
    const expected = [
      { start: 2, end: 6, weight: g[0] },
      { start: 7, end: 11, weight: 2 * g[1] },
    ]
    const gradient = examples[0].gradient!
    expect(gradient).toHaveLength(2)
    expected.forEach(({ start, end, weight }, i) => {
      expect(gradient[i]).toMatchObject({ start, end })
      expect(Math.abs(gradient[i].weight - weight)).toBeLessThan(1e-6)
      expect(Math.abs(gradient[i].norm - Math.hypot(...g))).toBeLessThan(1e-6)
    })
  })

  it('leaves the gradient out where the victim cannot read the row', async () => {
    const result = exampleOf('', 'nothing known', { originalOutput: 'negative' }).result
    const other = exampleOf('', 'dull film', { originalOutput: 'no such label' }).result
    const { examples } = await collectReport([{ summary: summaryOf(2), results: [result, other] }], smallVictim())
    expect(examples.map(({ gradient }) => gradient)).toEqual([undefined, undefined])
  })

  it('tells runs of one attack apart', async () => {
    const sources = [1, 2].map(() => ({ summary: summaryOf(1), results: [] }))
    const snapped = { summary: summaryOf(1, { snap: true }), results: [] }
    const { attacks } = await collectReport([...sources, { ...sources[0], label: 'mine' }, snapped])
    expect(attacks.map(({ label }) => label)).toEqual(['hotflip', 'hotflip 2', 'mine', 'hotflip, snapped'])
  })

  it('puts what judging anew has found in place of what the summary says', async () => {
    const summary = summaryOf(152)
    const readOnlyProof = { before: 'aa', after: 'aa' }
    const found = {
      goal: summary.goal,
      target: null,
      against: summary.against,
      transfer: [],
      file: 'flips.csv',
      madeAgainst: null,
    }
    const judged = { ...summaryOf(150), ...found, ...ALL_HELD, differing: 2, readOnlyProof }
    const { attacks } = await collectReport([{ summary, results: results(), judged }])
    expect(attacks[0].summary.successful).toBe(150)
    expect(attacks[0].summary.readOnlyProof).toEqual(readOnlyProof)
    expect(attacks[0].summary.attack).toEqual(summary.attack)
    expect(attacks[0].judged?.differing).toBe(2)
  })

  it('draws the curve with the counts it was made with, however few rows could be judged anew', async () => {
    const summary = continuous('pgd', [26, 77, 144], { against: 'prediction' })
    const nobody = { successful: 0, failed: 0, successRate: shareOf(0, 0), accuracyBefore: shareOf(0, 0) }
    const found = {
      goal: summary.goal,
      target: null,
      against: summary.against,
      transfer: [],
      file: 'pgd.csv',
      madeAgainst: null,
    }
    const judged = { ...summaryOf(0, nobody), ...found, ...ALL_HELD, unjudged: 156 }
    const curve = (html: string) => html.slice(html.indexOf('<figure>'), html.indexOf('</figure>'))
    const asWritten = await renderReport(await collectReport([{ summary, results: [] }]))
    const withJudged = await renderReport(await collectReport([{ summary, results: [], judged }]))
    expect(curve(withJudged)).toBe(curve(asWritten))
    expect(withJudged).not.toContain('NaN')
  })

  it('draws the bound from the rows where each attacked one has its exact minimum', async () => {
    const summary = continuous('pgd', [0, 1, 2], { successRate: { count: 2, of: 4, share: 0.5, interval: null } })
    const known = await collectReport([{ summary, results: results(0.05) }])
    expect(known.attacks[0].bound?.at(0)?.share).toBe(156 / 200)
    expect(known.attacks[0].bound?.at(-1)?.share).toBe(152 / 200)
    const unknown = await collectReport([{ summary, results: results() }])
    expect(unknown.attacks[0].bound).toBeUndefined()
  })
})

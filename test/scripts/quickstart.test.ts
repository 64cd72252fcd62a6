import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSummary } from '#src/evaluate/summary.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'dist', 'scripts', 'quickstart.js')
const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-quickstart-'))
const RUNS = ['first', 'second'] as const
const file = (run: (typeof RUNS)[number], name: string) => join(folder, run, 'models', 'quickstart', name)

/** The main job, twice, each from nothing. */
beforeAll(async () => {
  await Promise.all(
    RUNS.map((run) => {
      const cwd = join(folder, run)
      mkdirSync(cwd)
      symlinkSync(join(root, 'data'), join(cwd, 'data'))
      return promisify(execFile)(process.execPath, [program], { cwd })
    }),
  )
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the quickstart', () => {
  it('attacks at least 200 reviews of 1,000, of which at least 75% were right', async () => {
    for (const attack of ['pgd', 'hotflip', 'random']) {
      const { accuracyBefore, successRate, readOnlyProof } = await readSummary(file('first', `${attack}.csv`))
      expect(accuracyBefore.of).toBe(1000)
      expect(accuracyBefore.count).toBeGreaterThanOrEqual(750)
      expect(successRate.of).toBeGreaterThanOrEqual(200)
      expect(readOnlyProof.after).toBe(readOnlyProof.before)
    }
  })

  it('flips by hotflip at least 5 times as many as by random swaps of the same size', async () => {
    const [hotflip, random] = await Promise.all(
      ['hotflip', 'random'].map((name) => readSummary(file('first', `${name}.csv`))),
    )
    expect(hotflip.attack.options.maxWords).toBe(random.attack.options.maxWords)
    expect(hotflip.successful).toBeGreaterThanOrEqual(5 * random.successful)
  })

  it('never flips more by pgd than the exact bound allows, and as many at every epsilon', async () => {
    const { curve } = await readSummary(file('first', 'pgd.csv'))
    expect(curve.length).toBeGreaterThan(2)
    for (const { flips, exact } of curve) {
      expect(flips).toBeLessThanOrEqual(exact?.count ?? 0)
      expect(flips).toBeGreaterThanOrEqual(0.99 * (exact?.count ?? Number.POSITIVE_INFINITY))
    }
  })

  it('gives the same weights and rows again, the column seconds aside', () => {
    for (const model of ['cbow', 'classifier']) {
      const [first, second] = RUNS.map((run) => readFileSync(file(run, `${model}/tensors.safetensors`)))
      expect(second.equals(first), model).toBe(true)
    }
    for (const attack of ['pgd', 'hotflip', 'random']) {
      const [first, second] = RUNS.map((run) =>
        readFileSync(file(run, `${attack}.csv`), 'utf8').replaceAll(/,[^,\n]*$/gm, ''),
      )
      expect(second === first, attack).toBe(true)
    }
  })

  it('draws a report', () => {
    expect(readFileSync(file('first', 'report.html'), 'utf8')).toContain('equal: not one bit of the victim moved')
  })
})

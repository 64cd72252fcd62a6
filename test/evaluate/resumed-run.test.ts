import { describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { withoutSeconds } from './collect.js'
import { ROWS, run } from './small-run.js'
import { idle, shiftGoodness } from './small-victim.js'

describe('a run that goes on', () => {
  it.each<[string, Attack, number[]]>([
    ['a curve', shiftGoodness(1), [0.25, 0.6]],
    ['one epsilon, nothing exact', shiftGoodness(1), [0.6]],
    ['one epsilon and exact minima', attacks.pgd({ steps: 3 }), [0.6]],
  ])('goes on where an interrupted run stopped, with %s', async (_, attack, epsilons) => {
    const options = { epsilons, batchSize: 2 }
    const whole = await run(attack, ROWS, options)
    for (let kept = 0; kept <= ROWS.length; kept++) {
      const { results, summary } = await run(attack, ROWS, {
        ...options,
        resume: whole.results.slice(0, kept),
      })
      expect(withoutSeconds(results)).toEqual(withoutSeconds(whole.results.slice(kept)))
      const timeless = { seconds: 0, rowsPerSecond: 0 }
      expect({ ...summary, ...timeless }).toEqual({ ...whole.summary, ...timeless })
    }
  })

  it('does not say how many candidates were dropped in rows that it has not seen', async () => {
    const dropping: Attack = { ...idle, run: (_, e) => e.map(() => ({ kind: 'words', edits: [], rejected: 2 })) }
    const whole = await run(dropping, ROWS, { batchSize: 2 })
    expect(whole.summary.rejectedCandidates).toBe(6)
    const { summary } = await run(dropping, ROWS, { batchSize: 2, resume: whole.results.slice(0, 3) })
    expect(summary.rejectedCandidates).toBeNull()
  })

  it('goes on with no other rows', async () => {
    const { results } = await run(idle, ROWS)
    for (const other of [
      { text: 'good plot', label: 'positive' },
      { ...ROWS[0], label: 'negative' },
      { ...ROWS[0], row: 2 },
    ]) {
      await expect(run(idle, [other], { resume: results })).rejects.toThrow(/^row \d: is not the row that/)
    }
  })

  it('gives each perturbation once, but for those an interrupted run has saved', async () => {
    const { results } = await run(shiftGoodness(0.6), ROWS)
    for (let kept = 0; kept <= ROWS.length; kept++) {
      for (let resumed = 0; resumed <= ROWS.length; resumed++) {
        const added: string[] = []
        const perturbations = {
          kept,
          async add(row: number, perturbation: unknown) {
            added.push(`${row} ${perturbation === undefined ? 'none' : 'saved'}`)
          },
        }
        await run(shiftGoodness(0.6), ROWS, { batchSize: 2, resume: results.slice(0, resumed), perturbations })
        expect(added).toEqual(['1 saved', '2 saved', '3 none', '4 none', '5 saved'].slice(kept))
      }
    }
  })
})

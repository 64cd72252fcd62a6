import type { Attack } from '../attacks/attack.js'
import { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Victim } from '../gradient/victim.js'
import type { Goal } from './goal.js'
import { judgeBefore, type NumberedRow } from './rows/before-attack.js'

interface LearnOptions {
  readonly seed: number
  readonly source?: string
  /** Rows beyond are not looked at. */
  readonly limit?: number
  readonly note: (line: string) => void
}

/**
 * Lets an attack that learns from a data set learn from its first rows, within the largest epsilon; other attacks stay
 * as they are. The rows come back whole.
 */
export async function learned(
  victim: Victim,
  attack: Attack,
  rows: AsyncGenerator<NumberedRow>,
  goal: Goal,
  epsilons: readonly number[],
  { seed, source, limit = Infinity, note }: LearnOptions,
): Promise<{ readonly attack: Attack; readonly rows: AsyncIterable<NumberedRow> }> {
  const wanted = Math.min(attack.learnsFrom ?? 0, limit)
  if (attack.learn === undefined || wanted === 0) return { attack, rows }
  const first: NumberedRow[] = []
  while (first.length < wanted) {
    const next = await rows.next()
    if (next.done) break
    first.push(next.value)
  }
  const largest = epsilons.length === 0 ? attack : (attack.withEpsilon?.(Math.max(...epsilons)) ?? attack)
  try {
    const examples = judgeBefore(victim, first, goal, source)
      .filter((row) => row.kind === 'attackable')
      .map(({ row, encoded, underAttack }) => ({ row, encoded, label: underAttack, target: goal.target }))
    const reader = new ReadOnlyVictim(victim, examples.length)
    const result = largest.learn?.(reader, examples, { seed, note }) ?? attack
    const total = (counts: Int32Array) => counts.reduce((sum, count) => sum + count, 0).toLocaleString('en')
    const asked = `${total(reader.forwards)} forward passes and ${total(reader.gradients)} gradients`
    note(`${attack.name}: learned from ${examples.length} rows by ${asked}, which are in no row's count`)
    return { attack: result, rows: chained(first, rows) }
  } catch (error) {
    // Nobody reads on: the file behind the rows is closed.
    await rows.return(undefined)
    throw error
  }
}

async function* chained(first: readonly NumberedRow[], rest: AsyncIterable<NumberedRow>): AsyncGenerator<NumberedRow> {
  yield* first
  yield* rest
}

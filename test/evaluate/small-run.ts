import type { Attack } from '#src/attacks/attack.js'
import { generateAdversarial, type InputRow } from '#src/evaluate/generate-adversarial.js'
import { drain } from './collect.js'
import { smallVictim } from './small-victim.js'

export type RunOptions = Parameters<typeof generateAdversarial>[3]

/** A whole run: its results, and its summary. */
export async function run(attack: Attack, rows: readonly InputRow[], options?: RunOptions, victim = smallVictim()) {
  const { items, returned } = await drain(generateAdversarial(victim, attack, rows, options))
  return { results: items, summary: returned }
}

/** For `smallVictim`: two that it gets right, one wrong, one without a known word, and one more that is right. */
export const ROWS: InputRow[] = [
  { text: 'Good film', label: 'positive' },
  { text: 'A great, lovely plot!', label: 'positive' },
  { text: 'dull', label: 'positive' },
  { text: 'zxqv', label: 'negative' },
  { text: 'the plot was awful', label: 'negative' },
]

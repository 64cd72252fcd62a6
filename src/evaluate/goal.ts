import { z } from 'zod'
import { UserError } from '../base/errors.js'
import type { Victim } from '../gradient/victim.js'
import { quoted } from '../text/quoted.js'

/** What an attack is to reach, in the victim's own label numbers. */
export interface Goal {
  readonly goal: 'untargeted' | 'targeted'
  /** The label to reach, in [0, K); undefined for an untargeted attack. */
  readonly target?: number
  /** Which label is under attack; a row without a label is attacked at the prediction either way. */
  readonly against: 'prediction' | 'truth'
}

/** The goal as users say it. */
export const GoalOptions = z.strictObject({
  goal: z
    .enum(['untargeted', 'targeted'])
    .optional()
    .describe('leave the label, or reach --target; targeted where a target is given'),
  target: z.string().optional().describe('the label to reach'),
  against: z
    .enum(['prediction', 'truth'])
    .optional()
    .describe(
      "the label under attack: the model's own prediction (the default for a centre word, and for rows without a label) or the row's label",
    ),
})
export type GoalOptions = z.output<typeof GoalOptions>

/** How many labels an error lists before it says only how many there are. */
const LISTED_LABELS = 12

/**
 * Looks the goal up in the victim's labels. A centre word is attacked at its own prediction unless asked otherwise: it
 * predicts the true word of running text too seldom.
 * @throws UserError when goal and target contradict each other or the target is no label of the victim
 */
export function resolveGoal(victim: Victim, { goal, target, against }: GoalOptions): Goal {
  if (goal === 'targeted' && target === undefined) {
    throw new UserError(`goal targeted: needs a target; ${knownLabels(victim)}`)
  }
  if (goal === 'untargeted' && target !== undefined) {
    throw new UserError(`target ${quoted(target)}: the goal is untargeted; leave one of the two out`)
  }
  return {
    goal: target === undefined ? 'untargeted' : 'targeted',
    target: target === undefined ? undefined : labelNumbered(victim, target, 'target'),
    against: against ?? (victim.kind === 'centre-word' ? 'prediction' : 'truth'),
  }
}

/** The number of a label; undefined where the victim does not know it. */
export function findLabel({ labels, embeddings: { vocabulary } }: Victim, label: string): number | undefined {
  if (labels === vocabulary.words) return vocabulary.idOf(label)
  const number = labels.indexOf(label)
  return number < 0 ? undefined : number
}

/**
 * The same where the victim must know it.
 * @param where what the error names: `reviews.csv row 17`
 * @throws UserError that names known labels
 */
export function labelNumbered(victim: Victim, label: string, where: string): number {
  const number = findLabel(victim, label)
  if (number === undefined) throw new UserError(`${where}: unknown label ${quoted(label)}; ${knownLabels(victim)}`)
  return number
}

/** `the model knows negative, positive`. */
export function knownLabels({ labels }: Victim): string {
  return `the model knows ${listed(labels)}`
}

/** The labels, or how many they are and the first of them. */
export function listed(labels: readonly string[]): string {
  if (labels.length <= LISTED_LABELS) return labels.join(', ')
  return `${labels.length} labels, ${labels.slice(0, LISTED_LABELS).join(', ')} and so on`
}

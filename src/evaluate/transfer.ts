import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { joinEmbedded } from '../gradient/embed.js'
import { isFlip } from '../gradient/prediction.js'
import type { Victim } from '../gradient/victim.js'
import { findLabel, knownLabels, listed } from './goal.js'
import type { JudgedResult } from './judge-results.js'
import { embedWords } from './rows/before-attack.js'
import { judge } from './rows/judge.js'
import { perturb } from './rows/perturbed-input.js'
import { Share, shareOf } from './statistics/statistics.js'

/** A victim that rows made against another are put before. */
export interface OtherVictim {
  readonly name: string
  readonly victim: Victim
}

/** How many of the rows that flip the attacked victim flip another one, of those it has right. */
export const TransferResult = z.object({
  victim: z.string(),
  flips: Share,
  /** Rows that it cannot be asked: a label it does not know, or embeddings of another shape. */
  unjudged: z.int().nonnegative(),
})
export type TransferResult = z.output<typeof TransferResult>

/**
 * Counts flips on another victim, which reads the texts in its own way. A perturbation of embeddings is added to the
 * other victim's own embedded words, where these have the same shape.
 */
export class Transfer {
  readonly #other: OtherVictim
  #flips = 0
  #right = 0
  #unjudged = 0

  /** @param target name of the label to reach */
  constructor(
    other: OtherVictim,
    readonly target?: string,
  ) {
    this.#other = other
  }

  /** @throws UserError when the other victim knows no label of the attacked one: no row could be put before it */
  requireSharedLabel({ labels }: Victim): void {
    const { victim, name } = this.#other
    if (labels.some((label) => findLabel(victim, label) !== undefined)) return
    throw new UserError(`${name}: has no label of the attacked model, ${listed(labels)}; ${knownLabels(victim)}`)
  }

  /** Takes judged rows; those that do not flip the attacked victim are left out. */
  add(rows: readonly JudgedResult[]): void {
    const { victim } = this.#other
    const target = this.target === undefined ? undefined : findLabel(victim, this.target)
    const cases = rows
      .filter(({ judged }) => judged?.resultType === 'Successful')
      .flatMap((row) => {
        const label = row.underAttack === undefined ? undefined : findLabel(victim, row.underAttack)
        const inputs = inputsFor(victim, row)
        if (label !== undefined && inputs !== undefined && (this.target === undefined) === (target === undefined)) {
          return [{ ...inputs, label }]
        }
        this.#unjudged++
        return []
      })
    const { dimensions } = victim.embeddings
    const judgeAll = (inputs: readonly Float32Array[]) =>
      judge(victim, joinEmbedded(inputs, dimensions)).map(({ judgement }) => judgement)
    const before = judgeAll(cases.map(({ original }) => original))
    const after = judgeAll(cases.map(({ perturbed }) => perturbed))
    cases.forEach(({ label }, i) => {
      if (before[i]?.predicted !== label) return
      this.#right++
      const predicted = after[i]?.predicted
      if (predicted !== undefined && isFlip(predicted, label, target)) this.#flips++
    })
  }

  build(): TransferResult {
    return { victim: this.#other.name, flips: shareOf(this.#flips, this.#right), unjudged: this.#unjudged }
  }
}

/** Both embedded inputs as the other victim reads them; undefined where a perturbation does not fit. */
function inputsFor(victim: Victim, { originalText, perturbedText, perturbation }: JudgedResult) {
  const original = embedWords(victim, victim.encode(originalText).ids)
  if (perturbedText !== originalText) {
    return { original, perturbed: embedWords(victim, victim.encode(perturbedText).ids) }
  }
  if (perturbation === undefined || perturbation.values.length !== original.length) return undefined
  if (perturbation.shape[1] !== victim.embeddings.dimensions) return undefined
  return { original, perturbed: perturb(original, perturbation.values) }
}

import type { Attack } from '../attacks/attack.js'
import { UserError } from '../base/errors.js'
import type { TensorData } from '../base/safetensors.js'
import { joinEmbedded } from '../gradient/embed.js'
import type { Victim } from '../gradient/victim.js'
import { readMarked } from '../text/changed-words.js'
import type { Goal } from './goal.js'
import type { AttackResult } from './result.js'
import { embedWords, judgeBefore, nameOfRow, type RowBefore } from './rows/before-attack.js'
import { changedWords } from './rows/changed-words.js'
import { type ExactMinima, exactMinima } from './rows/exact-minima.js'
import { judge } from './rows/judge.js'
import { perturb } from './rows/perturbed-input.js'
import { resultOf } from './rows/row-result.js'
import { succeeds } from './rows/success.js'

/** A result with the change of the embedded input that was saved for it, [C, D]. */
export interface ClaimedResult {
  readonly claimed: AttackResult
  readonly perturbation?: TensorData
}

/** A row as it was claimed and as the victim judges it. */
export interface JudgedResult extends ClaimedResult {
  /** Costs, seconds and epsilon, which nobody can judge, are as claimed. Undefined where nothing says what was judged. */
  readonly judged?: AttackResult
  /** The texts without their marks. */
  readonly originalText: string
  readonly perturbedText: string
  /** Name of the label under attack; undefined without one. */
  readonly underAttack?: string
}

/** Judges results anew, believing nothing that they say of the victim. */
export class ResultJudge {
  readonly #minima: ExactMinima

  /**
   * @param attack the one that made the results, for exact minima in its measure; they are unknown without it
   * @param source the name of the results' file, for errors
   */
  constructor(
    readonly victim: Victim,
    readonly goal: Goal,
    readonly attack?: Attack,
    readonly source?: string,
  ) {
    this.#minima = attack === undefined ? () => undefined : exactMinima(victim, attack, goal)
  }

  /**
   * The perturbed text is encoded as it is written; where it is the original text, a saved perturbation is added to
   * the embedded words. A row of a continuous attack without one cannot be judged.
   * @throws UserError for a label the victim does not know or a perturbation of another shape
   */
  judge(results: readonly ClaimedResult[]): JudgedResult[] {
    const texts = results.map(({ claimed }) => ({
      originalText: readMarked(claimed.originalText).text,
      perturbedText: readMarked(claimed.perturbedText).text,
    }))
    const rows = results.map(({ claimed: { row, groundTruthOutput } }, i) => ({
      row,
      text: texts[i].originalText,
      label: groundTruthOutput,
    }))
    const before = judgeBefore(this.victim, rows, this.goal, this.source)
    const after = results.map((result, i) => this.#perturbed(result, before[i], texts[i].perturbedText))
    const inputs = after.map((perturbed) => perturbed?.input ?? new Float32Array())
    const judged = judge(this.victim, joinEmbedded(inputs, this.victim.embeddings.dimensions))
    return results.map((result, i) => {
      const { underAttack } = before[i]
      const perturbed = after[i]
      return {
        ...result,
        ...texts[i],
        underAttack: underAttack === undefined ? undefined : this.victim.labels[underAttack],
        judged: perturbed && this.#result(result.claimed, before[i], { ...perturbed, ...judged[i] }),
      }
    })
  }

  /** The input to judge; undefined where nothing says what it was. */
  #perturbed({ claimed, perturbation }: ClaimedResult, before: RowBefore, perturbedText: string) {
    if (perturbedText !== before.text) {
      const { ids } = this.victim.encode(perturbedText)
      return { input: embedWords(this.victim, ids), wordsChanged: changedWords(before.encoded.ids, ids) }
    }
    if (before.kind !== 'attackable' || claimed.resultType === 'Skipped')
      return { input: before.input, wordsChanged: 0 }
    if (perturbation !== undefined) return { input: this.#add(before, perturbation), wordsChanged: undefined }
    return claimed.wordsChanged === undefined ? undefined : { input: before.input, wordsChanged: 0 }
  }

  #add({ row, input }: RowBefore, { values, shape }: TensorData): Float32Array {
    const D = this.victim.embeddings.dimensions
    if (shape.length !== 2 || shape[1] !== D || values.length !== input.length) {
      throw new UserError(
        `${nameOfRow(this.source, row)}: the saved perturbation is [${shape}], the model reads [${input.length / D},${D}]; give the model that was attacked`,
      )
    }
    return perturb(input, values)
  }

  #result(
    claimed: AttackResult,
    before: RowBefore,
    after: Pick<Parameters<typeof resultOf>[2], 'input' | 'wordsChanged' | 'judgement' | 'problem'>,
  ): AttackResult {
    const predicted = after.judgement?.predicted
    const flipped =
      before.kind === 'attackable' &&
      predicted !== undefined &&
      succeeds(this.attack, predicted, before.underAttack, this.goal.target, after.wordsChanged)
    const { originalText, perturbedText, numForwards, numGradients, numCacheHits, epsilon, seconds, reason } = claimed
    const costs = { numForwards, numGradients, numCacheHits }
    return resultOf(
      this.victim,
      before,
      { ...after, originalText, perturbedText, flipped, ...costs, problem: after.problem ?? reason },
      { epsilon, seconds, yardstick: before.kind === 'attackable' ? this.#minima(before) : undefined },
    )
  }
}

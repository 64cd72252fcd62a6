import type { SwapSpace } from '../../constraints/swap-space.js'
import { type Edit, inOrder, keyOfEdits } from '../../gradient/edit.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { AttackExample, AttackOutcome } from '../attack.js'
import { goalScore } from '../goal.js'
import { MOST_WORDS_READ, MOST_WORDS_REJECTED, readStates } from './read-states.js'

/** What the victim says of an edited text. */
export interface ProbedText {
  readonly edits: readonly Edit[]
  readonly reached: boolean
  /** The probability of the goal: of the target, or of any label but the one to leave. */
  readonly score: number
}

/**
 * Asks the victim for the logits of edited texts of one example: each text once, no more than the budget allows, and only
 * those that the constraints allow.
 */
export class TextProbe {
  /** Edited texts that the constraints did not allow. */
  rejected = 0
  /** Answers that were known from an earlier question: they cost the victim nothing and are no queries. */
  cacheHits = 0
  /** The best edited text so far; one that reaches the goal is better than any that does not. */
  best: ProbedText | undefined
  /** The words that may be put at each position. */
  readonly candidates: readonly Int32Array[]
  readonly #known = new Map<string, ProbedText>()
  readonly #verdicts = new Map<string, boolean>()
  #wordsRead = 0

  constructor(
    readonly victim: ReadOnlyVictim,
    readonly example: AttackExample,
    readonly member: number,
    readonly space: SwapSpace,
  ) {
    this.candidates = space.candidates(example.encoded)
  }

  /** The positions whose word may be changed for another. */
  get changeable(): number[] {
    const { ids } = this.example.encoded
    return [...ids.keys()].filter((position) => this.candidates[position].some((word) => word !== ids[position]))
  }

  /** Whether nothing more is to be asked: the goal is reached, or the budget spent. */
  get isDone(): boolean {
    return this.best?.reached === true || this.isSpent
  }

  get isSpent(): boolean {
    return this.victim.remaining(this.member) <= 0 || this.#wordsRead >= MOST_WORDS_READ
  }

  /** Whether the constraints allow these edits together; no new ones once so many were rejected. */
  allows(edits: readonly Edit[]): boolean {
    const key = keyOfEdits(edits)
    let verdict = this.#verdicts.get(key)
    if (verdict === undefined) {
      if (this.rejected * this.example.encoded.ids.length >= MOST_WORDS_REJECTED) return false
      verdict = this.space.allowsEdits(this.example.encoded, edits)
      this.#verdicts.set(key, verdict)
      if (!verdict) this.rejected++
    }
    return verdict
  }

  /** What the victim says of the text as it is, or of one edited text. */
  readOne(edits: readonly Edit[]): ProbedText | undefined {
    return this.read([edits])[0]
  }

  /**
   * What the victim says of edited texts, in order; undefined from where the budget is spent. Texts that may be the
   * attack's result must be allowed before; others (a word taken out to see what it weighs) need not.
   * @param isResult false for texts that are only asked about
   */
  read(texts: readonly (readonly Edit[])[], isResult = true): (ProbedText | undefined)[] {
    const keys = texts.map(keyOfEdits)
    const asked = new Map<string, readonly Edit[]>()
    let words = this.#wordsRead
    for (const [i, edits] of texts.entries()) {
      if (this.#known.has(keys[i]) || asked.has(keys[i])) {
        this.cacheHits++
        continue
      }
      if (asked.size >= this.victim.remaining(this.member) || words >= MOST_WORDS_READ) break
      words += this.example.encoded.ids.length
      asked.set(keys[i], edits)
    }
    this.#wordsRead = words
    const { example, member } = this
    const states = Array.from(asked.values(), (edits) => ({ example, member, edits: inOrder(edits) }))
    const readings = readStates(this.victim, states, 'margin', 'logits')
    for (const [i, key] of [...asked.keys()].entries()) {
      const { state, reached, logits } = readings[i]
      this.#known.set(key, { edits: state.edits, reached, score: goalScore(logits, example) })
    }
    const probed = keys.map((key) => this.#known.get(key))
    if (isResult) for (const text of probed) this.#consider(text)
    return probed
  }

  /** The best of edited texts in the victim's eyes, the first of equals; undefined where none could be asked. */
  readBest(texts: readonly (readonly Edit[])[]): ProbedText | undefined {
    const answers = this.read(texts).filter((answer) => answer !== undefined)
    if (answers.length === 0) return undefined
    return answers.reduce((best, answer) => (answer.score > best.score ? answer : best))
  }

  #consider(text: ProbedText | undefined): void {
    if (text === undefined || text.edits.length === 0) return
    const { best } = this
    const isBetter = best === undefined || (text.reached === best.reached ? text.score > best.score : text.reached)
    if (isBetter) this.best = text
  }

  /** The best edited text: of those that reach the goal, or else of all. */
  outcome(): AttackOutcome {
    return { kind: 'words', edits: this.best?.edits ?? [], rejected: this.rejected, cacheHits: this.cacheHits }
  }
}

import { z } from 'zod'
import type { CandidateSource } from '../constraints/candidate-source.js'
import { neighbours } from '../constraints/neighbours.js'
import { samePartOfSpeech } from '../constraints/same-part-of-speech.js'
import { stemsDiffer } from '../constraints/stems-differ.js'
import { stopWordsKept } from '../constraints/stop-words-kept.js'
import { SwapSpace } from '../constraints/swap-space.js'
import { readSynonymFile, synonyms } from '../constraints/synonym-file.js'
import { tokenisesBack } from '../constraints/tokenises-back.js'
import { wholeVocabulary } from '../constraints/whole-vocabulary.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { AttackContext } from './attack.js'

/** Options that all attacks on words share. */
export const wordOptions = {
  maxWords: z.int().nonnegative().default(2).describe('how many words may be swapped at most'),
  candidates: z
    .string()
    .min(1)
    .default('neighbours')
    .describe('what may be put in: neighbours (in the embeddings), vocabulary (any word), or a JSON FILE of synonyms'),
  neighbours: z.int().positive().default(50).describe('of candidates neighbours: how many for each word'),
  minCosine: z.number().min(-1).max(1).default(-1).describe('of candidates neighbours: the least cosine'),
  keepStopWords: z.boolean().default(false).describe('leave the stop words of English as they are'),
  samePartOfSpeech: z.boolean().default(false).describe('put in only words of the same part of speech (English)'),
  stemsDiffer: z.boolean().default(false).describe('put in only words of another stem (English)'),
}
export type WordOptions = z.output<z.ZodObject<typeof wordOptions>>

/** The candidates and constraints that options ask for, for any victim. */
export class WordChoices {
  readonly #options: WordOptions
  readonly #makeSource: (embeddings: Embeddings) => CandidateSource
  readonly #sources = new WeakMap<Embeddings, CandidateSource>()
  readonly #noted = new WeakSet<CandidateSource>()

  /** @throws UserError when the candidate file cannot be read */
  constructor(options: WordOptions) {
    this.#options = options
    this.#makeSource = sourceMaker(options)
  }

  /** Where an attack may go on this victim. What there is to say of the candidates is said once. */
  space(victim: ReadOnlyVictim, { note }: AttackContext): SwapSpace {
    const source = this.#source(victim.embeddings)
    if (source.note !== undefined && note !== undefined && !this.#noted.has(source)) {
      this.#noted.add(source)
      note(source.note)
    }
    const { vocabulary } = victim.embeddings
    const constraints = [tokenisesBack((text) => victim.encode(text), vocabulary)]
    if (this.#options.keepStopWords) constraints.push(stopWordsKept(vocabulary))
    if (this.#options.stemsDiffer) constraints.push(stemsDiffer(vocabulary))
    if (this.#options.samePartOfSpeech) constraints.push(samePartOfSpeech(vocabulary))
    return new SwapSpace(source, constraints)
  }

  /** Made once for each embeddings. */
  #source(embeddings: Embeddings): CandidateSource {
    let source = this.#sources.get(embeddings)
    if (!source) this.#sources.set(embeddings, (source = this.#makeSource(embeddings)))
    return source
  }
}

function sourceMaker({ candidates, neighbours: count, minCosine }: WordOptions) {
  if (candidates === 'vocabulary') return ({ vocabulary }: Embeddings) => wholeVocabulary(vocabulary)
  if (candidates === 'neighbours') return (embeddings: Embeddings) => neighbours(embeddings, count, minCosine)
  const table = readSynonymFile(candidates)
  return ({ vocabulary }: Embeddings) => synonyms(table, vocabulary, candidates)
}

import { z } from 'zod'
import { antonymsExcluded } from '../../constraints/antonyms-excluded.js'
import { type CandidateConstraint, restrict } from '../../constraints/candidate-constraint.js'
import type { CandidateSource } from '../../constraints/candidate-source.js'
import { distinctWords } from '../../constraints/distinct-words.js'
import { matchingWords } from '../../constraints/matching-words.js'
import { neighbours } from '../../constraints/neighbours.js'
import { protectedWords } from '../../constraints/protected-words.js'
import { samePartOfSpeech } from '../../constraints/same-part-of-speech.js'
import { shareOfWords } from '../../constraints/share-of-words.js'
import { stemsDiffer } from '../../constraints/stems-differ.js'
import { stopWordsKept } from '../../constraints/stop-words-kept.js'
import type { SwapConstraint } from '../../constraints/swap-constraint.js'
import { SwapSpace } from '../../constraints/swap-space.js'
import { synonyms } from '../../constraints/synonym-file.js'
import { textEditDistance } from '../../constraints/text-edit-distance.js'
import { tokenisesBack } from '../../constraints/tokenises-back.js'
import { wholeVocabulary } from '../../constraints/whole-vocabulary.js'
import { wordEditDistance } from '../../constraints/word-edit-distance.js'
import { readWordList, readWordLists } from '../../constraints/word-lists.js'
import type { Embeddings } from '../../embeddings/embeddings.js'
import type { ListSearches } from '../../embeddings/list-searches.js'
import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import type { Vocabulary } from '../../text/vocabulary.js'
import type { AttackContext } from '../attack.js'

/** Candidates that are no file. */
const SOURCES = ['neighbours', 'vocabulary'] as const

/** A switch that is off unless given. */
const onlyIf = (description: string) => z.boolean().default(false).describe(description)

const file = (description: string) => z.string().min(1).optional().meta({ description, placeholder: 'FILE' })

/** Options that all attacks on words share. */
export const wordOptions = {
  maxWords: z.int().nonnegative().default(2).describe('how many words may be swapped at most'),
  maxShare: z.number().min(0).max(1).default(1).describe("which share of a text's words may be swapped at most"),
  candidates: z
    .string()
    .min(1)
    .default('neighbours')
    .describe('what may be put in: neighbours (in the embeddings), vocabulary (any word), or a FILE of synonyms'),
  neighbours: z.int().positive().default(50).describe('of candidates neighbours: how many for each word'),
  minCosine: z.number().min(-1).max(1).default(-1).describe('of candidates neighbours: the least cosine'),
  antonyms: file('put in no antonym of the word: a FILE of pairs'),
  protectedWords: file('leave the words of this FILE as they are'),
  keepStopWords: onlyIf('leave the stop words of English as they are'),
  samePartOfSpeech: onlyIf('put in only words of the same part of speech (English)'),
  stemsDiffer: onlyIf('put in only words of another stem (English)'),
  distinctWords: onlyIf('put in no word that stands elsewhere in the text'),
  pattern: z
    .string()
    .refine(isPattern, 'no regular expression')
    .optional()
    .meta({ description: 'put in only words that this regular expression matches', placeholder: 'REGEX' }),
  maxWordEdits: z.int().nonnegative().optional().describe('how many characters of a word may be edited at most'),
  maxEdits: z.int().nonnegative().optional().describe('how many characters of the whole text may be edited at most'),
}
export type WordOptions = z.output<z.ZodObject<typeof wordOptions>>

/** The files that an attack's options name, by option: its rows depend on what is in them. */
export function filesNamed(options: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const name of ['candidates', 'antonyms', 'protectedWords']) {
    const path = options[name]
    if (typeof path === 'string' && !SOURCES.some((source) => source === path)) files.set(name, path)
  }
  return files
}

/**
 * The candidates and constraints that options ask for, for any victim. They are kept as long as the searches of the run,
 * which are others where a vector has moved; without searches they are made each time.
 */
export class WordChoices {
  readonly #make: (embeddings: Embeddings) => Choices
  readonly #made = new WeakMap<ListSearches, Choices>()
  readonly #noted = new WeakSet<Embeddings>()

  /** @throws UserError when a file cannot be read */
  constructor(options: WordOptions) {
    this.#make = choicesMaker(options)
  }

  /** Where an attack may go on this victim. What there is to say of the candidates is said once. */
  space(victim: ReadOnlyVictim, { note, searches }: AttackContext): SwapSpace {
    const { embeddings } = victim
    const { source, constraints } = searches ? this.#kept(searches) : this.#make(embeddings)
    if (source.note !== undefined && note !== undefined && !this.#noted.has(embeddings)) {
      this.#noted.add(embeddings)
      note(source.note)
    }
    const readsBack = tokenisesBack(victim, embeddings.vocabulary)
    // Last: it may read the whole text, most others only what is put in.
    return new SwapSpace(source, [...constraints, readsBack])
  }

  #kept(searches: ListSearches): Choices {
    let choices = this.#made.get(searches)
    if (!choices) this.#made.set(searches, (choices = this.#make(searches.embeddings)))
    return choices
  }
}

/** What may be put in, and what constrains it, whoever reads the text. */
interface Choices {
  readonly source: CandidateSource
  readonly constraints: readonly SwapConstraint[]
}

/** Reads the files, once for all embeddings. */
function choicesMaker(options: WordOptions): (embeddings: Embeddings) => Choices {
  const makeSource = sourceMaker(options)
  const { antonyms, protectedWords: kept } = options
  const lists = antonyms === undefined ? undefined : readWordLists(antonyms, 'a file of antonyms')
  const words = kept === undefined ? undefined : readWordList(kept)
  return (embeddings) => {
    const { vocabulary } = embeddings
    const pairs = lists === undefined ? [] : [antonymsExcluded(lists, vocabulary)]
    const source = restrict(makeSource(embeddings), [...pairs, ...candidateConstraints(options, vocabulary)])
    const protection = words === undefined ? [] : [protectedWords(vocabulary, words)]
    return { source, constraints: [...protection, ...swapConstraints(options, vocabulary)] }
  }
}

function sourceMaker({ candidates, neighbours: count, minCosine }: WordOptions) {
  if (candidates === 'vocabulary') return ({ vocabulary }: Embeddings) => wholeVocabulary(vocabulary)
  if (candidates === 'neighbours') return (embeddings: Embeddings) => neighbours(embeddings, count, minCosine)
  const lists = readWordLists(candidates, 'a file of synonyms (candidates are neighbours, vocabulary, or such a file)')
  return ({ vocabulary }: Embeddings) => synonyms(lists, vocabulary, candidates)
}

function candidateConstraints(options: WordOptions, vocabulary: Vocabulary): CandidateConstraint[] {
  const { pattern, maxWordEdits } = options
  const constraints: CandidateConstraint[] = []
  if (pattern !== undefined) constraints.push(matchingWords(vocabulary, new RegExp(pattern, 'u')))
  if (options.stemsDiffer) constraints.push(stemsDiffer(vocabulary))
  if (maxWordEdits !== undefined) constraints.push(wordEditDistance(vocabulary, maxWordEdits))
  return constraints
}

function swapConstraints(options: WordOptions, vocabulary: Vocabulary): SwapConstraint[] {
  const { maxShare, maxEdits } = options
  const constraints: SwapConstraint[] = []
  if (maxShare < 1) constraints.push(shareOfWords(maxShare))
  if (options.keepStopWords) constraints.push(stopWordsKept(vocabulary))
  if (options.distinctWords) constraints.push(distinctWords())
  if (maxEdits !== undefined) constraints.push(textEditDistance(vocabulary, maxEdits))
  if (options.samePartOfSpeech) constraints.push(samePartOfSpeech(vocabulary))
  return constraints
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u')
    return true
  } catch {
    return false
  }
}

import { setImmediate } from 'node:timers/promises'
import { InterruptedError } from '../base/errors.js'
import { type Progress, SILENT } from '../base/progress.js'
import { MOST_VECTORS, rowProducts } from '../kernels/row-products.js'
import type { Embeddings } from './embeddings.js'
import { FoldedWords } from './folded-words.js'
import { unitRows } from './unit-rows.js'
import type { AnalogySection } from './word-tests.js'

/** How many analogies of a section are answered right. */
export interface AccuracyOfSection {
  readonly name: string
  readonly questions: number
  /** Questions left out because one of their four words is unknown. */
  readonly outOfVocabulary: number
  readonly correct: number
  /** correct / (questions - outOfVocabulary); undefined when none could be asked. */
  readonly accuracy: number | undefined
}

/** How many analogies are answered right: by section, by kind, and in all. */
export interface AnalogyAccuracy {
  readonly sections: readonly AccuracyOfSection[]
  /** Sections whose name begins with `gram`, as in Google's file. */
  readonly syntactic: AccuracyOfSection
  readonly semantic: AccuracyOfSection
  readonly total: AccuracyOfSection
}

export interface AnalogyAccuracyOptions {
  /** Use only the first so many words, as word2vec.c's compute-accuracy does; 30,000 is the usual number. */
  readonly first?: number
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

/** A question by places among the words that take part. */
type Places = readonly [a: number, b: number, c: number, answer: number]

/** How many cosines are kept at once: 64 MiB. */
const MOST_COSINES = 1 << 24

/**
 * How many analogies the embeddings solve by 3CosAdd (see `solveAnalogy`), by section; case is disregarded.
 *
 * The score of x is cos(b, x) - cos(a, x) + cos(c, x): the cosines of a question's words are computed once for all the
 * questions near it that share them, which is some ten times faster than one search for each question.
 * @throws InterruptedError when the signal fires
 */
export async function analogyAccuracy(
  embeddings: Embeddings,
  sections: readonly AnalogySection[],
  { first, progress = SILENT, signal }: AnalogyAccuracyOptions = {},
): Promise<AnalogyAccuracy> {
  const words = new FoldedWords(embeddings.vocabulary, first)
  const unit = unitRows(embeddings, words.ids)
  const all = sections.reduce((sum, { questions }) => sum + questions.length, 0)
  const results: AccuracyOfSection[] = []
  let done = 0
  progress.start('analogies', all, 'questions')
  for (const { name, questions } of sections) {
    const asked = questions.flatMap(({ a, b, c, answer }) => placesOf(words, [a, b, c, answer]))
    let correct = 0
    for (const group of groupsOf(asked, Math.max(4, Math.floor(MOST_COSINES / words.ids.length)))) {
      await setImmediate()
      if (signal?.aborted) throw new InterruptedError('interrupted; nothing is kept')
      correct += countCorrect(group, unit, embeddings.dimensions)
      progress.update((done += group.length))
    }
    progress.update((done += questions.length - asked.length))
    results.push(accuracyOf(name, questions.length, questions.length - asked.length, correct))
  }
  progress.stop()
  const isSyntactic = ({ name }: AccuracyOfSection) => name.startsWith('gram')
  return {
    sections: results,
    syntactic: sumOf('syntactic', results.filter(isSyntactic)),
    semantic: sumOf(
      'semantic',
      results.filter((section) => !isSyntactic(section)),
    ),
    total: sumOf('total', results),
  }
}

/** The places of a question's words; nothing where one is unknown. */
function placesOf(words: FoldedWords, question: readonly [string, string, string, string]): Places[] {
  const [a, b, c, answer] = question.map((word) => words.placeOf(word))
  if (a === undefined || b === undefined || c === undefined || answer === undefined) return []
  return [[a, b, c, answer]]
}

/** Cuts the questions, in order, into runs with at most `most` distinct words in them (answers not counted). */
function* groupsOf(questions: readonly Places[], most: number): Generator<Places[]> {
  let group: Places[] = []
  let distinct = new Set<number>()
  for (const question of questions) {
    const asked = question.slice(0, 3)
    const added = asked.filter((place) => !distinct.has(place)).length
    if (distinct.size + added > most) {
      yield group
      group = []
      distinct = new Set()
    }
    for (const place of asked) distinct.add(place)
    group.push(question)
  }
  if (group.length > 0) yield group
}

function countCorrect(questions: readonly Places[], unit: Float32Array, dimensions: number): number {
  const cosines = cosinesOf(new Set(questions.flatMap((question) => question.slice(0, 3))), unit, dimensions)
  return questions.filter(([a, b, c, answer]) => {
    return bestAnswer(cosines.get(a)!, cosines.get(b)!, cosines.get(c)!, [a, b, c]) === answer
  }).length
}

/** The cosines [N] of each of these words with all N. */
function cosinesOf(places: ReadonlySet<number>, unit: Float32Array, dimensions: number): Map<number, Float32Array> {
  const products = rowProducts(dimensions)
  const rows = unit.length / dimensions
  const cosines = new Map(Array.from(places, (place) => [place, new Float32Array(rows)]))
  const asked = [...cosines]
  for (let from = 0; from < asked.length; from += MOST_VECTORS) {
    const together = asked.slice(from, from + MOST_VECTORS)
    together.forEach(([place], i) => {
      products.vectors.set(unit.subarray(place * dimensions, (place + 1) * dimensions), i * dimensions)
    })
    for (let row = 0; row < rows; row += products.blockRows) {
      const end = Math.min(rows, row + products.blockRows)
      products.load(unit, row, end - row)
      products.multiply(together.length)
      together.forEach(([, into], i) => {
        into.set(products.products.subarray(i * (end - row), (i + 1) * (end - row)), row)
      })
    }
  }
  return cosines
}

/** The highest-scored word but the question's own; -1 when there is no other. */
function bestAnswer(a: Float32Array, b: Float32Array, c: Float32Array, own: readonly number[]): number {
  let best = -1
  let highest = -Infinity
  for (let x = 0; x < a.length; x++) {
    const score = b[x] - a[x] + c[x]
    if (score > highest && !own.includes(x)) {
      highest = score
      best = x
    }
  }
  return best
}

function sumOf(name: string, sections: readonly AccuracyOfSection[]): AccuracyOfSection {
  const sum = (key: 'questions' | 'outOfVocabulary' | 'correct') =>
    sections.reduce((sum, section) => sum + section[key], 0)
  return accuracyOf(name, sum('questions'), sum('outOfVocabulary'), sum('correct'))
}

function accuracyOf(name: string, questions: number, outOfVocabulary: number, correct: number): AccuracyOfSection {
  const asked = questions - outOfVocabulary
  return { name, questions, outOfVocabulary, correct, accuracy: asked === 0 ? undefined : correct / asked }
}

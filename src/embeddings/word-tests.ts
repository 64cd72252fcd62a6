import { isUtf8 } from 'node:buffer'
import { UserError } from '../base/errors.js'
import { ByteReader } from './formats/byte-reader.js'

/** `a` is to `b` as `c` is to `answer`. */
export interface WrittenAnalogy {
  readonly a: string
  readonly b: string
  readonly c: string
  readonly answer: string
}

export interface AnalogySection {
  readonly name: string
  readonly questions: readonly WrittenAnalogy[]
}

/** Two words and how similar people find them, on any scale that rises. */
export interface JudgedPair {
  readonly words: readonly [string, string]
  readonly score: number
}

const LONGEST_LINE = 100_000

/**
 * Reads analogies in the form of Google's `questions-words.txt`: four words a line, sections headed `: name`.
 * @throws UserError that names file and line
 */
export async function readAnalogies(path: string): Promise<AnalogySection[]> {
  const sections: { name: string; questions: WrittenAnalogy[] }[] = []
  for await (const { text, fail } of linesOf(path)) {
    if (text.startsWith(':')) {
      sections.push({ name: text.slice(1).trim(), questions: [] })
      continue
    }
    const words = text.split(/\s+/)
    if (words.length !== 4) throw fail(`has ${words.length} words; four make a question, ': name' begins a section`)
    if (sections.length === 0) sections.push({ name: 'questions', questions: [] })
    const [a, b, c, answer] = words
    sections.at(-1)?.questions.push({ a, b, c, answer })
  }
  if (sections.every(({ questions }) => questions.length === 0)) throw new UserError(`${path}: holds no questions`)
  return sections
}

/**
 * Reads judgements of similarity: `word<TAB>word<TAB>score` a line; lines that begin with `#` say nothing, nor does a
 * first line whose score is no number (a header).
 * @throws UserError that names file and line
 */
export async function readJudgedPairs(path: string): Promise<JudgedPair[]> {
  const pairs: JudgedPair[] = []
  let header = true
  for await (const { text, fail } of linesOf(path)) {
    if (text.startsWith('#')) continue
    const [first, second, written, ...more] = text.split('\t').map((field) => field.trim())
    if (!first || !second || !written || more.length > 0) throw fail('is not word, tab, word, tab, score')
    const score = Number(written)
    if (Number.isFinite(score)) pairs.push({ words: [first, second], score })
    else if (!header) throw fail('has a score that is not a number')
    header = false
  }
  if (pairs.length === 0) throw new UserError(`${path}: holds no pairs of words`)
  return pairs
}

interface Line {
  readonly text: string
  readonly fail: (why: string) => UserError
}

/** The lines that are not blank. */
async function* linesOf(path: string): AsyncGenerator<Line> {
  const reader = await ByteReader.open(path)
  try {
    for (let number = 1; ; number++) {
      const fail = (why: string) => new UserError(`${path} line ${number}: ${why}`)
      const bytes = await reader.until(0x0a, LONGEST_LINE)
      if (bytes === undefined) return
      if (!isUtf8(bytes)) throw fail('is not UTF-8; convert the file to UTF-8')
      const text = bytes
        .toString('utf8')
        .replace(/^\ufeff/, '')
        .trim()
      if (text !== '') yield { text, fail }
    }
  } finally {
    await reader.close()
  }
}

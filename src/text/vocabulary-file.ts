import { writeFileAtomically } from '../base/atomic-files.js'
import { UserError } from '../base/errors.js'
import { readText } from './read-text.js'
import { Vocabulary } from './vocabulary.js'

/**
 * Writes `word<TAB>count` lines, in the vocabulary's order (most frequent first).
 * @throws UserError when the file cannot be written, or a word holds a tab or a line end
 */
export async function writeVocabulary(path: string, vocabulary: Vocabulary): Promise<void> {
  const lines = vocabulary.words.map((word, id) => {
    if (/[\t\r\n]/.test(word) || word === '') {
      throw new UserError(
        `${path}: the word ${JSON.stringify(word)} cannot be written; a tab or line end would break the file`,
      )
    }
    return `${word}\t${vocabulary.counts[id]}\n`
  })
  await writeFileAtomically(path, lines.join(''))
}

/**
 * Reads what {@link writeVocabulary} wrote.
 * @throws UserError, with file and line, for a line that is not `word<TAB>count` and for a word that stands twice
 */
export async function readVocabulary(path: string): Promise<Vocabulary> {
  const words: string[] = []
  const counts: number[] = []
  const seen = new Set<string>()
  let rest = ''
  const take = (line: string): void => {
    const place = `${path} line ${words.length + 1}`
    const [, word, count] = /^([^\t\r]+)\t(\d{1,15})$/.exec(line) ?? []
    if (word === undefined)
      throw new UserError(`${place}: is not a word, a tab and its count; take the file as it was written`)
    if (seen.has(word)) throw new UserError(`${place}: its word stands twice; take the file as it was written`)
    seen.add(word)
    words.push(word)
    counts.push(Number(count))
  }
  for await (const text of readText(path)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
  if (rest !== '') take(rest)
  return new Vocabulary(words, Float64Array.from(counts))
}

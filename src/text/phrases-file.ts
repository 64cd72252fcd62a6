import { writeFileAtomically } from '../base/atomic-files.js'
import { UserError } from '../base/errors.js'
import { type Phrase, Phrases } from './phrases.js'
import { readText } from './read-text.js'

/**
 * Writes `pass<TAB>first<TAB>second<TAB>score` lines, in the order in which the passes join.
 * @throws UserError when the file cannot be written
 */
export async function writePhrases(path: string, { passes }: Phrases): Promise<void> {
  const lines = passes.flatMap((phrases, pass) =>
    phrases.map(({ first, second, score }) => `${pass + 1}\t${first}\t${second}\t${score}\n`),
  )
  await writeFileAtomically(path, lines.join(''))
}

/**
 * Reads what {@link writePhrases} wrote.
 * @throws UserError, with file and line, for a line that is none of its
 */
export async function readPhrases(path: string): Promise<Phrases> {
  const passes: Phrase[][] = []
  let text = ''
  for await (const chunk of readText(path)) text += chunk
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const [index, line] of lines.entries()) {
    const [, pass, first, second, score] = /^([1-9]\d?)\t([^\t\r]+)\t([^\t\r]+)\t(\d[\d.e+-]*)$/.exec(line) ?? []
    if (pass === undefined || Number(pass) < passes.length || !Number.isFinite(Number(score))) {
      throw new UserError(
        `${path} line ${index + 1}: is no pass, two words and a score; take the file as it was written`,
      )
    }
    while (passes.length < Number(pass)) passes.push([])
    passes[passes.length - 1].push({ first, second, score: Number(score) })
  }
  return new Phrases(passes)
}

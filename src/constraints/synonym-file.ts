import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { errorCode, fileError, UserError } from '../base/errors.js'
import type { Vocabulary } from '../text/vocabulary.js'
import type { CandidateSource } from './candidate-source.js'

/** Words and what may replace them, as in a file `{"film": ["movie", "cinema"]}`. */
export type SynonymTable = Readonly<Record<string, readonly string[]>>

const SynonymTable = z.record(z.string(), z.array(z.string()))

const NONE = new Int32Array()

/**
 * Reads a synonym table from JSON, also gzipped (`.gz`); the counter-fitted lists (Mrkšić et al. 2016) have this form.
 * @throws UserError when the file cannot be read or is no table of words
 */
export function readSynonymFile(path: string): SynonymTable {
  let parsed: unknown
  try {
    const bytes = readFileSync(path)
    parsed = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new UserError(
        `candidates ${path}: no such file; they are neighbours, vocabulary, or a JSON file {"word": ["word", ...]}`,
        { cause: error },
      )
    }
    const known = fileError(error, path)
    if (known instanceof UserError) throw known
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`${path}: cannot be read as JSON (${reason}); a candidate file is {"word": ["word", ...]}`)
  }
  const table = SynonymTable.safeParse(parsed)
  if (table.success) return table.data
  const where = table.error.issues[0].path.join('.')
  throw new UserError(`${path}: ${where === '' ? '' : `at '${where}': `}a candidate file is {"word": ["word", ...]}`)
}

/**
 * The candidates of a synonym table. Words that the vocabulary lacks are left out, and counted in the note.
 * @param name where the table comes from, for the note
 */
export function synonyms(table: SynonymTable, vocabulary: Vocabulary, name: string): CandidateSource {
  const unknown = new Set<string>()
  const known = (word: string) => {
    const id = vocabulary.idOf(word)
    if (id === undefined) unknown.add(word)
    return id
  }
  const candidates = new Map<number, Int32Array>()
  let total = 0
  for (const [word, others] of Object.entries(table)) {
    total++
    const id = known(word)
    const ids = new Set(others.map(known).filter((other) => other !== undefined))
    if (id !== undefined && ids.size > 0) candidates.set(id, Int32Array.from(ids))
  }
  return {
    name,
    candidatesOf: (word) => candidates.get(word) ?? NONE,
    note:
      unknown.size === 0
        ? undefined
        : `candidates ${name}: ${unknown.size} of its words are not in the vocabulary and are left out; ` +
          `${candidates.size} of ${total} entries are of use`,
  }
}

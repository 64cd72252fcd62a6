import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { fileError, UserError } from '../base/errors.js'
import { quoted } from '../text/quoted.js'

/** Words, each with some others, as in a file `{"film": ["movie", "cinema"]}`. */
export type WordLists = ReadonlyMap<string, readonly string[]>

const WordTable = z.record(z.string(), z.array(z.string()))

/**
 * Reads words with others from JSON, `{"word": ["word", ...]}`, or from lines of words, of which the first has the others;
 * either also gzipped (`.gz`). The counter-fitted synonyms (Mrkšić et al. 2016) have the one form, WordNet's antonyms the
 * other.
 * @param what the file is, for errors: `a candidate file`
 * @throws UserError when the file cannot be read or is neither
 */
export function readWordLists(path: string, what: string): WordLists {
  const needed = `${what} is {"word": ["word", ...]} in JSON, or lines of words`
  const text = readTextFile(path, needed)
  if (!/^\s*[[{]/.test(text)) return linesOf(text, path, needed)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    // It quotes the text around, line ends and all.
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ')
    throw new UserError(`${path}: cannot be read as JSON (${reason}); ${needed}`)
  }
  const table = WordTable.safeParse(parsed)
  if (table.success) return new Map(Object.entries(table.data))
  const where = table.error.issues[0].path.join('.')
  throw new UserError(`${path}: ${where === '' ? '' : `at ${quoted(where)}: `}${needed}`)
}

/**
 * Reads words, one or more a line; `.gz` too.
 * @throws UserError when the file cannot be read
 */
export function readWordList(path: string): ReadonlySet<string> {
  return new Set(readTextFile(path, 'a list of words is needed').split(/\s+/).filter(Boolean))
}

function linesOf(text: string, path: string, needed: string): WordLists {
  const lists = new Map<string, string[]>()
  text.split('\n').forEach((line, index) => {
    const [word, ...others] = line.split(/\s+/).filter(Boolean)
    if (word === undefined) return
    if (others.length === 0) throw new UserError(`${path} line ${index + 1}: one word alone; ${needed}`)
    lists.set(word, [...(lists.get(word) ?? []), ...others])
  })
  return lists
}

function readTextFile(path: string, needed: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    const known = fileError(error, path)
    if (known instanceof UserError) throw new UserError(`${known.message}; ${needed}`, { cause: error })
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`${path}: cannot be unpacked (${reason}); make or copy it again`, { cause: error })
  }
}

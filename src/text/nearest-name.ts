import { createRequire } from 'node:module'
import { quoted } from './quoted.js'

type Distances = typeof import('natural/lib/natural/distance/index.js')

/**
 * The known name that was most likely meant, or undefined when none is near: at most two edits, or a third of the
 * name, away (Damerau-Levenshtein distance).
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const { DamerauLevenshteinDistance }: Distances = createRequire(import.meta.url)(
    'natural/lib/natural/distance/index.js',
  )
  let nearest: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = DamerauLevenshteinDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** `unknown tokenizer 'wrod': did you mean 'word'?`, or the list of what is known. One line. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  const advice = nearest === undefined ? `the known ones are ${known.join(', ')}` : `did you mean ${quoted(nearest)}?`
  return `unknown ${what} ${quoted(name)}: ${advice}`
}

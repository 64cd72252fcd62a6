import { createRequire } from 'node:module'

type Natural = typeof import('natural/lib/natural/distance/index.js')

let natural: Natural | undefined

/** How many characters are to be inserted, deleted or replaced to make one word of another (Levenshtein 1966), by natural. */
export function editDistance(a: string, b: string): number {
  natural ??= loadNatural()
  return natural.LevenshteinDistance(a, b)
}

function loadNatural(): Natural {
  return createRequire(import.meta.url)('natural/lib/natural/distance/index.js')
}

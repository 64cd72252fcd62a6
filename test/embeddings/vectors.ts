import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { Vocabulary } from '#src/text/vocabulary.js'

/** Embeddings of these rows. */
export function embeddingsOf(rows: Readonly<Record<string, readonly number[]>>): Embeddings {
  const words = Object.keys(rows)
  return new Embeddings(
    new Vocabulary(words, new Float64Array(words.length)),
    Float32Array.from(Object.values(rows).flat()),
    rows[words[0]].length,
  )
}

/** V words `w0`, `w1`, … of D normal values. */
export function drawnEmbeddings(words: number, dimensions: number, seed = 1): Embeddings {
  const random = new CounterStream(seed, Purpose.Demonstration, 0)
  const names = Array.from({ length: words }, (_, id) => `w${id}`)
  const vectors = Float32Array.from({ length: words * dimensions }, () => random.normal())
  return new Embeddings(new Vocabulary(names, new Float64Array(words)), vectors, dimensions)
}

/** Files written by other programs; not part of the project, so their tests are skipped where they are not there. */
const FIXTURES = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
export const haveFixtures = existsSync(FIXTURES)
export const fixture = (name: string): string => join(FIXTURES, name)
if (!haveFixtures) console.warn(`skipped what needs files of other programs: ${FIXTURES} is not there`)

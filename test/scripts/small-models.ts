import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { runCommand } from './run-command.js'

const GOOD = ['a fine warm film', 'a good funny film', 'fine good fun', 'warm and funny and good']
const BAD = ['a dull cold film', 'a bad boring film', 'dull bad bore', 'cold and boring and bad']
const REVIEWS = [...GOOD.map((text) => `${text},positive`), ...BAD.map((text) => `${text},negative`)]

/** Rows as CSV with the columns that the commands look for. */
export const csv = (...rows: readonly string[]) => ['text,label', ...rows, ''].join('\n')

/**
 * Makes `corpus.txt`, `reviews.csv` (160 rows), and of them `cbow` and `classifier`, a small model of each kind, by the
 * commands themselves.
 */
export function makeSmallModels(folder: string): void {
  const path = (name: string) => join(folder, name)
  writeFileSync(path('corpus.txt'), `${[...GOOD, ...BAD].join('\n')}\n`.repeat(20))
  writeFileSync(path('reviews.csv'), csv(...Array.from({ length: 20 }, () => REVIEWS).flat()))
  const cbow = runCommand('train-cbow', [
    path('corpus.txt'),
    ...['--output', path('cbow'), '--dimensions', '8', '--threads', '1', '--sample', '0', '--quiet'],
  ])
  expect(cbow.stderr).toBe('')
  const classifier = runCommand('train-classifier', [
    path('reviews.csv'),
    ...['--embeddings', path('cbow'), '--output', path('classifier'), '--epochs', '100', '--quiet'],
  ])
  expect(classifier.stderr).toBe('')
}

/** A folder with the small models, which is there for the tests of a file; `path` names what lies in it. */
export function smallModels() {
  const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-'))
  beforeAll(() => makeSmallModels(folder))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, path: (name: string) => join(folder, name) }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { synonyms } from '#src/constraints/synonym-file.js'
import { readWordList, readWordLists } from '#src/constraints/word-lists.js'
import { Vocabulary, type WordId } from '#src/text/vocabulary.js'

const folder = mkdtempSync(join(tmpdir(), 'synonyms-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Buffer) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const table = { film: ['movie', 'kino'], movie: ['film', 'film'], br: [], unseen: ['film'] }
const lists = new Map(Object.entries(table))
const vocabulary = new Vocabulary(['the', 'film', 'movie', 'br', 'constructor'], new Float64Array(5))
const id = (word: string): WordId => vocabulary.idOf(word)!

describe('a synonym file', () => {
  it.each([
    ['plain.json', JSON.stringify(table)],
    ['packed.json.gz', gzipSync(JSON.stringify(table))],
  ])('reads as is: %s', (name, content) => {
    expect(readWordLists(file(name, content), 'a file')).toEqual(lists)
  })

  it.each([
    ['lines.txt', 'divided encode\n\nunite  divided\tapart\nunite sunder\n'],
    ['lines.txt.gz', gzipSync('divided encode\nunite divided apart\nunite sunder')],
  ])('reads lines of words as is: %s', (name, content) => {
    expect([...readWordLists(file(name, content), 'a file')]).toEqual([
      ['divided', ['encode']],
      ['unite', ['divided', 'apart', 'sunder']],
    ])
  })

  it('reads words alone, one or more a line', () => {
    expect([...readWordList(file('words.txt', 'film\n the movie \r\n'))]).toEqual(['film', 'the', 'movie'])
  })

  it('gives the known words once each, and none for words it lacks', () => {
    const source = synonyms(lists, vocabulary, 'synonyms.json')
    expect([...source.candidatesOf(id('film'))]).toEqual([id('movie')])
    expect([...source.candidatesOf(id('movie'))]).toEqual([id('film')])
    for (const word of ['br', 'the', 'constructor']) expect(source.candidatesOf(id(word))).toHaveLength(0)
  })

  it('counts the words that the vocabulary lacks', () => {
    expect(synonyms(lists, vocabulary, 'synonyms.json').note).toBe(
      'candidates synonyms.json: 2 of its words are not in the vocabulary and are left out; 2 of 4 entries are of use',
    )
    expect(synonyms(new Map([['film', ['movie']]]), vocabulary, 'all-known.json').note).toBeUndefined()
  })

  it.each([
    ['missing.json', undefined, 'no such file'],
    ['broken.json', '{"film": ', 'cannot be read as JSON'],
    ['broken-lines.json', '{"film":\n x\n}', 'cannot be read as JSON'],
    ['not-packed.json.gz', '{}', 'cannot be unpacked'],
    ['list.json', '["film"]', 'a synonym file is'],
    ['rows.csv', 'film,movie\n', 'line 1: one word alone; a synonym file is'],
    ['wrong.json', '{"film": ["movie"], "movie": "film"}', "at 'movie'"],
  ])('%s: one line that names the file', (name, content, message) => {
    const path = content === undefined ? join(folder, name) : file(name, content)
    expect(() => readWordLists(path, 'a synonym file')).toThrow(UserError)
    expect(() => readWordLists(path, 'a synonym file')).toThrow(message)
    expect(() => readWordLists(path, 'a synonym file')).toThrow(name)
    expect(() => readWordLists(path, 'a synonym file')).toThrow(/^[^\n]*$/)
  })
})

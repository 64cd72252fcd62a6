import { appendFile, utimes, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { readSentences } from '#src/text/corpus.js'
import { numberText } from '#src/text/number-text.js'
import { NumberedSentences, SENTENCE_END } from '#src/text/numbered-sentences.js'
import { type Pruning, WordTable } from '#src/text/word-table.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { randomText, stream } from './random-text.js'
import { collect, temporaryFile } from './temporary-files.js'

/** The sentences of files as words again, by way of their numbers. */
async function numbered(...sources: string[]): Promise<string[][]> {
  const table = new WordTable()
  const pieces: Uint32Array[] = []
  await numberText(sources, new NumberedSentences(table, (piece) => pieces.push(piece.slice())))
  const words = Array.from(table.words(), ({ word }) => word)
  const sentences: string[][] = []
  let sentence: string[] = []
  for (const number of pieces.flatMap((piece) => [...piece])) {
    sentence.push(words[number % SENTENCE_END])
    if (number < SENTENCE_END) continue
    sentences.push(sentence)
    sentence = []
  }
  expect(sentence).toEqual([])
  return sentences
}

const plain = (...sources: string[]) => collect(readSentences(sources, { tokenizer: wordTokenizer }))

/** Much of what the random texts lack: letters whose small ones are longer, shorter or ASCII, and long words. */
const ODDITIES = [
  'Ⱥ',
  'K',
  'ẞ',
  'ΟΔΟΣ',
  'ǅ',
  'é’é',
  "o'É",
  "É'o",
  "'É",
  "İ'a",
  "a'𐐀",
  '’a’',
  'Привет',
  'Größe',
  'naïve',
  '\u3000',
  '\u00a0',
  '\u2028',
  '\v',
  '\f',
  '\0',
  'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789',
]

describe('numberText', () => {
  it('gives the sentences that the tokenizer gives (2,000 random texts)', async () => {
    for (let index = 0; index < 40; index++) {
      const random = stream(index)
      const parts = Array.from({ length: 50 }, () => randomText(random) + ODDITIES[random.below(ODDITIES.length)])
      const path = await temporaryFile('a.txt', parts.join(['', ' ', '\n', '\r\n'][random.below(4)]))
      expect(await numbered(path)).toEqual(await plain(path))
    }
  })

  it('and so for every character of the basic plane, alone, in a word and beside an apostrophe', async () => {
    const units = Array.from({ length: 0x10000 }, (_, unit) => unit).filter((unit) => unit < 0xd800 || unit > 0xdfff)
    const characters = units.map((unit) => String.fromCharCode(unit))
    const path = await temporaryFile('a.txt', characters.map((c) => `${c} a${c}B A'${c} ${c}'b`).join(' '))
    expect((await numbered(path)).flat().join(' ')).toBe((await plain(path)).flat().join(' '))
  })

  it.each([
    ['over the borders of chunks', () => "Don’t ΑΣ cut naïve words' 漢字 here 😀 42 ".repeat(30_000)],
    ['of many lines', () => 'One two.\r\n\n---\nÉtude five\n'.repeat(50_000)],
    ['of a line without ASCII white space', () => '漢字\u3000語。'.repeat(200_000)],
    ['of a run of letters longer than a piece', () => `a ${'xY'.repeat(100_000)} b ${'é'.repeat(65_536)} c`],
    ['of long runs of characters of 1 to 4 bytes', () => `${'a漢é𐐀-'.repeat(150_000)}\u3000${'K'.repeat(70_000)}`],
    ['whose runs just fit', () => `${'a'.repeat(65_536)} ${'b'.repeat(65_535)} ${'c'.repeat(65_537)}\n`],
    ['of capitals that grow', () => `${'İ'.repeat(65_535)} ${'Ⱥ'.repeat(65_536)}`],
    ['with a byte-order mark, and another later', () => '\ufeffa\ufeffb'],
    ['of nothing', () => ''],
    ['of white space', () => ' \n \r\n'],
  ])('and so for text %s, plain and packed', async (_, text) => {
    const path = await temporaryFile('a.txt', text())
    const packed = await temporaryFile('a.txt.gz', gzipSync(text()))
    const expected = await plain(path)
    expect(await numbered(path)).toEqual(expected)
    expect(await numbered(packed)).toEqual(expected)
  })

  it.each([Infinity, 1000])(
    'counts, numbers and drops as word by word, over many words with a limit of %s',
    async (limit) => {
      const random = stream(7)
      const words = Array.from({ length: 100_000 }, () => {
        const word = `${['', 'Longer', 'ofMoreThanEightBytes', 'é'][random.below(4)]}${random.below(random.below(30_000) + 1)}`
        return word + ' \n'[random.below(2)]
      })
      const [text, prunings, expectedPrunings]: [string, Pruning[], Pruning[]] = [words.join(''), [], []]
      const table = new WordTable({ limit, onPruning: (pruning) => prunings.push(pruning) })
      await numberText([await temporaryFile('a.txt', text)], new NumberedSentences(table, () => {}))
      const expected = new WordTable({ limit, onPruning: (pruning) => expectedPrunings.push(pruning) })
      for (const word of wordTokenizer.words(text)) expected.count(word)
      expect([...table.words()]).toEqual([...expected.words()])
      expect(prunings).toEqual(expectedPrunings)
      expect(prunings.length > 0).toBe(limit < Infinity)
    },
  )

  it('ends a sentence with each file', async () => {
    const [first, second] = [await temporaryFile('a.txt', 'a b'), await temporaryFile('b.txt', 'c')]
    expect(await numbered(first, second)).toEqual([['a', 'b'], ['c']])
  })

  it('names file and line of bytes that are not UTF-8', async () => {
    const good = 'fine é\n'.repeat(70_000)
    const path = await temporaryFile('a.txt', Buffer.concat([Buffer.from(good), Buffer.from([0x61, 0xe9, 0x0a])]))
    await expect(numbered(path)).rejects.toEqual(
      new UserError(`${path} line 70001: bytes that are not UTF-8; convert the file to UTF-8`),
    )
  })

  it('stops where its signal says so', async () => {
    const path = await temporaryFile('a.txt', 'a b c')
    const sentences = new NumberedSentences(new WordTable(), () => {})
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(numberText([path], sentences, { signal })).rejects.toThrow('enough')
  })

  it('asks for a file where none is named', async () => {
    await expect(numbered()).rejects.toThrow(/^no corpus: name at least one text file/)
  })
})

describe('a file that changes while it is read', () => {
  const changes: [string, (path: string) => Promise<void>][] = [
    ['grows', (path) => appendFile(path, 'more')],
    ['is cut', (path) => writeFile(path, 'less')],
    ['is written anew', (path) => utimes(path, 1e9, 1e9)],
  ]
  const readers: [string, (path: string, onBytes: () => void) => Promise<unknown>][] = [
    [
      'numberText',
      (path, onBytes) =>
        numberText([path], new NumberedSentences(new WordTable(), () => {}), { onBytes, refuseChanges: true }),
    ],
    [
      'readSentences',
      (path, onBytes) => collect(readSentences([path], { tokenizer: wordTokenizer, onBytes, refuseChanges: true })),
    ],
  ]

  it.each(changes.flatMap((change) => readers.map((reader) => [...reader, ...change] as const)))(
    'is refused by %s when it %3$s',
    async (_, read, __, change) => {
      const path = await temporaryFile('a.txt', 'a b c\n'.repeat(200_000))
      let changed: Promise<void> | undefined
      const reading = read(path, () => {
        changed ??= change(path)
      })
      await expect(reading).rejects.toEqual(
        new UserError(`${path}: changed while it was read; wait until it is written, then run this again`),
      )
      await changed
    },
  )
})

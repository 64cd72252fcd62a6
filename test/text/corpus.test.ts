import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpusBytes, MAX_SENTENCE_WORDS, readSentences } from '#src/text/corpus.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { randomText, stream } from './random-text.js'
import { collect, temporaryFile } from './temporary-files.js'

const tokenizer = tokenizerOf('word')

describe('readSentences', () => {
  it('ends a sentence at a line end, and leaves out lines without words', async () => {
    const path = await temporaryFile('corpus.txt', '\ufeffOne two.\r\n\n---\nThree. Four\nfive')
    const sentences = await collect(readSentences([path], { tokenizer }))
    expect(sentences).toEqual([['one', 'two'], ['three', 'four'], ['five']])
  })

  it('reads several files in order, packed ones too, and reports the bytes as they lie', async () => {
    const plain = await temporaryFile('a.txt', 'a b')
    const packed = await temporaryFile('b.txt.gz', Buffer.concat([gzipSync('c d\ne '), gzipSync('f\n')]))
    let bytes = 0
    const onBytes = (more: number): void => {
      bytes += more
    }
    const sentences = await collect(readSentences([plain, packed], { tokenizer, onBytes }))
    expect(sentences).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
    ])
    expect(bytes).toBe(await corpusBytes([plain, packed]))
  })

  it('cuts a line of a million words every 1,000 words, losing none', async () => {
    const words = Array.from({ length: 1_000_500 }, (_, index) => `w${index}`)
    const path = await temporaryFile('line.txt', words.join(' '))
    const sentences = await collect(readSentences([path], { tokenizer }))
    expect(sentences.map((sentence) => sentence.length)).toEqual([...Array(1000).fill(MAX_SENTENCE_WORDS), 500])
    expect(sentences.flat()).toEqual(words)
  })

  it('gives the same sentences packed as plain, which come in other chunks', async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => randomText(stream(index)).replaceAll('\r', '')).join(' ')
    const plain = await collect(readSentences([await temporaryFile('a.txt', text)], { tokenizer }))
    const packed = await collect(readSentences([await temporaryFile('a.txt.gz', gzipSync(text))], { tokenizer }))
    expect(packed).toEqual(plain)
    const whole = text.split('\n').flatMap((line) => tokenizer.words(line))
    expect(plain.flat()).toEqual(whole)
  })

  it('takes a line of 8 MB without white space in pieces, no character cut in two', async () => {
    const path = await temporaryFile('solid.txt', '漢𐐀'.repeat(1 << 20))
    const sentences = await collect(readSentences([path], { tokenizer }))
    expect(sentences.flat().join('')).toBe('漢𐐨'.repeat(1 << 20))
  })

  it('splits within lines where asked to', async () => {
    const path = await temporaryFile('corpus.txt', 'It rains. Mr. Smith stays in.\nSo do I')
    const sentences = await collect(readSentences([path], { tokenizer, sentences: 'natural' }))
    expect(sentences).toEqual([
      ['it', 'rains'],
      ['mr', 'smith', 'stays', 'in'],
      ['so', 'do', 'i'],
    ])
  })

  it('gives nothing for an empty file', async () => {
    expect(await collect(readSentences([await temporaryFile('empty.txt', '')], { tokenizer }))).toEqual([])
  })

  it('asks for a file where none is named', async () => {
    await expect(collect(readSentences([], { tokenizer }))).rejects.toThrow(/^no corpus: name at least one text file/)
  })

  it('stops in the middle when its reader does', async () => {
    const path = await temporaryFile('a.txt.gz', gzipSync('a b\n'.repeat(500_000)))
    let read = 0
    for await (const _ of readSentences([path], { tokenizer })) if (++read === 3) break
    expect(read).toBe(3)
  })
})

describe('corpusBytes', () => {
  it('is unknown for standard input', async () => {
    expect(await corpusBytes(['-'])).toBeUndefined()
  })

  it('names a file that is missing', async () => {
    await expect(corpusBytes(['/nowhere/corpus.txt'])).rejects.toThrow('/nowhere/corpus.txt: no such file or folder')
  })
})

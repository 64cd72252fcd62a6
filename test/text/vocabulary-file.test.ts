import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { Vocabulary } from '#src/text/vocabulary.js'
import { readVocabulary, writeVocabulary } from '#src/text/vocabulary-file.js'
import { temporaryFile } from './temporary-files.js'

describe('vocabulary.tsv', () => {
  it('reads back what it wrote: the same words, counts and numbers', async () => {
    const words = ['a b', 'the', "don't", '漢字', '\u2028']
    const vocabulary = new Vocabulary(words, Float64Array.of(2 ** 40, 70, 7, 7, 1))
    const path = await temporaryFile('vocabulary.tsv', '')
    await writeVocabulary(path, vocabulary)
    expect(await readFile(path, 'utf8')).toBe("a b\t1099511627776\nthe\t70\ndon't\t7\n漢字\t7\n\u2028\t1\n")
    const read = await readVocabulary(path)
    expect(read.words).toEqual(vocabulary.words)
    expect(read.counts).toEqual(vocabulary.counts)
  })

  it.each([
    ['no tab', 'the 70\n', 1],
    ['no count', 'the\t70\nof\t\n', 2],
    ['a count below zero', 'the\t-1\n', 1],
    ['a fraction', 'the\t1.5\n', 1],
    ['no word', 'the\t7\nof\t5\n\t3\n', 3],
    ['a blank line', 'the\t7\n\nof\t5\n', 2],
    ['three columns', 'the\t7\t8\n', 1],
    ['a carriage return', 'the\t7\r\n', 1],
  ])('names the line with %s', async (_, content, line) => {
    const path = await temporaryFile('vocabulary.tsv', content)
    await expect(readVocabulary(path)).rejects.toThrow(
      `${path} line ${line}: is not a word, a tab and its count; take the file as it was written`,
    )
  })

  it('names the line whose word stands twice', async () => {
    const path = await temporaryFile('vocabulary.tsv', 'the\t7\nof\t5\nthe\t3\n')
    await expect(readVocabulary(path)).rejects.toThrow(`${path} line 3: its word stands twice`)
  })

  it.each(['a\tb', 'a\nb', ''])('does not write the word %j', async (word) => {
    const path = await temporaryFile('vocabulary.tsv', 'before')
    await expect(writeVocabulary(path, new Vocabulary([word], Float64Array.of(1)))).rejects.toThrow('cannot be written')
    expect(await readFile(path, 'utf8')).toBe('before')
  })
})

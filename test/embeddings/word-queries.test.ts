import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { convertVectors } from '#src/embeddings/convert-vectors.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { writeModelFolder } from '#src/embeddings/model-folder.js'
import { readEmbeddings } from '#src/embeddings/read-vectors.js'
import { answerAnalogy, nearestToWord, wordSimilarity } from '#src/embeddings/word-queries.js'
import { writeEmbeddings } from '#src/embeddings/write-vectors.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { embeddingsOf } from './vectors.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'word-queries-'))
})
afterEach(() => rm(folder, { recursive: true }))

const words = embeddingsOf({ man: [1, 0, 0], woman: [1, 1, 0], king: [1, 0, 2], queen: [1, 1, 2], Apple: [-1, 0, 0] })

describe('asked by words', () => {
  it('nearest, analogy and similarity', () => {
    expect(nearestToWord(words, 'man', 2).map(({ word }) => word)).toEqual(['woman', 'king'])
    expect(answerAnalogy(words, ['man', 'woman', 'king'], 1)[0].word).toBe('queen')
    expect(wordSimilarity(words, 'man', 'Apple')).toBe(-1)
  })

  it.each([
    ['apple', "unknown word 'apple': did you mean 'Apple'?"],
    ['pear\n', "unknown word 'pear\\u{a}': not among the 5 words"],
  ])('%j is unknown: one line', (word, message) => {
    expect(() => nearestToWord(words, word, 2)).toThrow(message)
    expect(() => answerAnalogy(words, ['man', word, 'king'], 2)).toThrow(message)
    expect(() => wordSimilarity(words, 'man', word)).toThrow(message)
  })
})

describe('a model’s folder', () => {
  const write = (name: string, tensors: readonly string[], shape = [2, 3]) =>
    writeModelFolder(join(folder, 'model'), {
      description: { kind: name, tokenizer: 'word' },
      vocabulary: new Vocabulary(['the', 'of'], Float64Array.of(9, 4)),
      tensors: new Map(tensors.map((name, t) => [name, { values: Float32Array.of(1, 2, 3, 4, 5, t), shape }])),
    })

  it.each([
    ['cbow', ['output_embeddings', 'input_embeddings'], 1],
    ['text-classifier', ['embeddings'], 0],
  ])('%s gives its input embeddings, with counts', async (kind, tensors, last) => {
    await write(kind, tensors)
    const read = await readEmbeddings(join(folder, 'model'))
    expect([...read.vectors]).toEqual([1, 2, 3, 4, 5, last])
    expect([...read.vocabulary.counts]).toEqual([9, 4])
    const first = await readEmbeddings(join(folder, 'model'), { limit: 1 })
    expect([first.vocabulary.words, [...first.vectors]]).toEqual([['the'], [1, 2, 3]])
  })

  it.each([
    ['without word vectors', ['weights'], [2, 3], "model: a model of kind 'odd' without word vectors"],
    ['of another shape', ['embeddings'], [3, 2], "'embeddings' is [3, 2], [2, 2] is needed"],
    ['of one dimension', ['embeddings'], [6], "model: a model of kind 'odd' without word vectors"],
  ])('%s is refused', async (_, tensors, shape, message) => {
    await write('odd', tensors, shape)
    await expect(readEmbeddings(join(folder, 'model'))).rejects.toThrow(message)
  })

  it('that holds no model is refused', async () => {
    await expect(readEmbeddings(folder)).rejects.toThrow(`${folder}: no model there`)
  })
})

describe('converting', () => {
  it('goes from one format to another, the first words only where asked', async () => {
    const [input, output] = [join(folder, 'a.bin'), join(folder, 'b.glove')]
    await writeEmbeddings(input, words)
    const converted = await convertVectors(input, output, { limit: 2 })
    expect(converted).toBeInstanceOf(Embeddings)
    expect(await readFile(output, 'utf8')).toBe('man 1 0 0\nwoman 1 1 0\n')
  })

  it('does not write over what is there unless told to', async () => {
    const [input, output] = [join(folder, 'a.bin'), join(folder, 'b.glove')]
    await writeEmbeddings(input, words)
    await writeFile(output, 'mine')
    await expect(convertVectors(input, output)).rejects.toThrow(
      'b.glove: is there already; name another file or use --force',
    )
    expect(await readFile(output, 'utf8')).toBe('mine')
    await writeFile(join(folder, 'z.metadata.tsv'), 'mine')
    await expect(convertVectors(input, join(folder, 'z.tsv'))).rejects.toThrow('z.metadata.tsv: is there already')
    expect(await readFile(join(folder, 'z.metadata.tsv'), 'utf8')).toBe('mine')
    await convertVectors(input, output, { force: true })
    expect(await readFile(output, 'utf8')).toMatch(/^man 1/)
  })

  it('refuses an output of no known format before it reads', async () => {
    await expect(convertVectors(join(folder, 'none.bin'), join(folder, 'b.npy'))).rejects.toThrow('b.npy: what format')
    await expect(convertVectors(join(folder, 'none.bin'), join(folder, 'b.txt'))).rejects.toThrow(
      'none.bin: no such file',
    )
  })
})

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CbowModel, saveCbowModel } from '#src/cbow/cbow-model.js'
import { defaultSettings } from '#src/cbow/cbow-options.js'
import { loadTextClassifier } from '#src/victims/classifier-folder.js'
import { type Example, examplesOf, readExamples } from '#src/victims/read-examples.js'
import { trainClassifierToFolder } from '#src/victims/train-classifier-to-folder.js'
import { normals, smallCentreWord, smallClassifier, smallEmbeddings } from '../gradient/small-victims.js'

let folder: string
let rows: string
let text: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'victim-files-'))
  rows = join(folder, 'rows.csv')
  text = join(folder, 'text.txt')
  await writeFile(rows, 'text,label\nThe quick fox,good\nA lazy dog,bad\nthe brown fox,good\ndog sleeps,bad\n')
  await writeFile(text, 'The quick fox.\nlazy dog\n')
})
afterEach(() => rm(folder, { recursive: true }))

async function all(examples: AsyncIterable<Example>): Promise<Example[]> {
  const list: Example[] = []
  for await (const example of examples) list.push(example)
  return list
}

describe('readExamples', () => {
  it('reads rows for a classifier', async () => {
    const [first, second] = await all(readExamples(smallClassifier(), rows, { labelColumn: 'label' }))
    expect(first).toEqual({ row: 1, text: 'The quick fox', label: 'good' })
    expect(second).toEqual({ row: 2, text: 'A lazy dog', label: 'bad' })
  })

  it('reads the windows of a text for a centre word', async () => {
    const examples = await all(readExamples(smallCentreWord(), text))
    expect(examples.map(({ text }) => text)).toEqual([
      '___ quick fox',
      'the ___ fox',
      'the quick ___',
      '___ dog',
      'lazy ___',
    ])
    expect(examples.map(({ label }) => label)).toEqual(['the', 'quick', 'fox', 'lazy', 'dog'])
  })

  it('takes one text as it is for a classifier, by its windows for a centre word', async () => {
    expect(await all(examplesOf(smallClassifier(), 'Lazy dog'))).toEqual([{ row: 1, text: 'Lazy dog' }])
    expect(await all(examplesOf(smallCentreWord(), 'Lazy dog'))).toHaveLength(2)
  })
})

describe('trainClassifierToFolder', () => {
  it('writes a classifier over the embeddings of a model, with its tokenizer', async () => {
    const input = smallEmbeddings(7)
    const settings = defaultSettings({ dimensions: 7, tokenizer: 'natural-word-punct' })
    const embeddings = join(folder, 'cbow')
    await saveCbowModel(new CbowModel(input, normals(4, input.vectors.length), settings), embeddings)
    const output = join(folder, 'classifier')
    const { labels, training } = await trainClassifierToFolder({ rows, embeddings, output, epochs: 2 })
    expect(labels).toEqual(['bad', 'good'])
    const loaded = await loadTextClassifier(output)
    expect(loaded.training).toEqual(training)
    expect(loaded.classifier.tokenizer.name).toBe('natural-word-punct')
    expect(loaded.classifier.embeddings.vocabulary.words).toEqual(input.vocabulary.words)
  })

  it('writes nothing when a row has no label, and names the row', async () => {
    const embeddings = join(folder, 'vectors.txt')
    await writeFile(embeddings, '2 2\nfox 1 2\ndog 3 4\n')
    await writeFile(rows, 'text,label\nfox,good\ndog,\n')
    const output = join(folder, 'classifier')
    await expect(trainClassifierToFolder({ rows, embeddings, output })).rejects.toThrow(`${rows} row 2: no label`)
    expect(await readdir(output).catch(() => [])).toEqual([])
  })
})

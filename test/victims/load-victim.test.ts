import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { CbowModel, saveCbowModel } from '#src/cbow/cbow-model.js'
import { defaultSettings } from '#src/cbow/cbow-options.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { embed } from '#src/gradient/embed.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { loadTextClassifier, saveTextClassifier } from '#src/victims/classifier-folder.js'
import { loadVictim } from '#src/victims/load-victim.js'
import { trainClassifier } from '#src/victims/train-classifier.js'
import { normals, smallClassifier, smallEmbeddings } from '../gradient/small-victims.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'victim-'))
})
afterEach(() => rm(folder, { recursive: true }))

const BATCH = [Int32Array.of(0, 3, 3), Int32Array.of(11)]

describe('loadVictim', () => {
  it('gives back a text classifier, to the bit', async () => {
    const saved = smallClassifier()
    await saveTextClassifier(saved, folder)
    const loaded = await loadVictim(folder)
    expect(loaded.kind).toBe('text-classifier')
    expect(loaded.labels).toEqual(saved.labels)
    expect(loaded.parameters).toEqual(saved.parameters)
    const batch = embed(loaded.embeddings, BATCH)
    expect(loaded.logits(batch)).toEqual(saved.logits(batch))
    expect(loaded.encode('A lazy fox')).toEqual(saved.encode('A lazy fox'))
  })

  it('gives a CBOW model as a centre word, of its own mode and window', async () => {
    const input = smallEmbeddings(7)
    const settings = defaultSettings({ dimensions: 7, mode: 'sum', window: 3, tokenizer: 'whitespace' })
    await saveCbowModel(new CbowModel(input, normals(4, input.vectors.length), settings), folder)
    const loaded = await loadVictim(folder)
    expect(loaded).toMatchObject({ kind: 'centre-word', pooling: 'sum', window: 3 })
    expect(loaded.labels).toEqual(input.vocabulary.words)
    expect(loaded.parameters.get('output_embeddings')!.values).toEqual(normals(4, input.vectors.length))
    expect([...loaded.encode('the ___ fox').ids]).toEqual([0, 3])
  })

  it('refuses a CBOW model of one word: there is nothing to predict', async () => {
    const input = new Embeddings(new Vocabulary(['the'], Float64Array.of(9)), new Float32Array(7), 7)
    await saveCbowModel(new CbowModel(input, new Float32Array(7), defaultSettings({ dimensions: 7 })), folder)
    await expect(loadVictim(folder)).rejects.toThrow(
      new UserError(`${folder}: knows one word alone, there is nothing to predict; train it on more text`),
    )
  })

  it('keeps how the classifier came to be', async () => {
    const { embeddings, tokenizer } = smallClassifier()
    const rows = ['fox', 'dog', 'fox', 'dog'].map((text, i) => ({ row: i + 1, text, label: text }))
    const trained = await trainClassifier({ rows, embeddings, tokenizer, epochs: 2, validation: 0.25 })
    await saveTextClassifier(trained.classifier, folder, trained.training)
    const first = await readFile(join(folder, 'model.json'), 'utf8')
    const loaded = await loadTextClassifier(folder)
    expect(loaded.training).toEqual(trained.training)
    await saveTextClassifier(loaded.classifier, folder, loaded.training)
    expect(await readFile(join(folder, 'model.json'), 'utf8')).toBe(first)
  })

  const edit = async (change: (json: Record<string, unknown>) => void) => {
    const path = join(folder, 'model.json')
    const json: Record<string, unknown> = JSON.parse(await readFile(path, 'utf8'))
    change(json)
    await writeFile(path, JSON.stringify(json))
  }

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a folder without a model', () => rm(join(folder, 'model.json')), /no model there/],
    ['a cut tensor file', () => truncate(join(folder, 'tensors.safetensors'), 300), /tensors\.safetensors: .*SHA-256/],
    [
      'a swapped tensor file',
      async () => {
        await saveTextClassifier(smallClassifier(['x', 'y', 'z'], 5), join(folder, 'other'))
        await copyFile(join(folder, 'other', 'tensors.safetensors'), join(folder, 'tensors.safetensors'))
      },
      /tensors\.safetensors: .*SHA-256/,
    ],
    ['a missing vocabulary', () => rm(join(folder, 'vocabulary.tsv')), /vocabulary\.tsv: no such file/],
    [
      'another kind of model',
      () => edit((json) => Object.assign(json, { kind: 'oracle' })),
      /a model of kind 'oracle'/,
    ],
    [
      'a label too many',
      () => edit(({ labels }) => Array.isArray(labels) && labels.push('more')),
      /'weights' is \[7, 3\]/,
    ],
    ['a label twice', () => edit((json) => Object.assign(json, { labels: ['a', 'a'] })), /a label stands twice/],
    ['other dimensions', () => edit((json) => Object.assign(json, { dimensions: 8 })), /'embeddings' is \[12, 7\]/],
    ['an unknown tokenizer', () => edit((json) => Object.assign(json, { tokenizer: 'elves' })), /tokenizer: 'elves'/],
    ['no JSON', () => writeFile(join(folder, 'model.json'), '{"kind":'), /model\.json: not JSON/],
  ])('refuses %s in one line that names it', async (_, damage, message) => {
    await saveTextClassifier(smallClassifier(), folder)
    await damage()
    const error = await loadVictim(folder).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toMatch(message)
    expect(String(error)).toContain(folder)
    expect(String(error)).not.toContain('\n')
  })
})

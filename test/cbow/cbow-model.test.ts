import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CbowModel, loadCbowModel, saveCbowModel } from '#src/cbow/cbow-model.js'
import { defaultSettings } from '#src/cbow/cbow-options.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { Vocabulary } from '#src/text/vocabulary.js'

function modelOf(...words: string[]): CbowModel {
  const D = 3
  const vocabulary = new Vocabulary(
    words,
    Float64Array.from(words, (_, id) => 10 - id),
  )
  const values = (scale: number) =>
    Float32Array.from({ length: words.length * D }, (_, i) => Math.sin(scale * i + scale))
  return new CbowModel(new Embeddings(vocabulary, values(1), D), values(2), defaultSettings({ dimensions: D, seed: 4 }))
}

async function savedModel(...words: string[]): Promise<{ folder: string; model: CbowModel }> {
  const folder = await mkdtemp(join(tmpdir(), 'cbow-adversarial-model-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const model = modelOf(...words)
  await saveCbowModel(model, folder)
  return { folder, model }
}

describe('a CBOW model', () => {
  it('comes back from its folder as it was', async () => {
    const { folder, model } = await savedModel('a', 'b', 'ü')
    const loaded = await loadCbowModel(folder)
    expect(loaded.input.vectors).toEqual(model.input.vectors)
    expect(loaded.outputEmbeddings).toEqual(model.outputEmbeddings)
    expect(loaded.vocabulary.words).toEqual(['a', 'b', 'ü'])
    expect([...loaded.vocabulary.counts]).toEqual([10, 9, 8])
    expect(loaded.settings).toEqual(model.settings)
    expect(loaded.training).toBeUndefined()
  })

  it('says in model.json what it is, and nothing of the day it was made', async () => {
    const { folder } = await savedModel('a', 'b')
    const json = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'))
    expect(json).toMatchObject({ kind: 'cbow', seed: 4, tokenizer: 'word', settings: { dimensions: 3, mode: 'mean' } })
    expect(Object.keys(json.sha256)).toEqual(['tensors', 'vocabulary'])
    expect(json.versions).toEqual({ 'cbow-adversarial': expect.any(String), node: process.versions.node })
  })

  it('refuses output embeddings of another size', () => {
    const { input, settings } = modelOf('a', 'b')
    expect(() => new CbowModel(input, new Float32Array(5), settings)).toThrow('5 output values for 6 input values')
  })

  it('is refused when its tensors were cut or swapped', async () => {
    const { folder } = await savedModel('a', 'b')
    const { folder: other } = await savedModel('c', 'd', 'e')
    const tensors = join(folder, 'tensors.safetensors')
    const message = `${tensors}: not the file model.json was written with`
    await copyFile(join(other, 'tensors.safetensors'), tensors)
    await expect(loadCbowModel(folder)).rejects.toThrow(message)
    await truncate(tensors, 50)
    await expect(loadCbowModel(folder)).rejects.toThrow(message)
    await rm(tensors)
    await expect(loadCbowModel(folder)).rejects.toThrow(`${tensors}: no such file`)
  })

  it('is refused when its vocabulary was changed', async () => {
    const { folder } = await savedModel('a', 'b')
    await writeFile(join(folder, 'vocabulary.tsv'), 'a\t10\nc\t9\n')
    await expect(loadCbowModel(folder)).rejects.toThrow(/vocabulary.tsv: not the file/)
  })

  it.each([
    ['{ "kind": "cbow"', 'not JSON'],
    ['{}', 'kind: '],
    ['[]', 'the file: '],
  ])('is refused when model.json is %s', async (text, message) => {
    const { folder } = await savedModel('a', 'b')
    const path = join(folder, 'model.json')
    await writeFile(path, text)
    await expect(loadCbowModel(folder)).rejects.toThrow(`${path}: ${message}`)
  })

  it('is refused when it is another kind of model, or none', async () => {
    const { folder } = await savedModel('a', 'b')
    const path = join(folder, 'model.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"cbow"', '"text-classifier"'))
    await expect(loadCbowModel(folder)).rejects.toThrow(
      `${path}: kind: is not 'cbow'; a model trained by train-cbow is needed`,
    )
    await expect(loadCbowModel(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: no model there/)
    await expect(loadCbowModel(path)).rejects.toThrow(/: a file, a model is a folder/)
  })
})

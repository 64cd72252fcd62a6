import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { sha256OfFile } from '#src/base/hash.js'
import { readModelFolder, readModelKind, tensorOf, writeModelFolder } from '#src/embeddings/model-folder.js'
import { Vocabulary } from '#src/text/vocabulary.js'

const schema = z.object({ kind: z.literal('toy'), size: z.number() })
const vocabulary = new Vocabulary(['a', 'b'], Float64Array.of(2, 1))
const tensors = new Map([['rows', { values: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }]])

async function toyModel(size = 2): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cbow-adversarial-folder-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeModelFolder(folder, {
    description: { kind: 'toy', tokenizer: 'word', size, sha256: { corpus: 'c' } },
    vocabulary,
    tensors,
  })
  return folder
}

describe('a model folder', () => {
  it('is read as it was written, with the hashes of its files in model.json', async () => {
    const folder = await toyModel()
    const read = await readModelFolder(folder, schema)
    expect(read.description).toEqual({ kind: 'toy', size: 2 })
    expect(read.vocabulary.words).toEqual(vocabulary.words)
    expect([...tensorOf(folder, read.tensors, 'rows', [2, 2])]).toEqual([1, 2, 3, 4])
    expect(await readModelKind(folder)).toBe('toy')
    const { sha256 } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'))
    expect(sha256).toEqual({
      corpus: 'c',
      tensors: await sha256OfFile(join(folder, 'tensors.safetensors')),
      vocabulary: await sha256OfFile(join(folder, 'vocabulary.tsv')),
    })
  })

  it('is no model without model.json, which is written last', async () => {
    const folder = await toyModel()
    await rm(join(folder, 'model.json'))
    await expect(readModelFolder(folder, schema)).rejects.toThrow(`${folder}: no model there`)
  })

  it('is refused when model.json says what its kind of model cannot be', async () => {
    const folder = await toyModel()
    const path = join(folder, 'model.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"size": 2', '"size": "two"'))
    await expect(readModelFolder(folder, schema)).rejects.toThrow(`${path}: size: `)
  })

  it('is refused when a tensor is missing or of another shape', async () => {
    const folder = await toyModel()
    const file = join(folder, 'tensors.safetensors')
    const read = await readModelFolder(folder, schema)
    expect(() => tensorOf(folder, read.tensors, 'columns', [2, 2])).toThrow(`${file}: no tensor 'columns'`)
    expect(() => tensorOf(folder, read.tensors, 'rows', [4, 1])).toThrow(`${file}: 'rows' is [2, 2], [4, 1] is needed`)
  })
})

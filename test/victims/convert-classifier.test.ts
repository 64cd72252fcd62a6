import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEmbeddings } from '#src/embeddings/read-vectors.js'
import { writeEmbeddings } from '#src/embeddings/write-vectors.js'
import { embed } from '#src/gradient/embed.js'
import { convertClassifier } from '#src/victims/convert-classifier.js'
import { loadVictim } from '#src/victims/load-victim.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-classifier-'))
  await writeFile(join(folder, 'v.txt'), '3 2\nGood 1 0\nbad 0 1\nfilm 0.5 0.5\n')
})
afterEach(() => rm(folder, { recursive: true }))

const linear = {
  labels: ['negative', 'positive', 'mixed'],
  weights: [
    [-1, 2, 0.5],
    [3, -4, 0.25],
  ],
  bias: [0.1, 0.2, 0.3],
}

const convert = async (layer: unknown, more: { force?: boolean; tokenizer?: string } = {}) => {
  await writeFile(join(folder, 'linear.json'), typeof layer === 'string' ? layer : JSON.stringify(layer))
  const vectors = join(folder, 'v.txt')
  const classifier = join(folder, 'linear.json')
  return convertClassifier({ vectors, classifier, output: join(folder, 'model'), tokenizer: 'whitespace', ...more })
}

it('the victim that is read back has the logits of mean · weights + bias, to 1e-6', async () => {
  await convert(linear)
  const victim = await loadVictim(join(folder, 'model'))
  expect(victim.labels).toEqual(linear.labels)
  const { ids } = victim.encode('Good film unknown good')
  expect([...ids]).toEqual([0, 2])
  const mean = [0.75, 0.25]
  const expected = linear.bias.map((b, k) => b + mean[0] * linear.weights[0][k] + mean[1] * linear.weights[1][k])
  victim.logits(embed(victim.embeddings, [ids])).forEach((logit, k) => {
    expect(logit).toBeCloseTo(expected[k], 6)
  })
})

it.each(['v.glove', 'v.bin', 'v.bin.gz', 'v.vec', 'v.tsv', 'v.txt.gz', 'a model'])(
  'vectors of %s give the very model that those of word2vec text give',
  async (name) => {
    await convert(linear)
    const tensors = await readFile(join(folder, 'model', 'tensors.safetensors'))
    const vectors = join(folder, name === 'a model' ? 'model' : name)
    if (name !== 'a model') await writeEmbeddings(vectors, await readEmbeddings(join(folder, 'v.txt')))
    const output = join(folder, 'again')
    const { embeddings } = await convertClassifier({
      ...{ vectors, classifier: join(folder, 'linear.json'), output, tokenizer: 'whitespace' },
    })
    expect(embeddings.vocabulary.words).toEqual(['Good', 'bad', 'film'])
    expect(await readFile(join(output, 'tensors.safetensors'))).toEqual(tensors)
  },
)

describe('what does not fit is refused in one line, and nothing is written', () => {
  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'linear.json: not JSON'],
    ['a list', [linear], 'linear.json: invalid input: expected object'],
    [
      'NaN, which Python writes',
      '{"labels":["a","b"],"weights":[[NaN,1],[1,1]],"bias":[0,0]}',
      'json: not JSON (which',
    ],
    ['an unknown key', { ...linear, Scale: 2 }, 'linear.json: unrecognized key: "Scale"; {"labels": '],
    ['null', { ...linear, bias: [1, 2, null] }, 'linear.json: bias.2: '],
    ['an empty label', { ...linear, labels: ['a', '', 'b'] }, 'linear.json: labels.1: '],
    ['flat weights', { ...linear, weights: linear.weights.flat() }, 'linear.json: weights.0: '],
    ['weights that lie', { ...linear, labels: ['a', 'b'], bias: [0, 0] }, 'weights row 1 has 3 values for 2 labels'],
    ['no labels', { ...linear, labels: undefined }, 'linear.json: labels: '],
    ['one label', { ...linear, labels: ['a'] }, 'linear.json: labels: too small'],
    ['a label twice', { ...linear, labels: ['a', 'b', 'a'] }, 'linear.json: labels: a label stands twice'],
    ['a short bias', { ...linear, bias: [1] }, 'linear.json: bias has 1 values for 3 labels'],
    ['a short row', { ...linear, weights: [[1, 2, 3], [1]] }, 'linear.json: weights row 2 has 1 values for 3 labels'],
    ['a word in place of a number', { ...linear, bias: [1, 2, 'x'] }, 'linear.json: bias.2: '],
    ['too large', { ...linear, bias: [1, 2, 1e39] }, 'linear.json: a number is too large for float32'],
    ['too many rows', { ...linear, weights: [...linear.weights, [1, 1, 1]] }, 'weights has 3 rows, the vectors of '],
  ])('%s', async (_, layer, message) => {
    await expect(convert(layer)).rejects.toThrow(message)
    expect(await readdir(folder)).not.toContain('model')
  })

  it('an unknown tokenizer', async () => {
    await expect(convert(linear, { tokenizer: 'whitespaces' })).rejects.toThrow("did you mean 'whitespace'?")
  })

  it('a folder that holds something, unless told to', async () => {
    await convert(linear)
    await expect(convert(linear)).rejects.toThrow('model: is not empty; name another folder')
    await expect(convert(linear, { force: true })).resolves.toBeDefined()
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type CbowModel, loadCbowModel } from '#src/cbow/cbow-model.js'
import { type TrainCbow, trainCbow } from '#src/cbow/train-cbow.js'
import { smallSentences } from './small-corpus.js'

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cbow-adversarial-init-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function* newText(): AsyncGenerator<string[]> {
  for (let i = 0; i < 50; i++) yield ['w0', 'newcomer', 'w1', 'stranger']
  // Seen once, less often than --min-count: kept only where it is known already.
  yield ['w0', 'w2', 'rare']
}

function request(changed: Partial<TrainCbow> = {}): TrainCbow {
  return {
    corpus: smallSentences(5_000, 50),
    dimensions: 12,
    epochs: 1,
    minCount: 3,
    sample: 0,
    threads: 1,
    ...changed,
  }
}

const rowOf = (model: CbowModel, matrix: Float32Array, word: string): number[] => {
  const id = model.vocabulary.idOf(word)!
  return [...matrix.subarray(id * model.dimensions, (id + 1) * model.dimensions)]
}

async function firstModel(changed: Partial<TrainCbow> = {}): Promise<{ init: string; first: CbowModel }> {
  const init = await emptyFolder()
  return { init, first: await trainCbow(request({ output: init, ...changed })) }
}

describe('training that begins from a model', () => {
  it('keeps the rows of its words, adds their counts, and gives rows to new words', async () => {
    const { init, first } = await firstModel()
    const learningRate = 1e-30
    const next = await trainCbow(request({ corpus: newText(), init, learningRate }))
    for (const word of first.vocabulary.words) {
      expect(rowOf(next, next.input.vectors, word)).toEqual(rowOf(first, first.input.vectors, word))
      expect(rowOf(next, next.outputEmbeddings, word)).toEqual(rowOf(first, first.outputEmbeddings, word))
    }
    expect(next.vocabulary.size).toBe(first.vocabulary.size + 2)
    expect(next.vocabulary.idOf('rare')).toBeUndefined()
    const countOf = ({ vocabulary }: CbowModel, word: string) => vocabulary.counts[vocabulary.idOf(word)!]
    expect(countOf(next, 'newcomer')).toBe(50)
    expect(countOf(next, 'w0')).toBe(countOf(first, 'w0') + 51)
    expect(countOf(next, 'w2')).toBe(countOf(first, 'w2') + 1)
    expect(countOf(next, 'w30')).toBe(countOf(first, 'w30'))
    const counts = [...next.vocabulary.counts]
    expect(counts).toEqual([...counts].sort((a, b) => b - a))
    expect(rowOf(next, next.input.vectors, 'newcomer').every((value) => value !== 0)).toBe(true)
  })

  it('trains them further, and says in the model what it began from', async () => {
    const { init, first } = await firstModel()
    const output = await emptyFolder()
    const next = await trainCbow(request({ corpus: newText(), init, output }))
    expect(rowOf(next, next.input.vectors, 'w0')).not.toEqual(rowOf(first, first.input.vectors, 'w0'))
    expect((await loadCbowModel(output)).settings.init).toMatch(/^[0-9a-f]{64}$/)
    const again = await trainCbow(request({ corpus: newText(), init }))
    expect(again.input.vectors).toEqual(next.input.vectors)
    await expect(trainCbow(request({ corpus: newText(), output, resume: true }))).rejects.toThrow(
      /begun with --init [0-9a-f]{64}, now unset/,
    )
  })

  it.each([
    [{ dimensions: 13 }, 'trained with --dimensions 12, now 13; to begin from it both must be the same'],
    [{ tokenizer: 'whitespace' }, 'trained with --tokenizer word, now whitespace'],
    [{ loss: 'hierarchical-softmax' as const }, 'hierarchical softmax cannot be gone on with'],
    [{ phrases: 1 }, 'phrases cannot be gone on with'],
  ])('is refused with %o', async (changed, message) => {
    const { init } = await firstModel()
    await expect(trainCbow(request({ corpus: newText(), init, ...changed }))).rejects.toThrow(`${init}: ${message}`)
  })

  it('is refused from a folder without a model', async () => {
    const init = join(await emptyFolder(), 'missing')
    await expect(trainCbow(request({ init }))).rejects.toThrow(`${init}: no model there (it has no model.json)`)
  })
})

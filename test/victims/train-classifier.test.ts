import { describe, expect, it } from 'vitest'
import { InterruptedError, UserError } from '#src/base/errors.js'
import { embed } from '#src/gradient/embed.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { type TrainClassifierInput, trainClassifier } from '#src/victims/train-classifier.js'
import { smallEmbeddings } from '../gradient/small-victims.js'

/** 200 rows: `quick` and `sleeps` give the label away, the rest is chance. */
const ROWS = Array.from({ length: 200 }, (_, i) => {
  const lively = i % 2 === 0
  const filler = ['the', 'brown', 'dog', 'unheard', 'over'][i % 5]
  return { row: i + 1, text: `${filler} ${lively ? 'quick' : 'sleeps'} a`, label: lively ? 'lively' : 'calm' }
})

const train = (changed: Partial<TrainClassifierInput> = {}) =>
  trainClassifier({
    rows: ROWS,
    embeddings: smallEmbeddings(7),
    tokenizer: wordTokenizer,
    batchSize: 16,
    epochs: 20,
    embeddingsLearningRate: 0.02,
    ...changed,
  })

describe('trainClassifier', () => {
  it.each([[['embeddings', 'weights']], [['weights']], [['embeddings']]] as const)(
    'learns which word decides, training %s',
    async (parts) => {
      const { classifier, training } = await train({ train: [...parts], learningRate: 0.05 })
      expect(classifier.labels).toEqual(['calm', 'lively'])
      const known = ['quick dog', 'a dog sleeps'].map((text) => classifier.encode(text).ids)
      const [a, b, c, d] = classifier.logits(embed(classifier.embeddings, known))
      expect(b).toBeGreaterThan(a)
      expect(c).toBeGreaterThan(d)
      expect(training).toMatchObject({ rows: 200, heldOut: 20, skipped: 0, unknownWords: 40, accuracy: 1 })
    },
  )

  it('moves only what it is told to, and never the embeddings given', async () => {
    const embeddings = smallEmbeddings(7)
    const start = embeddings.vectors.slice()
    const frozen = await train({ embeddings, train: ['weights'] })
    expect(frozen.classifier.embeddings.vectors).toEqual(start)
    const tuned = await train({ embeddings, train: ['embeddings'] })
    expect(tuned.classifier.embeddings.vectors).not.toEqual(start)
    expect([...tuned.classifier.bias]).toEqual([0, 0])
    expect(embeddings.vectors).toEqual(start)
    expect(tuned.classifier.embeddings.vectorOf(embeddings.vocabulary.idOf('fox')!)).toEqual(start.slice(21, 28))
  })

  it('gives the same bytes for the same seed, others for another', async () => {
    const [one, same, other] = await Promise.all([train({ seed: 5 }), train({ seed: 5 }), train({ seed: 6 })])
    expect(same.classifier.parameters).toEqual(one.classifier.parameters)
    expect(same.training).toEqual(one.training)
    expect(other.classifier.weights).not.toEqual(one.classifier.weights)
  })

  it('keeps the first of the epochs that get most of the held-out rows right', async () => {
    const long = await train({ epochs: 20 })
    const short = await train({ epochs: long.training.epoch })
    expect(long.training.epoch).toBeLessThan(20)
    expect(short.classifier.parameters).toEqual(long.classifier.parameters)
  })

  it('holds nothing out when told so, and keeps the last epoch', async () => {
    const { training } = await train({ validation: 0, epochs: 3 })
    expect(training).toMatchObject({ heldOut: 0, epoch: 3 })
    expect(training.accuracy).toBeUndefined()
  })

  it('reads a stream of rows, and skips and counts those without a known word', async () => {
    async function* stream() {
      yield* ROWS
      yield { row: 201, text: 'xyzzy plugh', label: 'never seen' }
    }
    const { classifier, training } = await train({ rows: stream(), epochs: 1 })
    expect(training).toMatchObject({ rows: 200, skipped: 1, unknownWords: 42 })
    expect(classifier.labels).toEqual(['calm', 'lively'])
  })

  it.each([
    ['no rows', [], 'reviews.csv: there are no rows'],
    ['one label', ROWS.slice(0, 1), "reviews.csv: the only label is 'lively'; a classifier needs at least 2"],
    ['a row without a label', [ROWS[0], { row: 2, text: 'fox' }], 'reviews.csv row 2: no label'],
    [
      'no known word at all',
      [{ row: 1, text: 'xyzzy', label: 'a' }],
      'reviews.csv: none of the 1 rows has a word that the embeddings know',
    ],
  ])('refuses %s', async (_, rows, message) => {
    const trained = train({ rows, source: 'reviews.csv' })
    await expect(trained).rejects.toThrow(UserError)
    await expect(trained).rejects.toThrow(message)
  })

  it.each([{ epochs: 0 }, { learningRate: Number.NaN }, { batchSize: 1.5 }, { validation: 1 }, { train: [] }])(
    'refuses %j',
    async (options) => {
      await expect(train(options)).rejects.toThrow()
    },
  )

  it('stops when its signal fires', async () => {
    await expect(train({ signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError)
  })

  it('tells its progress', async () => {
    const told: number[] = []
    let total: number | undefined
    const progress = {
      start: (_: string, rows: number | undefined) => {
        total = rows
      },
      update: (done: number) => told.push(done),
      stop: () => told.push(-1),
      note: () => {},
    }
    await train({ progress, epochs: 2 })
    expect(total).toBe(360)
    expect(told.slice(-2)).toEqual([360, -1])
  })
})

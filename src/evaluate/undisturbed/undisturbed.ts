import { setTimeout } from 'node:timers/promises'
import { InterruptedError } from '../../base/errors.js'
import { sha256 } from '../../base/hash.js'
import { CounterStream, Purpose } from '../../base/random.js'
import type { CbowModel } from '../../cbow/cbow-model.js'
import type { CbowOptions } from '../../cbow/cbow-options.js'
import { readCbowGradient } from '../../cbow/read-cbow-gradient.js'
import { CHUNK_WORDS } from '../../cbow/schedule.js'
import { trainCbow } from '../../cbow/train-cbow.js'
import { readLossGradient } from '../../gradient/read-loss-gradient.js'
import { CentreWord } from '../../victims/centre-word.js'

/**
 * When loss gradients are read while a model trains: of one window after the first step, or after each; of a batch of
 * other windows, in every way that there is, after each; or all the time, from this thread while the engine's own train.
 */
export const READINGS = ['never', 'once', 'every step', 'other batches', 'while it trains'] as const
export type Reading = (typeof READINGS)[number]

/** What is trained, and for how long. */
export interface UndisturbedOptions
  extends Pick<Partial<CbowOptions>, 'engine' | 'threads' | 'reproducible' | 'seed' | 'dimensions'> {
  /** Sentences as lists of words; an invented text with Zipf's frequencies unless given. Long enough for all steps. */
  readonly corpus?: () => Iterable<readonly string[]> | AsyncIterable<readonly string[]>
  /** Steps after the first; a step is a stretch of 10,000 words, with its negatives drawn inside its loss. */
  readonly steps?: number
}

/** One training run: what it lost at each step, and where it ended. */
export interface TrainingTrace {
  /** Mean loss of a centre word over each step, [steps + 1]. */
  readonly losses: Float64Array
  readonly lossesSha256: string
  /** SHA-256 of both matrices after the last step. */
  readonly weightsSha256: string
  /** How many gradients were read on the way. */
  readonly read: number
}

/** What is read: windows of the commonest words of the invented text, or of the vocabulary of another one. */
const CONTEXT = 4

/**
 * Trains a CBOW model and reads, after the first step or after each one, the gradient of its loss with respect to the
 * embedded words of a window. The question that began this project: do the losses and the weights that follow depend on
 * whether anybody read? Compare the traces of two runs.
 */
export async function trainAndRead(reading: Reading, options: UndisturbedOptions = {}): Promise<TrainingTrace> {
  const { steps = 100, corpus = () => inventedText(steps), ...settings } = options
  const losses: number[] = []
  const finish = new AbortController()
  let last: CbowModel | undefined
  let read = 0
  let along: Promise<number> | undefined
  const training = trainCbow({
    dimensions: 50,
    sample: 0,
    minCount: 1,
    epochs: 1,
    ...settings,
    corpus: asStream(corpus()),
    stretchWords: CHUNK_WORDS,
    signal: finish.signal,
    async onStretch({ loss, snapshot }) {
      losses.push(loss)
      const model = snapshot()
      if (reading === 'every step' || (reading === 'once' && losses.length === 1)) {
        await readWindow(model)
        read++
      }
      if (reading === 'other batches') read += await readOtherBatch(model, losses.length)
      if (reading === 'while it trains') along ??= readAlong(snapshot, finish.signal)
      if (losses.length <= steps) return
      last = model
      finish.abort()
    },
  })
  last ??= await training.catch((error: unknown) => {
    if (error instanceof InterruptedError && last) return last
    throw error
  })
  read += (await along) ?? 0
  const trace = Float64Array.from(losses)
  return {
    losses: trace,
    lossesSha256: sha256(trace),
    weightsSha256: sha256(last.input.vectors, last.outputEmbeddings),
    read,
  }
}

async function readWindow(model: CbowModel): Promise<void> {
  const ids = Int32Array.from({ length: Math.min(CONTEXT, model.vocabulary.size) }, (_, id) => id)
  await readLossGradient(CentreWord.of(model), [{ ids, label: model.vocabulary.size - 1 }])
}

/** Reads until the signal fires, whatever the training threads are just writing. */
async function readAlong(snapshot: () => CbowModel, signal: AbortSignal): Promise<number> {
  let read = 0
  for (; !signal.aborted; read++) {
    await readWindow(snapshot())
    await setTimeout(1)
  }
  return read
}

/** Windows of a batch that is not the one being trained on. */
const OTHER_WINDOWS = 3

/** Reads by closed form, by the tape, and by the rows of W and U with given negatives. */
async function readOtherBatch(model: CbowModel, step: number): Promise<number> {
  const draws = new CounterStream(1, Purpose.Demonstration, step, 4)
  const word = () => draws.below(model.vocabulary.size)
  const windows = Array.from({ length: OTHER_WINDOWS }, () => ({ ids: [word(), word(), word()], label: word() }))
  const victim = CentreWord.of(model)
  for (const tape of [false, true]) await readLossGradient(victim, windows, { tape, objective: 'margin' })
  const examples = windows.map(({ ids, label }) => ({ context: ids, target: label, negatives: [word(), word()] }))
  readCbowGradient(model, examples, { loss: 'negative-sampling' })
  return 3
}

async function* asStream(sentences: Iterable<readonly string[]> | AsyncIterable<readonly string[]>) {
  yield* sentences
}

const INVENTED_WORDS = 2_000
const SENTENCE_WORDS = 20

/** Sentences of invented words, the n-th as frequent as 1 / n, enough for so many steps after the first. */
function* inventedText(steps: number): Generator<string[]> {
  const sentences = ((steps + 1) * CHUNK_WORDS) / SENTENCE_WORDS
  for (let index = 0; index < sentences; index++) {
    const stream = new CounterStream(1, Purpose.Demonstration, index)
    yield Array.from({ length: SENTENCE_WORDS }, () => `w${Math.floor(INVENTED_WORDS ** stream.uniform())}`)
  }
}

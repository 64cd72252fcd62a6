import { availableParallelism } from 'node:os'
import { keepThresholds } from '../../../src/cbow/draws.js'
import { type TrainCbow, trainCbow } from '../../../src/cbow/train-cbow.js'
import { median } from '../median.js'
import { type WordScores, type WordTestFiles, wordScores } from '../word-scores.js'

export const ENGINES = ['cuda', 'tensorflow', 'wasm'] as const
type EngineName = (typeof ENGINES)[number]

/** How fast one pass over a corpus was. */
export interface Speed {
  /** Of the corpus, a second. */
  readonly wordsPerSecond: number
  /** The share of them that subsampling keeps. */
  readonly keptShare: number
  /** Bytes of rows that are read and stepped, a second, if no cache held any. */
  readonly bytesPerSecond: number
  readonly words: number
}

/** A model of one engine and seed. */
export interface Trained extends WordScores {
  readonly engine: EngineName
  readonly seed: number
  readonly wordsPerSecond: number
  readonly loss: number
}

/** Trains, and times training alone: from the first stretch's end, since the first ones are short. */
async function timed(request: TrainCbow) {
  let seconds = 0
  let words = 0
  const model = await trainCbow({
    ...request,
    onStretch(stretch) {
      seconds += (stretch.words - words) / stretch.wordsPerSecond
      words = stretch.words
    },
  })
  return { model, words, wordsPerSecond: words / seconds }
}

/** The speed of engine cuda on a text that is read so many times as one corpus. */
export async function speedOn(corpus: string, repeat: number): Promise<Speed> {
  const { model, words, wordsPerSecond } = await timed({
    corpus: new Array<string>(repeat).fill(corpus),
    engine: 'cuda',
    epochs: 1,
  })
  const { counts } = model.vocabulary
  const { dimensions, negative, window, sample } = model.settings
  const keep = keepThresholds(counts, sample)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const keptShare = counts.reduce((sum, count, word) => sum + (count / total) * ((keep[word] + 1) / 2 ** 32), 0)
  // On average window + 1 context words, the target and the negatives, each read and added to.
  const bytesOfCentre = (window + 1 + negative + 1) * 2 * 4 * 8 * Math.ceil(dimensions / 8)
  return { words, wordsPerSecond, keptShare, bytesPerSecond: wordsPerSecond * keptShare * bytesOfCentre }
}

/** Trains a model on one text, and scores its vectors. */
export async function trainAndScore(
  corpus: string,
  engine: EngineName,
  seed: number,
  epochs: number,
  tests: WordTestFiles,
): Promise<Trained> {
  const threads = engine === 'wasm' ? availableParallelism() : undefined
  const { model, wordsPerSecond } = await timed({ corpus: [corpus], engine, epochs, seed, threads })
  const scores = await wordScores(model.input, tests)
  return { engine, seed, wordsPerSecond, loss: model.training?.loss ?? Number.NaN, ...scores }
}

/** A table of all engines: means over the seeds, and each seed's. */
export function qualityTable(runs: readonly Trained[]): string[] {
  const engines = [...new Set(runs.map(({ engine }) => engine))]
  return [
    '| engine | M words/s | loss in the last epoch | analogies (first 30,000 words) | WordSim-353 |',
    '|---|---|---|---|---|',
    ...engines.map((engine) => rowOf(runs.filter((run) => run.engine === engine))),
  ]
}

function rowOf(runs: readonly Trained[]): string {
  const mean = (of: (run: Trained) => number | undefined, digits: number, scale = 1) => {
    const values = runs.flatMap((run) => of(run) ?? [])
    if (values.length === 0) return ''
    const told = values.map((value) => (scale * value).toFixed(digits)).join(', ')
    return `${((scale * values.reduce((a, b) => a + b)) / values.length).toFixed(digits)} (${told})`
  }
  const cells = [
    runs[0].engine,
    (median(runs.map(({ wordsPerSecond }) => wordsPerSecond)) / 1e6).toFixed(1),
    mean(({ loss }) => loss, 4),
    mean(({ analogies }) => analogies, 1, 100),
    mean(({ similarity }) => similarity, 3),
  ]
  return `| ${cells.join(' | ')} |`
}

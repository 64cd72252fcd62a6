import { type CbowSettings, defaultSettings } from '../../src/cbow/cbow-options.js'
import { initialRows } from '../../src/cbow/draws.js'
import type { EncodedCorpus } from '../../src/cbow/encoded-corpus.js'
import { cpuEngine } from '../../src/cbow/engines/cpu.js'
import type { Engine, EngineJob } from '../../src/cbow/engines/engine.js'
import { tensorflowEngine } from '../../src/cbow/engines/tensorflow.js'
import { wasmEngine } from '../../src/cbow/engines/wasm.js'
import { CHUNK_WORDS, Schedule } from '../../src/cbow/schedule.js'
import type { TensorBackend } from '../../src/gradient/tensorflow.js'
import { type Took, took } from './clock.js'
import { median } from './median.js'

/** What all others are compared with: TensorFlow.js as it would be used without this package. */
const DENSE = 'TensorFlow, dense, sgd'

/** A way to train, and the backend of TensorFlow.js that it needs. */
const WAYS: readonly {
  readonly name: string
  readonly backend?: TensorBackend
  readonly settings?: Partial<CbowSettings>
  start(job: EngineJob): Promise<Engine>
}[] = [
  { name: DENSE, backend: 'native', settings: { gradients: 'dense' }, start: (job) => tensorflowEngine(job, 'native') },
  { name: 'TensorFlow, rows, sgd', backend: 'native', start: (job) => tensorflowEngine(job, 'native') },
  {
    name: 'TensorFlow, dense, adam',
    backend: 'native',
    settings: { gradients: 'dense', optimizer: 'adam' },
    start: (job) => tensorflowEngine(job, 'native'),
  },
  {
    name: 'TensorFlow, rows, adam',
    backend: 'native',
    settings: { optimizer: 'adam' },
    start: (job) => tensorflowEngine(job, 'native'),
  },
  { name: 'TensorFlow.js on wasm, rows, sgd', start: (job) => tensorflowEngine(job, 'wasm') },
  { name: 'TensorFlow.js on cpu, rows, sgd', start: (job) => tensorflowEngine(job, 'cpu') },
  { name: 'engine cpu (the plain reference)', start: cpuEngine },
  { name: 'engine wasm (our kernel), one thread', settings: { batchSize: 1 }, start: wasmEngine },
]

export interface TrainingRow {
  readonly name: string
  /** Batches of 1,024 centres; of the kernel, which has no batches, as many centres. */
  readonly stepsPerSecond: number
  readonly wordsPerSecond: number
  readonly cpuMilliseconds: number
  /** Steps per second, and per CPU second, beside dense TensorFlow's of the same round. */
  readonly ratio?: number
  readonly cpuRatio?: number
}

/** Trains the same chunks in each way, in turns, after one round that is not counted. */
export async function trainingRows(
  corpus: EncodedCorpus,
  backends: readonly TensorBackend[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<TrainingRow[]> {
  const batchSize = 1_024
  const schedule = new Schedule(corpus.window.length, 1, 0.05)
  const chunks = Math.floor(corpus.window.length / CHUNK_WORDS)
  const steps: number[] = []
  const ways: { readonly name: string; readonly engine: Engine; readonly took: Took[] }[] = []
  try {
    for (const { name, backend, settings: changed, start } of WAYS) {
      if (backend !== undefined && !backends.includes(backend)) continue
      const settings = defaultSettings({ batchSize, ...changed })
      const job = { corpus, settings, schedule, begin: initialRows(settings), threads: 1, lockstep: false }
      ways.push({ name, engine: await start(job), took: [] })
    }
    for (let round = 0; round <= rounds; round++) {
      onRound(round)
      let centres = 0
      for (const way of round % 2 === 0 ? ways : [...ways].reverse()) {
        const time = await took(async () => {
          const [chunk] = await way.engine.train(round % chunks, (round % chunks) + 1)
          centres = chunk.centres
        })
        if (round > 0) way.took.push(time)
      }
      if (round > 0) steps.push(centres / batchSize)
    }
  } finally {
    for (const { engine } of ways) await engine.close()
  }
  const dense = ways.find(({ name }) => name === DENSE)?.took
  const ratios = (times: readonly Took[], which: keyof Took) =>
    dense && median(times.map((time, i) => dense[i][which] / time[which]))
  return ways.map(({ name, took: times }) => ({
    name,
    stepsPerSecond: median(times.map(({ seconds }, i) => steps[i] / seconds)),
    wordsPerSecond: median(times.map(({ seconds }) => CHUNK_WORDS / seconds)),
    cpuMilliseconds: median(times.map(({ cpuSeconds }, i) => (1000 * cpuSeconds) / steps[i])),
    ratio: ratios(times, 'seconds'),
    cpuRatio: ratios(times, 'cpuSeconds'),
  }))
}

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { inOutputFolder } from '../base/atomic-files.js'
import { UserError } from '../base/errors.js'
import { type Progress, SILENT } from '../base/progress.js'
import { Embeddings } from '../embeddings/embeddings.js'
import { CudaError } from '../kernels/cuda/cuda-error.js'
import { parseOptions } from '../text/parse-options.js'
import { tokenizerOf } from '../text/tokenizers.js'
import { CbowModel, saveCbowModel } from './cbow-model.js'
import { CbowOptions, type CbowSettings, settingsOf } from './cbow-options.js'
import { CHECKPOINT_FILES, type FoundCheckpoint, removeCheckpoints, saveCheckpoint } from './checkpoint.js'
import { chooseEngine } from './choose-engine.js'
import { initialRows } from './draws.js'
import { earlierRun } from './earlier-run.js'
import type { EncodedCorpus } from './encoded-corpus.js'
import type { Engine, EngineJob } from './engines/engine.js'
import { loadInitialModel, rowsFrom, withInitial } from './initial-model.js'
import { requireMemory } from './memory.js'
import { slotMatrices } from './optimizer.js'
import { type CorpusSource, isPaths, readCorpus } from './read-corpus.js'
import { Schedule } from './schedule.js'
import { startChosen } from './start-engine.js'
import { TrainingCurve } from './training-curve.js'
import { meanLoss, type RunState, runTraining, type Stretch } from './training-run.js'
import type { Weights } from './weight-rows.js'

/** A stretch of training, with the model as it stands. */
export interface StretchReport extends Stretch {
  /** A copy of the model as it stands; training goes on without it. */
  snapshot(): CbowModel
}

/** What can be out of range beside the options. */
const Watching = z.strictObject({ stretchWords: z.number().positive().optional() })

/** What `trainCbow` is asked: its options, the text, where the model goes, and who is told. */
export interface TrainCbow extends z.input<typeof CbowOptions> {
  readonly corpus: CorpusSource
  /** Folder for the model, and for checkpoints until it is finished. Without it nothing is written. */
  readonly output?: string
  readonly progress?: Progress
  /** Stops the run between two chunks: a checkpoint is saved, then InterruptedError is thrown. */
  readonly signal?: AbortSignal
  /** Told of each stretch, about twice a second. Awaited; training stands still meanwhile. */
  readonly onStretch?: (report: StretchReport) => void | Promise<void>
  /** Words of a stretch, to the nearest 10,000, where it shall not depend on the machine's speed. */
  readonly stretchWords?: number
}

/**
 * Trains a CBOW model (Mikolov, Chen, Corrado, Dean 2013). With one thread the same corpus, settings and seed give the
 * same bytes, however often the run is interrupted and resumed. Where engine `auto` has taken a GPU that is lost, engine
 * wasm goes on, if the corpus can be read again.
 *
 * @throws UserError for an option that is unknown or out of range, a corpus or output folder that cannot be used,
 *   settings that differ from those of the checkpoint, a model beyond the machine's memory, a learning rate that diverges
 * @throws InterruptedError when the signal fires
 */
export function trainCbow(request: TrainCbow): Promise<CbowModel> {
  const { output } = request
  return output === undefined ? train(request) : inOutputFolder(output, () => train(request))
}

/** Trains. Where `auto` has taken a GPU that is lost on the way, the next engine goes on from the last checkpoint. */
async function train(request: TrainCbow): Promise<CbowModel> {
  try {
    return await trainOnce(request)
  } catch (error) {
    const { corpus, output, engine = 'auto', progress = SILENT } = request
    // Sentences and standard input are gone once they are read.
    const isThere = isPaths(corpus) && !corpus.includes('-')
    if (!(error instanceof CudaError && engine === 'auto' && isThere)) throw error
    const from = output === undefined ? 'the beginning' : 'the last checkpoint'
    progress.note(`engine cuda is given up, engine wasm goes on from ${from}: ${error.message}`)
    return trainOnce({ ...request, engine: 'wasm', resume: output !== undefined })
  }
}

async function trainOnce(request: TrainCbow): Promise<CbowModel> {
  const { corpus: source, output, progress = SILENT, signal, onStretch: _, stretchWords, ...rest } = request
  const options = parseOptions(CbowOptions, rest, 'trainCbow')
  parseOptions(Watching, { stretchWords }, 'trainCbow')
  const chosen = await chooseEngine(options)
  const engineName = chosen.name
  const settings = await withInitial(settingsOf(options, engineName), options.init)
  tokenizerOf(settings.tokenizer)
  if (engineName !== 'wasm' && options.threads !== undefined && options.threads > 1) {
    throw new UserError(
      `--threads ${options.threads}: engine ${engineName} has one thread; threads are for engine wasm`,
    )
  }
  if (output === undefined && options.resume) throw new UserError('--resume needs an --output folder to go on from')

  const threads = options.threads ?? (options.reproducible ? 1 : availableParallelism())
  const isParallel = engineName === 'cuda' || (engineName === 'wasm' && threads > 1)
  const run = { settings, engine: engineName, lockstep: options.reproducible && isParallel }
  const before = output === undefined ? undefined : await earlierRun(output, { ...options, ...run }, progress)
  if (before instanceof CbowModel) return before
  let corpus: EncodedCorpus | undefined
  try {
    const initial = options.init === undefined ? undefined : await loadInitialModel(options.init, settings)
    const known = initial?.vocabulary
    corpus = await readCorpus(source, { ...settings, known, signal, folder: output }, progress)
    if (before && before.corpusSha256 !== corpus.sha256) {
      throw new UserError(`${output}: begun with another corpus; resume with the same text, or begin anew with --force`)
    }
    // TensorFlow's memory is its own, so that the finished model is a copy.
    const matrices = (engineName === 'tensorflow' ? 4 : 2) + slotMatrices(settings)
    requireMemory(corpus.vocabulary.size, settings.dimensions, matrices)
    const schedule = new Schedule(corpus.window.length, settings.epochs, settings.learningRate)
    const fresh = initial ? rowsFrom(initial, corpus.vocabulary, settings) : initialRows(settings)
    const begin = before?.weights ?? fresh
    const job = { corpus, settings, schedule, begin, slots: before?.slots, threads, lockstep: run.lockstep }
    const { engine, reason } = await startChosen(chosen, options.engine === 'auto', job)
    progress.note(`engine ${engine.name}: ${engine.description} (${reason})`)
    return await trainOn(engine, job, before, request, options)
  } finally {
    // A corpus that lies in a file keeps the disk until it is closed, and what refuses it may come before any engine.
    corpus?.window.close()
    await before?.close()
  }
}

/** Trains by an engine, which is closed thereafter, and saves. */
async function trainOn(
  engine: Engine,
  job: EngineJob,
  before: FoundCheckpoint | undefined,
  { output, progress = SILENT, signal, onStretch, stretchWords }: TrainCbow,
  { checkpointEvery }: CbowOptions,
): Promise<CbowModel> {
  const { corpus, settings, schedule, lockstep } = job
  const shape = { words: corpus.vocabulary.size, dimensions: settings.dimensions }
  try {
    const begin: RunState = before ?? { chunk: 0, loss: 0, centres: 0 }
    const curve = output === undefined ? undefined : await TrainingCurve.upTo(schedule.wordsBefore(begin.chunk), output)
    const save = async (folder: string, state: RunState) => {
      // Before the checkpoint: what the curve has beyond it is cut off when the run goes on.
      await curve?.save()
      const run = { settings, engine: engine.name, lockstep, corpusSha256: corpus.sha256 }
      await saveCheckpoint(folder, {
        ...run,
        ...state,
        weights: engine,
        slots: engine.slots?.() ?? new Map(),
        words: shape.words,
      })
      return join(folder, CHECKPOINT_FILES.newest)
    }
    const state = await runTraining(engine, schedule, begin, {
      shape,
      progress,
      signal,
      stretchWords,
      checkpointEvery,
      resumedFrom: before?.file,
      save: output === undefined ? undefined : (state) => save(output, state),
      async onStretch(stretch) {
        curve?.add(stretch)
        await onStretch?.({ ...stretch, snapshot: () => snapshot(engine, corpus, settings) })
      },
    })
    const model = finishedModel(engine, await engine.finish(), job, state)
    if (output !== undefined) {
      await curve?.save()
      await saveCbowModel(model, output)
      await removeCheckpoints(output)
    }
    return model
  } finally {
    await engine.close()
  }
}

function snapshot(engine: Engine, { vocabulary, phrases }: EncodedCorpus, settings: CbowSettings): CbowModel {
  const { input, output } = engine.weights()
  const embeddings = new Embeddings(vocabulary, input.slice(), settings.dimensions)
  return new CbowModel(embeddings, output.slice(), settings, undefined, phrases)
}

function finishedModel(
  engine: Engine,
  weights: Weights,
  { corpus, settings, schedule }: EngineJob,
  { loss, centres }: RunState,
): CbowModel {
  return new CbowModel(
    new Embeddings(corpus.vocabulary, weights.input, settings.dimensions),
    weights.output,
    settings,
    {
      engine: engine.name,
      backend: engine.backend,
      tensorflowVersion: engine.tensorflowVersion,
      gpu: engine.gpu,
      cudaVersion: engine.cudaVersion,
      threads: engine.threads,
      wordsSeen: schedule.totalWords,
      loss: meanLoss(loss, centres),
      corpusSha256: corpus.sha256,
    },
    corpus.phrases,
  )
}

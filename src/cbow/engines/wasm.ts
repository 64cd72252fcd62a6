import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { UserError } from '../../base/errors.js'
import { loadKernelModule } from '../../kernels/cbow-kernel.js'
import { type KernelLayout, kernelLayout, kernelMemory, LARGEST_MEMORY } from '../../kernels/kernel-layout.js'
import { packMatrix, putMatrix, takeMatrix } from '../../kernels/kernel-matrices.js'
import { negativesOf, treeOf } from '../losses.js'
import { blocksOf } from '../weight-rows.js'
import type { Engine, EngineJob } from './engine.js'
import { kernelSettings } from './kernel-settings.js'

/** What a thread is given once. Arrays lie in shared memory. */
export interface WorkerSetUp {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly layout: KernelLayout
  readonly thread: number
  readonly words: Uint32Array
  /** [1]: the position in the corpus of `words[0]`. */
  readonly first: Float64Array
  /** N. */
  readonly length: number
  readonly epochs: number
  /** [1]: the chunk that is nobody's yet. */
  readonly next: Int32Array
  /** All threads train the same chunks in lockstep. */
  readonly together: boolean
}

/** Chunks to train, and where their losses go, [to - from]. */
export interface WorkerTask {
  readonly from: number
  readonly to: number
  readonly losses: Float64Array
  readonly centres: Uint32Array
}

/**
 * Our kernel in threads over one memory. Threads take chunks one after another and update the weights without locks
 * (Recht, Re, Wright, Niu 2011: "Hogwild!"): two that write one row at a time may lose an update, so only one thread
 * gives the same bytes each time. Reproducible runs of several threads take them in lockstep through all chunks.
 * @throws UserError where the kernel cannot do what is asked for
 */
export async function wasmEngine({ corpus, settings, schedule, begin, threads, lockstep }: EngineJob): Promise<Engine> {
  const { dimensions } = settings
  const words = corpus.vocabulary.size
  const shape = {
    words,
    dimensions,
    negative: negativesOf(settings),
    tree: treeOf(corpus.vocabulary.counts, settings),
    softmax: settings.loss === 'softmax',
  }
  const layout = kernelLayout(shape, threads, lockstep)
  if (layout.bytes > LARGEST_MEMORY) {
    const needed = (layout.bytes / 2 ** 30).toFixed(1)
    throw new UserError(
      `engine wasm holds at most 4 GiB, ${words} words of ${dimensions} dimensions need ${needed} GiB; ` +
        'raise --min-count, set --max-vocabulary or lower --dimensions',
    )
  }
  const memory = kernelMemory(layout, {
    ...kernelSettings(settings, corpus.vocabulary.counts, schedule),
    ...shape,
  })
  for (const matrix of ['input', 'output'] as const) {
    for await (const { first, values } of blocksOf(begin, matrix, { words, dimensions })) {
      putMatrix(memory, layout[matrix] + first * layout.row, layout.row, values, dimensions)
    }
  }

  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const shared = {
    module: await loadKernelModule(),
    memory,
    layout,
    words: corpus.words,
    first: corpus.window.first,
    length: corpus.window.length,
    epochs: schedule.epochs,
    next,
    together: lockstep,
  }
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: WorkerSetUp = { ...shared, thread }
    return new Worker(new URL('./wasm-worker.js', import.meta.url), { workerData })
  })

  const weights = () => ({
    input: takeMatrix(memory, layout.input, layout.row, words, dimensions),
    output: takeMatrix(memory, layout.output, layout.row, words, dimensions),
  })
  async function endThreads(): Promise<void> {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  return {
    name: 'wasm',
    backend: 'wasm',
    threads,
    description: `our WebAssembly kernel, ${threads} ${threads === 1 ? 'thread' : 'threads'}${lockstep ? ' in lockstep' : ''}`,
    async train(from, to) {
      const losses = new Float64Array(new SharedArrayBuffer((to - from) * Float64Array.BYTES_PER_ELEMENT))
      const centres = new Uint32Array(new SharedArrayBuffer((to - from) * Uint32Array.BYTES_PER_ELEMENT))
      Atomics.store(next, 0, from)
      const task: WorkerTask = { from, to, losses, centres }
      const finished = Promise.all(workers.map((worker) => once(worker, 'message')))
      for (const worker of workers) worker.postMessage(task)
      await finished
      return Array.from(losses, (loss, i) => ({ loss, centres: centres[i] }))
    },
    readRows(matrix, first, into) {
      into.set(
        takeMatrix(memory, layout[matrix] + first * layout.row, layout.row, into.length / dimensions, dimensions),
      )
    },
    weights,
    async finish() {
      await endThreads()
      return {
        input: packMatrix(memory, layout.input, layout.row, words, dimensions),
        output: packMatrix(memory, layout.output, layout.row, words, dimensions),
      }
    },
    close: endThreads,
  }
}

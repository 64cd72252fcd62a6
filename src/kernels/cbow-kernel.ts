import { readFile } from 'node:fs/promises'

/** What one training run asks of the kernel. */
export interface KernelProblem {
  /** V. */
  readonly words: number
  /** D. */
  readonly dimensions: number
  readonly window: number
  readonly negative: number
  /** Subsampling thresholds [V]. */
  readonly keep: Uint32Array
  /** Alias table of the noise [V, 2]. */
  readonly noise: Uint32Array
  readonly seed: number
  /** h is the mean of the context's rows, else their sum. */
  readonly mean: boolean
  /** Each context row takes e / C, else e. */
  readonly divided: boolean
  readonly trainsInput: boolean
  readonly trainsOutput: boolean
  readonly learningRate: number
  /** Words of all epochs together. */
  readonly totalWords: number
  readonly wordsPerEpoch: number
}

/** Where everything lies in the kernel's memory, in bytes. */
export interface KernelLayout {
  /** Bytes of a row: D float32, padded with zeros to a multiple of 16 bytes. */
  readonly row: number
  readonly input: number
  readonly output: number
  readonly keep: number
  readonly noise: number
  /** One scratch region for each thread. */
  readonly scratch: readonly number[]
  /** All of it. */
  readonly bytes: number
}

/** WebAssembly's addresses have 32 bits. */
export const LARGEST_MEMORY = 2 ** 32

/** A call's words: long enough to make the call cheap, short enough for V8, which swaps in faster code only between calls. */
export const SLICE_WORDS = 1_000

const LONGEST_SENTENCE = 1_000
const PAGE = 65_536
const PARAMETERS = 2_048
const FIRST_FREE = 4_096

// Byte offsets; the same numbers stand in assembly/cbow.as.ts.
const PARAMETER = {
  input: 0,
  output: 4,
  row: 8,
  window: 12,
  negative: 16,
  keep: 20,
  noise: 24,
  words: 28,
  seedLow: 32,
  seedHigh: 36,
  flags: 40,
  learningRate: 48,
  totalWords: 56,
  wordsPerEpoch: 64,
} as const
const FLAG = { mean: 1, divided: 2, trainsInput: 4, trainsOutput: 8 } as const
const SCRATCH = {
  loss: 0,
  centres: 8,
  hidden: 16,
  tokens: 20,
  sentence: 24,
  positions: 28,
  drawn: 32,
  scores: 36,
  rows: 40,
  end: 64,
} as const

const aligned = (bytes: number) => Math.ceil(bytes / 64) * 64

/** Sizes of a thread's buffers. A few words more than needed, since the kernel loads and stores four at a time. */
function scratchSizes(row: number, negative: number) {
  const blocksPerCentre = Math.ceil((negative + 1) / 4)
  const words = (LONGEST_SENTENCE + 16) * 4
  return {
    hidden: aligned(row),
    tokens: aligned((SLICE_WORDS + LONGEST_SENTENCE) * 4),
    sentence: aligned(words),
    positions: aligned(words),
    drawn: aligned((LONGEST_SENTENCE * blocksPerCentre + 8) * 16),
    scores: aligned((negative + 16) * 4),
    rows: aligned((negative + 16) * 4),
  }
}

/** Lays out the memory of a run. */
export function kernelLayout(words: number, dimensions: number, negative: number, threads: number): KernelLayout {
  let bytes = FIRST_FREE
  const take = (size: number) => {
    const at = bytes
    bytes += aligned(size)
    return at
  }
  const row = Math.ceil(dimensions / 4) * 16
  const input = take(words * row)
  const output = take(words * row)
  const keep = take(words * 4)
  const noise = take(words * 8)
  const size = Object.values(scratchSizes(row, negative)).reduce((sum, part) => sum + part, SCRATCH.end)
  const scratch = Array.from({ length: threads }, () => take(size))
  return { row, input, output, keep, noise, scratch, bytes }
}

/** Shared memory for a layout, of at most {@link LARGEST_MEMORY} bytes, with its tables and no weights yet. */
export function kernelMemory(layout: KernelLayout, problem: KernelProblem): WebAssembly.Memory {
  const pages = Math.ceil(layout.bytes / PAGE)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const view = new DataView(memory.buffer, PARAMETERS)
  const set = (field: keyof typeof PARAMETER, value: number) => view.setUint32(PARAMETER[field], value, true)
  set('input', layout.input)
  set('output', layout.output)
  set('row', layout.row)
  set('window', problem.window)
  set('negative', problem.negative)
  set('keep', layout.keep)
  set('noise', layout.noise)
  set('words', problem.words)
  set('seedLow', problem.seed >>> 0)
  set('seedHigh', Math.floor(problem.seed / 2 ** 32))
  set('flags', flagsOf(problem))
  view.setFloat64(PARAMETER.learningRate, problem.learningRate, true)
  view.setFloat64(PARAMETER.totalWords, problem.totalWords, true)
  view.setFloat64(PARAMETER.wordsPerEpoch, problem.wordsPerEpoch, true)
  new Uint32Array(memory.buffer, layout.keep, problem.words).set(problem.keep)
  new Uint32Array(memory.buffer, layout.noise, problem.words * 2).set(problem.noise)
  for (const scratch of layout.scratch) setScratch(memory, scratch, scratchSizes(layout.row, problem.negative))
  return memory
}

function flagsOf(problem: KernelProblem): number {
  return (
    (problem.mean ? FLAG.mean : 0) +
    (problem.divided ? FLAG.divided : 0) +
    (problem.trainsInput ? FLAG.trainsInput : 0) +
    (problem.trainsOutput ? FLAG.trainsOutput : 0)
  )
}

function setScratch(memory: WebAssembly.Memory, scratch: number, sizes: ReturnType<typeof scratchSizes>): void {
  const view = new DataView(memory.buffer, scratch)
  let at = scratch + SCRATCH.end
  const set = (buffer: keyof typeof sizes) => {
    view.setUint32(SCRATCH[buffer], at, true)
    at += sizes[buffer]
  }
  set('hidden')
  set('tokens')
  set('sentence')
  set('positions')
  set('drawn')
  set('scores')
  set('rows')
}

/** Puts a matrix [V, D] into the kernel's memory, at the layout's `input` or `output`. */
export function putMatrix(
  memory: WebAssembly.Memory,
  at: number,
  row: number,
  matrix: Float32Array,
  dimensions: number,
) {
  const padded = row / 4
  const values = new Float32Array(memory.buffer, at, (matrix.length / dimensions) * padded)
  for (let from = 0, to = 0; from < matrix.length; from += dimensions, to += padded) {
    values.set(matrix.subarray(from, from + dimensions), to)
  }
}

/** A copy [V, D] of a matrix in the kernel's memory, without its padding. */
export function takeMatrix(memory: WebAssembly.Memory, at: number, row: number, words: number, dimensions: number) {
  const padded = row / 4
  const values = new Float32Array(memory.buffer, at, words * padded)
  const matrix = new Float32Array(words * dimensions)
  for (let word = 0; word < words; word++) {
    matrix.set(values.subarray(word * padded, word * padded + dimensions), word * dimensions)
  }
  return matrix
}

/** The compiled kernel; it can be handed to other threads. */
export async function loadKernelModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('./cbow.wasm', import.meta.url)))
}

/** The kernel as one thread sees it. */
export class CbowKernel {
  readonly #train: (parameters: number, scratch: number, words: number, position: number, epoch: number) => void
  readonly #scratch: number
  readonly #totals: DataView
  readonly #tokens: Uint32Array

  /** @param thread the number of the thread's scratch region; no two threads may use the same */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, layout: KernelLayout, thread: number) {
    const { train } = new WebAssembly.Instance(module, { env: { memory } }).exports
    if (typeof train !== 'function') throw new Error('cbow.wasm exports no train')
    this.#train = (...args) => train(...args)
    this.#scratch = layout.scratch[thread]
    this.#totals = new DataView(memory.buffer, this.#scratch, SCRATCH.end)
    const tokens = this.#totals.getUint32(SCRATCH.tokens, true)
    this.#tokens = new Uint32Array(memory.buffer, tokens, SLICE_WORDS + LONGEST_SENTENCE)
  }

  /**
   * Trains on the words from `start` to `end` - 1 of a corpus: whole sentences, fewer than 2,000 words.
   * @param words the encoded corpus [N], the highest bit set on the last word of each sentence
   * @param before words of the corpus that come before those given
   */
  train(words: Uint32Array, start: number, end: number, epoch: number, before = 0): void {
    this.#tokens.set(words.subarray(start, end))
    this.#train(PARAMETERS, this.#scratch, end - start, before + start, epoch)
  }

  /** Sum of the losses and number of the centres since it was last asked. */
  takeTotals(): { loss: number; centres: number } {
    const loss = this.#totals.getFloat64(SCRATCH.loss, true)
    const centres = this.#totals.getUint32(SCRATCH.centres, true)
    this.#totals.setFloat64(SCRATCH.loss, 0, true)
    this.#totals.setUint32(SCRATCH.centres, 0, true)
    return { loss, centres }
  }
}

import { readFile } from 'node:fs/promises'
import type { HuffmanTree } from './huffman-tree.js'

/** What one training run asks of the kernel. */
export interface KernelProblem {
  /** V. */
  readonly words: number
  /** D. */
  readonly dimensions: number
  readonly window: number
  /** Negatives of a centre; 0 where there is a tree. */
  readonly negative: number
  /** Hierarchical softmax over this tree, instead of negative sampling. */
  readonly tree?: HuffmanTree
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
  /** Bytes of a row: D float32, 15 to a cache line whose last number stays zero, zeros to the end of the last line. */
  readonly row: number
  readonly input: number
  readonly output: number
  readonly keep: number
  readonly noise: number
  /** Of the tree, where there is one. */
  readonly pathStarts: number
  readonly paths: number
  /** Output rows that a centre has at the most. */
  readonly longestList: number
  /** One scratch region for each thread. */
  readonly scratch: readonly number[]
  /** What threads share that train in lockstep. */
  readonly shared: number
  /** All of it. */
  readonly bytes: number
}

/** WebAssembly's addresses have 32 bits. */
export const LARGEST_MEMORY = 2 ** 32

/** A call's words: long enough to make the call cheap, short enough for V8, which swaps in faster code only between calls. */
export const SLICE_WORDS = 1_000

const LONGEST_SENTENCE = 1_000
const PAGE = 65_536
/** Centres whose updates are taken together where threads train in lockstep. */
const BATCH = 128
const PARAMETERS = 2_048
const FIRST_FREE = 4_096

// Byte offsets; the same numbers stand in assembly/layout.ts.
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
  longestList: 72,
  pathStarts: 76,
  paths: 80,
} as const
const FLAG = { mean: 1, divided: 2, trainsInput: 4, trainsOutput: 8, hierarchical: 16 } as const
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
  plan: 44,
  end: 64,
} as const

/** Numbers of a row that lie in one cache line: the 16th is the spare by which the kernel fetches a line. */
const PER_LINE = 15
const LINE = 16

const SHARED = { records: 64, lists: 64 } as const

const aligned = (bytes: number) => Math.ceil(bytes / 64) * 64

/** Sizes of a thread's buffers. A few words more than needed, since the kernel loads and stores four at a time. */
function scratchSizes(row: number, negative: number, longestList: number) {
  const list = listBytes(longestList)
  const blocksPerCentre = Math.ceil((negative + 1) / 4)
  const words = (SLICE_WORDS + LONGEST_SENTENCE + 16) * 4
  return {
    // h, e and a row of zeros.
    hidden: 3 * row,
    tokens: aligned((SLICE_WORDS + LONGEST_SENTENCE) * 4),
    sentence: aligned(words),
    positions: aligned(words),
    drawn: aligned((LONGEST_SENTENCE * blocksPerCentre + 8) * 16),
    scores: list,
    // Rows and signs of the present centre and of the next.
    rows: 4 * list,
    plan: aligned(4 * words),
  }
}

const listBytes = (longestList: number) => aligned((longestList + 16) * 4)

/** Lays out the memory of a run. */
export function kernelLayout(
  words: number,
  dimensions: number,
  negative: number,
  threads: number,
  tree?: HuffmanTree,
): KernelLayout {
  let bytes = FIRST_FREE
  const take = (size: number) => {
    const at = bytes
    bytes += aligned(size)
    return at
  }
  const row = Math.ceil(dimensions / PER_LINE) * LINE * 4
  const input = take(words * row)
  const output = take(words * row)
  const keep = take(words * 4)
  const noise = take(words * 8)
  const pathStarts = take(tree ? tree.starts.byteLength : 0)
  const paths = take(tree ? tree.nodes.byteLength : 0)
  const longestList = Math.max(negative + 1, tree?.depth ?? 0)
  const size = Object.values(scratchSizes(row, negative, longestList)).reduce((sum, part) => sum + part, SCRATCH.end)
  const scratch = Array.from({ length: threads }, () => take(size))
  const record = SHARED.lists + 3 * listBytes(longestList) + 2 * row
  const shared = take(SHARED.records + BATCH * record)
  return { row, input, output, keep, noise, pathStarts, paths, longestList, scratch, shared, bytes }
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
  set('longestList', layout.longestList)
  set('pathStarts', layout.pathStarts)
  set('paths', layout.paths)
  view.setFloat64(PARAMETER.learningRate, problem.learningRate, true)
  view.setFloat64(PARAMETER.totalWords, problem.totalWords, true)
  view.setFloat64(PARAMETER.wordsPerEpoch, problem.wordsPerEpoch, true)
  new Uint32Array(memory.buffer, layout.keep, problem.words).set(problem.keep)
  new Uint32Array(memory.buffer, layout.noise, problem.words * 2).set(problem.noise)
  if (problem.tree) putPaths(memory, layout, problem.tree)
  const sizes = scratchSizes(layout.row, problem.negative, layout.longestList)
  for (const scratch of layout.scratch) setScratch(memory, scratch, sizes)
  return memory
}

function flagsOf(problem: KernelProblem): number {
  return (
    (problem.mean ? FLAG.mean : 0) +
    (problem.divided ? FLAG.divided : 0) +
    (problem.trainsInput ? FLAG.trainsInput : 0) +
    (problem.trainsOutput ? FLAG.trainsOutput : 0) +
    (problem.tree ? FLAG.hierarchical : 0)
  )
}

/** The paths as the kernel reads them: the offset of each node's row, the turn in its lowest bit. */
function putPaths(memory: WebAssembly.Memory, layout: KernelLayout, { starts, nodes, turns }: HuffmanTree): void {
  new Uint32Array(memory.buffer, layout.pathStarts, starts.length).set(starts)
  const paths = new Uint32Array(memory.buffer, layout.paths, nodes.length)
  for (let i = 0; i < nodes.length; i++) paths[i] = nodes[i] * layout.row + turns[i]
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
  set('plan')
}

/** Puts a matrix [V, D] into the kernel's memory, at the layout's `input` or `output`. */
export function putMatrix(
  memory: WebAssembly.Memory,
  at: number,
  row: number,
  matrix: Float32Array,
  dimensions: number,
) {
  const values = new Float32Array(memory.buffer, at, (matrix.length / dimensions) * (row / 4))
  forEachLine(matrix.length / dimensions, dimensions, row, (from, to, length) => {
    for (let i = 0; i < length; i++) values[to + i] = matrix[from + i]
  })
}

/** A copy [V, D] of a matrix in the kernel's memory, without its padding. */
export function takeMatrix(memory: WebAssembly.Memory, at: number, row: number, words: number, dimensions: number) {
  const values = new Float32Array(memory.buffer, at, words * (row / 4))
  const matrix = new Float32Array(words * dimensions)
  forEachLine(words, dimensions, row, (from, to, length) => {
    for (let i = 0; i < length; i++) matrix[from + i] = values[to + i]
  })
  return matrix
}

/** Calls back with each line of each row: where it begins in a plain matrix and in the kernel's, and its numbers. */
function forEachLine(
  words: number,
  dimensions: number,
  row: number,
  line: (plain: number, padded: number, length: number) => void,
): void {
  for (let word = 0; word < words; word++) {
    for (let d = 0, to = word * (row / 4); d < dimensions; d += PER_LINE, to += LINE) {
      line(word * dimensions + d, to, Math.min(PER_LINE, dimensions - d))
    }
  }
}

/** The compiled kernel; it can be handed to other threads. */
export async function loadKernelModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('./cbow.wasm', import.meta.url)))
}

/** The kernel as one thread sees it. */
export class CbowKernel {
  readonly #exports: WebAssembly.Exports
  readonly #layout: KernelLayout
  readonly #thread: number
  readonly #totals: DataView
  readonly #tokens: Uint32Array

  /** @param thread the number of the thread's scratch region; no two threads may use the same */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, layout: KernelLayout, thread: number) {
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports
    this.#layout = layout
    this.#thread = thread
    this.#totals = new DataView(memory.buffer, layout.scratch[thread], SCRATCH.end)
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
    this.#call('train', PARAMETERS, this.#layout.scratch[this.#thread], end - start, before + start, epoch)
  }

  /**
   * The same in lockstep with the threads of all scratch regions, which must be called with the same words: updates are
   * taken in batches of {@link BATCH} centres, and the bytes do not depend on the number of threads. Returns when all
   * are done; the totals are those of thread 0.
   */
  trainTogether(words: Uint32Array, start: number, end: number, epoch: number, before = 0): void {
    this.#tokens.set(words.subarray(start, end))
    const { scratch, shared } = this.#layout
    const thread = this.#thread
    const position = before + start
    this.#call(
      'trainTogether',
      PARAMETERS,
      scratch[thread],
      shared,
      end - start,
      position,
      epoch,
      thread,
      scratch.length,
    )
  }

  #call(name: 'train' | 'trainTogether', ...args: number[]): void {
    const call = this.#exports[name]
    if (typeof call !== 'function') throw new Error(`cbow.wasm exports no ${name}`)
    call(...args)
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

import type { HuffmanTree } from './huffman-tree.js'

/** What one training run asks of the kernel. */
export interface KernelProblem {
  /** V. */
  readonly words: number
  /** D. */
  readonly dimensions: number
  readonly window: number
  /** Negatives of a centre; 0 where there is a tree, and with softmax. */
  readonly negative: number
  /** Hierarchical softmax over this tree, instead of negative sampling. */
  readonly tree?: HuffmanTree
  /** Softmax over all words, instead of negative sampling. */
  readonly softmax: boolean
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
  /** Places of a list of output rows: as many as a centre has at the most, and at least as many as fill up fours. */
  readonly listSlots: number
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

/** Of the encoded corpus. */
export const LONGEST_SENTENCE = 1_000
const PAGE = 65_536
/** Centres whose draws and lists are made together; where threads train in lockstep, also their updates. */
const BATCH = 128
const POOL_SIZE = 256
/** Where a run's parameters lie. */
export const PARAMETERS = 2_048
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
  listSlots: 72,
  pathStarts: 76,
  paths: 80,
  columns: 84,
} as const
const FLAG = { mean: 1, divided: 2, trainsInput: 4, trainsOutput: 8, hierarchical: 16, softmax: 32 } as const
export const SCRATCH = {
  loss: 0,
  centres: 8,
  hidden: 16,
  tokens: 20,
  sentence: 24,
  positions: 28,
  drawn: 32,
  scores: 36,
  lists: 40,
  plan: 44,
  pool: 48,
  end: 128,
} as const

/** Numbers of a row that lie in one cache line: the 16th is the spare by which the kernel fetches a line. */
export const PER_LINE = 15
export const LINE = 16

const SHARED = { records: 64, list: 64 } as const

const aligned = (bytes: number) => Math.ceil(bytes / 64) * 64

/** How many times four numbers of a row may differ from zero. */
const columnsOf = (dimensions: number) => Math.ceil((dimensions + Math.ceil(dimensions / PER_LINE) - 1) / 4)

/** What the size of the memory depends on. */
export type KernelShape = Pick<KernelProblem, 'words' | 'dimensions' | 'negative' | 'tree' | 'softmax'>

/** Places of the longest list; the kernel writes scores four or eight at a time, from every sixth on. */
function slotsOf({ words, negative, tree, softmax }: KernelShape): number {
  const longest = softmax ? words : Math.max(negative + 1, tree?.depth ?? 0)
  return longest <= 6 ? 8 : 4 * Math.ceil((longest + 3) / 4)
}

/** Sizes of a thread's buffers. A few words more than needed, since the kernel loads and stores four at a time. */
function scratchSizes(row: number, shape: KernelShape) {
  const slots = slotsOf(shape)
  const words = (SLICE_WORDS + LONGEST_SENTENCE + 16) * 4
  const blocksPerCentre = Math.ceil((4 + shape.negative) / 16)
  return {
    // h, e and a row of zeros.
    hidden: 3 * row,
    tokens: aligned((SLICE_WORDS + LONGEST_SENTENCE) * 4),
    sentence: aligned(words),
    positions: aligned(words),
    // A number for each word of a sentence, or blocks for each centre of a batch.
    drawn: Math.max(aligned(4 * (LONGEST_SENTENCE + 32)), aligned(16 * BATCH * blocksPerCentre + 64)),
    scores: aligned(4 * slots),
    // Rows and weights of each centre of a batch; with softmax the same rows for all.
    lists: aligned(shape.softmax ? 4 * slots : 2 * 4 * slots * BATCH),
    plan: aligned(4 * words),
    pool: 4 * POOL_SIZE,
  }
}

/**
 * Lays out the memory of a run.
 * @param lockstep the threads shall train together, see `CbowKernel.trainTogether`
 */
export function kernelLayout(shape: KernelShape, threads: number, lockstep: boolean): KernelLayout {
  const { words, dimensions, tree } = shape
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
  const listSlots = slotsOf(shape)
  const size = Object.values(scratchSizes(row, shape)).reduce((sum, part) => sum + part, SCRATCH.end)
  const scratch = Array.from({ length: threads }, () => take(size))
  const record = SHARED.list + 3 * 4 * listSlots + 2 * row
  const shared = take(lockstep ? SHARED.records + BATCH * record : 0)
  return { row, input, output, keep, noise, pathStarts, paths, listSlots, scratch, shared, bytes }
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
  set('listSlots', layout.listSlots)
  set('pathStarts', layout.pathStarts)
  set('paths', layout.paths)
  set('columns', columnsOf(problem.dimensions))
  view.setFloat64(PARAMETER.learningRate, problem.learningRate, true)
  view.setFloat64(PARAMETER.totalWords, problem.totalWords, true)
  view.setFloat64(PARAMETER.wordsPerEpoch, problem.wordsPerEpoch, true)
  new Uint32Array(memory.buffer, layout.keep, problem.words).set(problem.keep)
  new Uint32Array(memory.buffer, layout.noise, problem.words * 2).set(problem.noise)
  if (problem.tree) putPaths(memory, layout, problem.tree)
  const sizes = scratchSizes(layout.row, problem)
  for (const scratch of layout.scratch) setScratch(memory, scratch, sizes)
  return memory
}

function flagsOf(problem: KernelProblem): number {
  return (
    (problem.mean ? FLAG.mean : 0) +
    (problem.divided ? FLAG.divided : 0) +
    (problem.trainsInput ? FLAG.trainsInput : 0) +
    (problem.trainsOutput ? FLAG.trainsOutput : 0) +
    (problem.tree ? FLAG.hierarchical : 0) +
    (problem.softmax ? FLAG.softmax : 0)
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
  set('lists')
  set('plan')
  set('pool')
}

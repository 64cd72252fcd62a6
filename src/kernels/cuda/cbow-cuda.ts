import { UserError } from '../../base/errors.js'
import type { Handle } from './driver.js'
import type { Gpu, Launch } from './gpu.js'
import { kernelFor, LANES, paddedRows, rowLength, takePadding } from './rows.js'

/** What training by CBOW with negative sampling is to do. */
export interface CudaProblem {
  /** V. */
  readonly words: number
  /** D, at most 1,024. */
  readonly dimensions: number
  readonly window: number
  readonly negative: number
  /** [V] and [V, 2], see `cbow/draws.ts`. */
  readonly keep: Uint32Array
  readonly noise: Uint32Array
  readonly seed: number
  /** Context words are averaged. */
  readonly mean: boolean
  /** Each context word takes e / C. */
  readonly divided: boolean
  readonly trainsInput: boolean
  readonly trainsOutput: boolean
  readonly learningRate: number
  /** N, and that of all epochs. */
  readonly wordsPerEpoch: number
  readonly totalWords: number
  /** Words of a chunk, to which losses are counted. */
  readonly chunkWords: number
  /** Most words of a sentence. */
  readonly longestSentence: number
}

/** Sentences that begin at positions `from` to `to` - 1 of an epoch; `from` is where a chunk begins. */
export interface Stretch {
  readonly epoch: number
  readonly from: number
  readonly to: number
}

/** Warps that train at one time. */
export interface Grid {
  readonly blocks: number
  /** At most 4. */
  readonly warpsOfBlock: number
}

/** Losses and centres of each chunk of a stretch. */
export interface StretchTotals {
  readonly loss: Float64Array
  readonly centres: Uint32Array
}

/** Memory for words, with the marks that it is filled and that it is read. */
interface Buffer {
  readonly address: Handle
  readonly filled: Handle
  readonly read: Handle
}

/** The same in problem.cuh, segment.cuh and draws.cuh. */
const FLAG = { mean: 1, divided: 2, trainsInput: 4, trainsOutput: 8 } as const
const PROBLEM_BYTES = 160
const SEGMENT = 128
const MOST_DRAWN = 128
const FLOAT = Float32Array.BYTES_PER_ELEMENT
const WORD = Uint32Array.BYTES_PER_ELEMENT
/** Left free: what the driver needs for itself, and other small things. */
const RESERVE = 64 * 2 ** 20
/** Most words of a buffer that a corpus streams through. */
const MOST_BUFFER_WORDS = 2 ** 26

/** Of a matrix that is read at one time. */
const BLOCK_BYTES = 2 ** 26

type MatrixName = 'input' | 'output'

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2)

/** Bytes of GPU memory for two matrices, the tables of the draws, and a corpus (or two buffers) of so many words. */
export function cudaBytes(words: number, dimensions: number, corpusWords: number): number {
  return 2 * words * rowLength(dimensions) * FLOAT + 3 * words * WORD + corpusWords * WORD
}

/**
 * A CBOW model on a GPU, and the corpus it is trained on: there as a whole if it fits, else in pieces through two buffers,
 * one filled while the kernel reads the other.
 */
export class CbowCuda {
  readonly #gpu: Gpu
  readonly #problem: CudaProblem
  readonly #row: number
  readonly #kernel: Handle
  readonly #launch: Launch
  readonly #compute: Handle
  readonly #copy: Handle
  readonly #matrices: { readonly input: Handle; readonly output: Handle }
  readonly #keep: Handle
  readonly #noise: Handle
  readonly #buffers: Buffer[]
  /** Words of a buffer. */
  readonly #capacity: number
  /** The first position of the words that the only buffer holds, when it holds any. */
  #resident: number | undefined
  #turn = 0
  #results: { address: Handle; bytes: number } | undefined

  /**
   * @param grid one warp trains word by word, as the reference does; each more may train another centre meanwhile
   * @throws UserError when the GPU's memory does not suffice, before any is taken
   */
  constructor(gpu: Gpu, problem: CudaProblem, grid: Grid) {
    this.#gpu = gpu
    this.#problem = problem
    this.#row = rowLength(problem.dimensions)
    const buffers = bufferPlan(gpu, problem)
    this.#capacity = buffers.words
    const draws = problem.negative + 1
    const together = Math.max(1, Math.floor(MOST_DRAWN / draws))
    const sharedWords = 3 * (SEGMENT + 2 * problem.window) + draws + together * draws
    this.#launch = {
      blocks: grid.blocks,
      threads: grid.warpsOfBlock * LANES,
      sharedBytes: grid.warpsOfBlock * sharedWords * WORD,
    }
    this.#kernel = gpu.kernel(kernelFor('trainCbow', problem.dimensions), this.#launch)
    this.#compute = gpu.stream()
    this.#copy = gpu.stream()
    const bytes = problem.words * this.#row * FLOAT
    this.#matrices = { input: gpu.allocate(bytes), output: gpu.allocate(bytes) }
    this.#keep = gpu.allocateFor(problem.keep, this.#compute)
    this.#noise = gpu.allocateFor(problem.noise, this.#compute)
    this.#buffers = Array.from({ length: buffers.count }, () => ({
      address: gpu.allocate(this.#capacity * WORD),
      filled: gpu.event(),
      read: gpu.event(),
    }))
  }

  /** Whether the whole corpus lies on the GPU. */
  get isResident(): boolean {
    return this.#buffers.length === 1
  }

  /**
   * Trains one stretch.
   * @param words the encoded corpus from position `first` on: one word before the stretch, all of its sentences
   */
  async train(words: Uint32Array, first: number, { epoch, from, to }: Stretch): Promise<StretchTotals> {
    const { chunkWords, longestSentence } = this.#problem
    const chunks = Math.ceil((to - from) / chunkWords)
    const pieceWords = this.isResident
      ? Infinity
      : Math.floor((this.#capacity - longestSentence - 1) / chunkWords) * chunkWords
    const pieces: Stretch[] = []
    for (let at = from; at < to; at += pieceWords) pieces.push({ epoch, from: at, to: Math.min(to, at + pieceWords) })
    const at = this.#clearResults(chunks, pieces.length)
    pieces.forEach((piece, i) => {
      const before = (piece.from - from) / chunkWords
      const held = this.#hold(words, first, piece)
      this.#start(piece, held, {
        loss: at.loss + BigInt(8 * before),
        centres: at.centres + BigInt(4 * before),
        next: at.next + BigInt(4 * i),
      })
      this.#gpu.record(this.#buffers[this.#turn].read, this.#compute)
      this.#turn = (this.#turn + 1) % this.#buffers.length
    })
    await this.#gpu.finished(this.#compute)
    const totals = { loss: new Float64Array(chunks), centres: new Uint32Array(chunks) }
    this.#gpu.download(totals.loss, at.loss, this.#compute)
    this.#gpu.download(totals.centres, at.centres, this.#compute)
    this.#gpu.finish(this.#compute)
    return totals
  }

  /** Sets rows of a matrix, from row `first` on. */
  putRows(matrix: MatrixName, first: number, rows: Float32Array): void {
    this.#gpu.upload(this.#addressOf(matrix, first), paddedRows(rows, this.#problem.dimensions), this.#compute)
  }

  /** Reads rows of a matrix, from row `first` on. */
  readRows(matrix: MatrixName, first: number, into: Float32Array): void {
    const { dimensions } = this.#problem
    const padded = new Float32Array((into.length / dimensions) * this.#row)
    this.#gpu.download(padded, this.#addressOf(matrix, first), this.#compute)
    this.#gpu.finish(this.#compute)
    takePadding(padded, dimensions, into)
  }

  /** A copy of a matrix [V, D]. */
  matrix(matrix: MatrixName): Float32Array {
    const { words, dimensions } = this.#problem
    const whole = new Float32Array(words * dimensions)
    const block = Math.max(1, Math.floor(BLOCK_BYTES / (this.#row * FLOAT)))
    for (let first = 0; first < words; first += block) {
      this.readRows(matrix, first, whole.subarray(first * dimensions, (first + block) * dimensions))
    }
    return whole
  }

  #addressOf(matrix: MatrixName, row: number): Handle {
    return this.#matrices[matrix] + BigInt(row * this.#row * FLOAT)
  }

  /** Zeros for the losses and centres of all chunks, and for each launch's count of segments. */
  #clearResults(chunks: number, launches: number): { loss: Handle; centres: Handle; next: Handle } {
    const bytes = 12 * chunks + 4 * launches
    if (this.#results === undefined || this.#results.bytes < bytes) {
      if (this.#results) this.#gpu.free(this.#results.address)
      this.#results = { address: this.#gpu.allocate(2 * bytes), bytes: 2 * bytes }
    }
    this.#gpu.clear(this.#results.address, bytes, this.#compute)
    const loss = this.#results.address
    const centres = loss + BigInt(8 * chunks)
    return { loss, centres, next: centres + BigInt(4 * chunks) }
  }

  /** Puts the words of a piece on the GPU, if they are not there; the first position in the buffer, and that after it. */
  #hold(words: Uint32Array, first: number, { from, to }: Stretch): { first: number; end: number } {
    const { longestSentence, wordsPerEpoch } = this.#problem
    const buffer = this.#buffers[this.#turn]
    if (this.isResident) {
      if (this.#resident !== first) this.#fill(buffer, words)
      this.#resident = first
      return { first, end: Math.min(wordsPerEpoch, first + words.length) }
    }
    const begin = Math.max(0, from - 1)
    const end = Math.min(wordsPerEpoch, to + longestSentence)
    this.#fill(buffer, words.subarray(begin - first, end - first))
    return { first: begin, end }
  }

  /** After the kernel that reads the buffer now, before the one that is launched next. */
  #fill({ address, filled, read }: Buffer, words: Uint32Array): void {
    this.#gpu.waitFor(read, this.#copy)
    this.#gpu.upload(address, words, this.#copy)
    this.#gpu.record(filled, this.#copy)
    this.#gpu.waitFor(filled, this.#compute)
  }

  #start(
    { epoch, from, to }: Stretch,
    held: { first: number; end: number },
    at: { loss: Handle; centres: Handle; next: Handle },
  ): void {
    const problem = this.#problem
    const buffer = this.#buffers[this.#turn]
    // The last sentence may end in a segment beyond `to`.
    const words = Math.min(held.end, to + problem.longestSentence) - from
    const view = new DataView(new ArrayBuffer(PROBLEM_BYTES))
    let offset = 0
    const { input, output } = this.#matrices
    for (const address of [input, output, buffer.address, this.#keep, this.#noise, at.next, at.loss]) {
      view.setBigUint64(offset, address, true)
      offset += 8
    }
    for (const value of [at.centres, held.first, from, to, held.end]) {
      view.setBigUint64(offset, BigInt(value), true)
      offset += 8
    }
    for (const value of [problem.learningRate, problem.totalWords, epoch * problem.wordsPerEpoch]) {
      view.setFloat64(offset, value, true)
      offset += 8
    }
    for (const value of [
      Math.ceil(words / SEGMENT),
      problem.chunkWords,
      epoch,
      problem.seed % 2 ** 32,
      Math.floor(problem.seed / 2 ** 32),
      problem.words,
      problem.window,
      problem.negative,
      this.#row / 4,
      flagsOf(problem),
    ]) {
      view.setUint32(offset, value, true)
      offset += 4
    }
    this.#gpu.launch(this.#kernel, this.#launch, view, this.#compute)
  }
}

function flagsOf({ mean, divided, trainsInput, trainsOutput }: CudaProblem): number {
  return (
    (mean ? FLAG.mean : 0) +
    (divided ? FLAG.divided : 0) +
    (trainsInput ? FLAG.trainsInput : 0) +
    (trainsOutput ? FLAG.trainsOutput : 0)
  )
}

/**
 * How the corpus is held: as a whole, or in two buffers.
 * @throws UserError when not even two small buffers fit beside the model
 */
function bufferPlan(gpu: Gpu, problem: CudaProblem): { count: 1 | 2; words: number } {
  const { words, dimensions, wordsPerEpoch, chunkWords, longestSentence } = problem
  const { free, total } = gpu.memory()
  const left = free - RESERVE - cudaBytes(words, dimensions, 0)
  if (wordsPerEpoch * WORD <= left) return { count: 1, words: wordsPerEpoch }
  const least = chunkWords + longestSentence + 1
  const buffer = Math.min(MOST_BUFFER_WORDS, Math.floor(left / (2 * WORD)))
  if (buffer >= least) return { count: 2, words: buffer }
  const needed = cudaBytes(words, dimensions, Math.min(wordsPerEpoch, 2 * least)) + RESERVE
  throw new UserError(
    `${words} words of ${dimensions} dimensions need ${gib(needed)} GiB of GPU memory, ${gpu.name} has ` +
      `${gib(free)} GiB free of ${gib(total)}; raise --min-count, set --max-vocabulary or lower --dimensions`,
  )
}

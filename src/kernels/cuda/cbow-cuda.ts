import { type CudaProblem, problemBytes, type Stretch, sharedBytesOfWarp } from './cbow-problem.js'
import { CorpusOnGpu, planBuffers } from './corpus-on-gpu.js'
import type { Handle } from './driver.js'
import type { Gpu, Launch } from './gpu.js'
import { kernelFor, LANES, paddedRows, rowLength, takePadding } from './rows.js'
import { Scratch } from './scratch.js'

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

const FLOAT = Float32Array.BYTES_PER_ELEMENT
const WORD = Uint32Array.BYTES_PER_ELEMENT
/** Of a matrix that is read at one time. */
const BLOCK_BYTES = 2 ** 26

type MatrixName = 'input' | 'output'

/** A CBOW model on a GPU, and the corpus it is trained on: there as a whole if it fits, else streaming by. */
export class CbowCuda {
  readonly #gpu: Gpu
  readonly #problem: CudaProblem
  readonly #row: number
  readonly #kernel: Handle
  readonly #launch: Launch
  readonly #stream: Handle
  readonly #matrices: { readonly input: Handle; readonly output: Handle }
  readonly #tables: { readonly keep: Handle; readonly noise: Handle }
  readonly #corpus: CorpusOnGpu
  readonly #results: Scratch

  /**
   * @param grid one warp trains word by word, as the reference does; each more may train another centre meanwhile
   * @throws UserError when the GPU's memory does not suffice, before any is taken
   */
  constructor(gpu: Gpu, problem: CudaProblem, grid: Grid) {
    this.#gpu = gpu
    this.#problem = problem
    this.#row = rowLength(problem.dimensions)
    const plan = planBuffers(gpu, problem)
    this.#launch = {
      blocks: grid.blocks,
      threads: grid.warpsOfBlock * LANES,
      sharedBytes: grid.warpsOfBlock * sharedBytesOfWarp(problem),
    }
    this.#kernel = gpu.kernel(kernelFor('trainCbow', problem.dimensions), this.#launch)
    this.#stream = gpu.stream()
    const bytes = problem.words * this.#row * FLOAT
    this.#matrices = { input: gpu.allocate(bytes), output: gpu.allocate(bytes) }
    this.#tables = {
      keep: gpu.allocateFor(problem.keep, this.#stream),
      noise: gpu.allocateFor(problem.noise, this.#stream),
    }
    this.#corpus = new CorpusOnGpu(gpu, problem, plan, this.#stream)
    this.#results = new Scratch(gpu)
  }

  /** Whether the whole corpus lies on the GPU. */
  get isResident(): boolean {
    return this.#corpus.isResident
  }

  /**
   * Trains one stretch.
   * @param words the encoded corpus from position `first` on: one word before the stretch, all of its sentences
   */
  async train(words: Uint32Array, first: number, stretch: Stretch): Promise<StretchTotals> {
    const { chunkWords } = this.#problem
    const chunks = Math.ceil((stretch.to - stretch.from) / chunkWords)
    const pieces = this.#corpus.piecesOf(stretch)
    const sizes = [8 * chunks, WORD * chunks, WORD * pieces.length]
    const [loss, centres, next] = this.#results.take(...sizes)
    for (const [i, address] of [loss, centres, next].entries()) this.#gpu.clear(address, sizes[i], this.#stream)
    pieces.forEach((piece, i) => {
      const before = (piece.from - stretch.from) / chunkWords
      const problem = problemBytes(this.#problem, piece, this.#corpus.hold(words, first, piece), {
        ...this.#matrices,
        ...this.#tables,
        next: next + BigInt(WORD * i),
        loss: loss + BigInt(8 * before),
        centres: centres + BigInt(WORD * before),
      })
      this.#gpu.launch(this.#kernel, this.#launch, problem, this.#stream)
      this.#corpus.handOver()
    })
    await this.#gpu.finished(this.#stream)
    const totals = { loss: new Float64Array(chunks), centres: new Uint32Array(chunks) }
    this.#gpu.download(totals.loss, loss, this.#stream)
    this.#gpu.download(totals.centres, centres, this.#stream)
    this.#gpu.finish(this.#stream)
    return totals
  }

  /** Sets rows of a matrix, from row `first` on. */
  putRows(matrix: MatrixName, first: number, rows: Float32Array): void {
    this.#gpu.upload(this.#addressOf(matrix, first), paddedRows(rows, this.#problem.dimensions), this.#stream)
  }

  /** Reads rows of a matrix, from row `first` on. */
  readRows(matrix: MatrixName, first: number, into: Float32Array): void {
    const { dimensions } = this.#problem
    const padded = new Float32Array((into.length / dimensions) * this.#row)
    this.#gpu.download(padded, this.#addressOf(matrix, first), this.#stream)
    this.#gpu.finish(this.#stream)
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
}

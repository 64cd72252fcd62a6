import type { Handle } from './driver.js'
import type { Gpu } from './gpu.js'
import { kernelFor, LANES, paddedRows, rowLength, takePadding } from './rows.js'

/** A victim whose logits are output · pool(embedded) + bias. */
export interface LinearParts {
  /** [V, D]. */
  readonly embeddings: Float32Array
  /** [K, D]. */
  readonly output: Float32Array
  /** [K]. */
  readonly bias: Float32Array
  readonly dimensions: number
  readonly pooling: 'mean' | 'sum'
}

/** B texts as numbers of words; text b is ids[offsets[b]] to ids[offsets[b + 1] - 1], at least one. */
export interface TextIds {
  readonly ids: Uint32Array
  /** [B + 1]. */
  readonly offsets: Uint32Array
  /** [B], numbers of labels. */
  readonly labels: Uint32Array
}

/** What is read of B texts. All positions of a text have the same row. */
export interface TextRows {
  /** [B]: the loss, or the margin that was reached. */
  readonly loss: Float32Array
  /** [B, D]: the gradient with respect to each embedded word, or what is added to each. */
  readonly rows: Float32Array
}

/** The best words of Q queries, [Q, best], the best first. */
export interface RankedRows {
  readonly words: Uint32Array
  readonly scores: Float32Array
}

export interface Climb {
  readonly norm: 'l2' | 'linf'
  /** Of the ball, all positions jointly. */
  readonly epsilon: number
  readonly steps: number
  /** Of a step, in the norm. */
  readonly stepLength: number
  readonly objective: 'cross-entropy' | 'margin'
}

/** Most words that are ranked for a query. */
export const MOST_BEST = LANES

/** The same in texts.cuh. */
const FLAG = { averaged: 1, margin: 2, roundBall: 4 } as const
const TEXTS_BYTES = 128
const SHARED_WORDS = 8
const WARPS_OF_BLOCK = 4
const BLOCKS_OF_PROCESSOR = 8
/** Of the texts' answers, where the loss is. */
const NONE = 0n

/** Device memory of texts, kept while they are read again and again. */
export interface HeldTexts {
  readonly count: number
  readonly addresses: readonly Handle[]
  readonly ids: Handle
  readonly offsets: Handle
  readonly labels: Handle
  readonly loss: Handle
  readonly rows: Handle
}

/** What a launch reads that works on rows. */
const NO_TEXTS = { ids: NONE, offsets: NONE, labels: NONE, loss: NONE }

/** What a launch is told beside its texts. */
interface Settings {
  readonly flags?: number
  readonly best?: number
  readonly steps?: number
  readonly epsilon?: number
  readonly stepLength?: number
  readonly words?: Handle
  readonly scores?: Handle
}

/** A linear victim on a GPU, read only: logits, closed-form gradients, first-order scores, projected gradient steps. */
export class LinearCuda {
  readonly #gpu: Gpu
  readonly #row: number
  readonly #stream: Handle
  readonly #embeddings: Handle
  readonly #output: Handle
  readonly #bias: Handle
  readonly #next: Handle

  constructor(
    gpu: Gpu,
    readonly parts: LinearParts,
  ) {
    const { embeddings, output, bias, dimensions } = parts
    this.#gpu = gpu
    this.#row = rowLength(dimensions)
    this.#stream = gpu.stream()
    this.#embeddings = gpu.allocateFor(paddedRows(embeddings, dimensions), this.#stream)
    this.#output = gpu.allocateFor(paddedRows(output, dimensions), this.#stream)
    this.#bias = gpu.allocateFor(bias, this.#stream)
    this.#next = gpu.allocate(4)
  }

  /** Puts texts on the GPU, with room for what is read of them. */
  hold({ ids, offsets, labels }: TextIds): HeldTexts {
    const addresses = [ids, offsets, labels].map((values) => this.#gpu.allocateFor(values, this.#stream))
    const count = labels.length
    const loss = this.#gpu.allocate(4 * count)
    const rows = this.#gpu.allocate(4 * count * this.#row)
    return {
      count,
      addresses: [...addresses, loss, rows],
      ids: addresses[0],
      offsets: addresses[1],
      labels: addresses[2],
      loss,
      rows,
    }
  }

  release(texts: HeldTexts): void {
    for (const address of texts.addresses) this.#gpu.free(address)
  }

  /** Reads the loss of each text and its gradient, which stay on the GPU. */
  readGradients(texts: HeldTexts, objective: 'cross-entropy' | 'margin'): Promise<void> {
    return this.#run('readGradients', texts, { flags: objective === 'margin' ? FLAG.margin : 0 })
  }

  /** Attacks each text by projected gradient steps; what is added to its words stays on the GPU. */
  climb(texts: HeldTexts, { norm, epsilon, steps, stepLength, objective }: Climb): Promise<void> {
    const flags = (objective === 'margin' ? FLAG.margin : 0) + (norm === 'l2' ? FLAG.roundBall : 0)
    return this.#run('climb', texts, { flags, steps, epsilon, stepLength })
  }

  /** What was read last. */
  answers(texts: HeldTexts): TextRows {
    const loss = new Float32Array(texts.count)
    const padded = new Float32Array(texts.count * this.#row)
    this.#gpu.download(loss, texts.loss, this.#stream)
    this.#gpu.download(padded, texts.rows, this.#stream)
    this.#gpu.finish(this.#stream)
    const rows = new Float32Array(texts.count * this.parts.dimensions)
    takePadding(padded, this.parts.dimensions, rows)
    return { loss, rows }
  }

  /**
   * The words of the whole vocabulary whose embeddings have the highest products with each query.
   * @param queries [Q, D]
   * @param best how many, at most {@link MOST_BEST} and V
   */
  async bestWords(queries: Float32Array, best: number): Promise<RankedRows> {
    const take = this.#beginRanking(queries, best)
    await this.#gpu.finished(this.#stream)
    return take()
  }

  /** The same; the program waits. */
  bestWordsNow(queries: Float32Array, best: number): RankedRows {
    return this.#beginRanking(queries, best)()
  }

  /** Logits [B, K] of pooled vectors [B, D]; the program waits. */
  logits(pooled: Float32Array): Float32Array {
    const count = pooled.length / this.parts.dimensions
    const logits = new Float32Array(count * this.parts.bias.length)
    const rows = this.#gpu.allocateFor(paddedRows(pooled, this.parts.dimensions), this.#stream)
    const scores = this.#gpu.allocate(logits.byteLength)
    this.#start('takeLogits', { ...NO_TEXTS, count, rows }, { scores })
    this.#gpu.download(logits, scores, this.#stream)
    this.#endWith(rows, scores)
    return logits
  }

  /** U^T w for each of the weights w of the logits [B, K]: [B, D]; the program waits. */
  pullBack(weights: Float32Array): Float32Array {
    const count = weights.length / this.parts.bias.length
    const padded = new Float32Array(count * this.#row)
    const scores = this.#gpu.allocateFor(weights, this.#stream)
    const rows = this.#gpu.allocate(padded.byteLength)
    this.#start('pullBack', { ...NO_TEXTS, count, rows }, { scores })
    this.#gpu.download(padded, rows, this.#stream)
    this.#endWith(rows, scores)
    const gradients = new Float32Array(count * this.parts.dimensions)
    takePadding(padded, this.parts.dimensions, gradients)
    return gradients
  }

  /** Launches the ranking; what comes back waits for it. */
  #beginRanking(queries: Float32Array, best: number): () => RankedRows {
    const { dimensions } = this.parts
    const count = queries.length / dimensions
    const rows = this.#gpu.allocateFor(paddedRows(queries, dimensions), this.#stream)
    const answers = [this.#gpu.allocate(4 * count * best), this.#gpu.allocate(4 * count * best)]
    this.#start('bestWords', { ...NO_TEXTS, count, rows }, { best, words: answers[0], scores: answers[1] })
    return () => {
      const [words, scores] = [new Uint32Array(count * best), new Float32Array(count * best)]
      this.#gpu.download(words, answers[0], this.#stream)
      this.#gpu.download(scores, answers[1], this.#stream)
      this.#endWith(rows, ...answers)
      return { words, scores }
    }
  }

  /** Waits for what was launched, and frees what it had. */
  #endWith(...addresses: Handle[]): void {
    this.#gpu.finish(this.#stream)
    for (const address of addresses) this.#gpu.free(address)
  }

  async #run(name: 'readGradients' | 'climb', texts: HeldTexts, set: Settings): Promise<void> {
    this.#start(name, texts, set)
    await this.#gpu.finished(this.#stream)
  }

  #start(
    name: 'readGradients' | 'takeLogits' | 'pullBack' | 'bestWords' | 'climb',
    texts: Omit<HeldTexts, 'addresses'>,
    set: Settings,
  ): void {
    const { embeddings, bias, dimensions, pooling } = this.parts
    const view = new DataView(new ArrayBuffer(TEXTS_BYTES))
    const { ids, offsets, labels, loss, rows, count } = texts
    const addresses = [this.#embeddings, this.#output, this.#bias, ids, offsets, labels, this.#next, loss, rows]
    ;[...addresses, set.words ?? NONE, set.scores ?? NONE].forEach((address, i) => {
      view.setBigUint64(8 * i, address, true)
    })
    const flags = (pooling === 'mean' ? FLAG.averaged : 0) + (set.flags ?? 0)
    const numbers = [
      count,
      embeddings.length / dimensions,
      bias.length,
      this.#row / 4,
      flags,
      set.best ?? 0,
      set.steps ?? 0,
    ]
    numbers.forEach((value, i) => {
      view.setUint32(88 + 4 * i, value, true)
    })
    view.setFloat32(116, set.epsilon ?? 0, true)
    view.setFloat32(120, set.stepLength ?? 0, true)
    const sharedBytes = 4 * SHARED_WORDS * WARPS_OF_BLOCK
    const kernel = this.#gpu.kernel(kernelFor(name, dimensions), { sharedBytes })
    this.#gpu.clear(this.#next, 4, this.#stream)
    const launch = { blocks: BLOCKS_OF_PROCESSOR * this.#gpu.processors, threads: WARPS_OF_BLOCK * LANES, sharedBytes }
    this.#gpu.launch(kernel, launch, view, this.#stream)
  }
}

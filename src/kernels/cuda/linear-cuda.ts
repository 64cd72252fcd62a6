import type { Handle } from './driver.js'
import type { Gpu } from './gpu.js'
import { bestOfParts, type RankedRows } from './ranked-rows.js'
import { kernelFor, LANES, paddedRows, rowLength, takePadding } from './rows.js'
import { Scratch } from './scratch.js'
import { type TextsKernel, type TextsLaunch, textsBytes, type VictimAddresses } from './texts-problem.js'

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
  /** [B], for the margin: the labels held against those; the highest other ones unless given. */
  readonly rivals?: Uint32Array
}

/** What is read of B texts. All positions of a text have the same row. */
export interface TextRows {
  /** [B]: the loss, or the margin that was reached. */
  readonly loss: Float32Array
  /** [B, D]: the gradient with respect to each embedded word, or what is added to each. */
  readonly rows: Float32Array
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

/** Queries, how many warps share the words of each, and the memory that this takes. */
interface Ranking {
  readonly queries: Float32Array
  readonly count: number
  readonly parts: number
  readonly best: number
  /** Of the queries, and of the words and scores that come back. */
  readonly bytes: readonly number[]
}

/** Most words that are ranked for a query. */
export const MOST_BEST = LANES

const WARPS_OF_BLOCK = 4
const BLOCKS_OF_PROCESSOR = 8
/** The same in attacks.cu: words of shared memory of a warp. */
const ATTACK_WORDS = 8
/** Rows that are worth a warp. */
const LEAST_OF_PART = 512
const SHARED_BYTES = 4 * ATTACK_WORDS * WARPS_OF_BLOCK

/** Device memory of texts, kept while they are read again and again. */
export interface HeldTexts {
  readonly count: number
  /** Frees all of it. */
  readonly address: Handle
  readonly ids: Handle
  readonly offsets: Handle
  readonly labels: Handle
  readonly rivals?: Handle
  /** [B]. */
  readonly loss: Handle
  /** [B, row]. */
  readonly rows: Handle
  /** [B]: how often an attack has read the victim. */
  readonly words: Handle
}

/**
 * A linear victim on a GPU, read only: logits, closed-form gradients, first-order scores, projected gradient steps. Of the
 * methods that wait none leaves memory behind, whatever fails.
 */
export class LinearCuda {
  readonly #gpu: Gpu
  readonly #row: number
  readonly #stream: Handle
  readonly #victim: VictimAddresses
  readonly #scratch: Scratch

  constructor(
    gpu: Gpu,
    readonly parts: LinearParts,
  ) {
    const { embeddings, output, bias, dimensions } = parts
    this.#gpu = gpu
    this.#row = rowLength(dimensions)
    this.#stream = gpu.stream()
    this.#victim = {
      embeddings: gpu.allocateFor(paddedRows(embeddings, dimensions), this.#stream),
      output: gpu.allocateFor(paddedRows(output, dimensions), this.#stream),
      bias: gpu.allocateFor(bias, this.#stream),
      next: gpu.allocate(4),
    }
    this.#scratch = new Scratch(gpu)
  }

  /** Puts texts on the GPU, with room for what is read of them. */
  hold({ ids, offsets, labels, rivals }: TextIds): HeldTexts {
    const count = labels.length
    const given = [ids, offsets, labels, ...(rivals ? [rivals] : [])]
    const answers = [4 * count, 4 * count * this.#row, 4 * count]
    const addresses = this.#gpu.allocateParts(...answers, ...given.map(({ byteLength }) => byteLength))
    const [loss, rows, words, ...places] = addresses
    try {
      for (const [i, values] of given.entries()) this.#gpu.upload(places[i], values, this.#stream)
    } catch (error) {
      this.#gpu.free(addresses[0])
      throw error
    }
    const [idsAt, offsetsAt, labelsAt, rivalsAt] = places
    return {
      ...{ count, address: addresses[0], loss, rows, words },
      ...{ ids: idsAt, offsets: offsetsAt, labels: labelsAt, rivals: rivalsAt },
    }
  }

  release({ address }: HeldTexts): void {
    this.#gpu.free(address)
  }

  /** Reads the loss of each text and its gradient, which stay on the GPU. */
  readGradients(texts: HeldTexts, objective: 'cross-entropy' | 'margin'): Promise<void> {
    this.#start('readGradients', { ...texts, margin: objective === 'margin' })
    return this.#gpu.finished(this.#stream)
  }

  /** Attacks each text by projected gradient steps; what is added to its words stays on the GPU. */
  climb(texts: HeldTexts, climb: Climb): Promise<void> {
    this.#startClimb(texts, climb)
    return this.#gpu.finished(this.#stream)
  }

  /** What was read last. */
  answers(texts: HeldTexts): TextRows {
    const loss = new Float32Array(texts.count)
    this.#gpu.download(loss, texts.loss, this.#stream)
    return { loss, rows: this.#takeRows(texts.rows, texts.count) }
  }

  /** The loss and gradient of each text, and the logits [B, K]; the program waits. */
  readNow(ids: TextIds, objective: 'cross-entropy' | 'margin'): TextRows & { readonly logits: Float32Array } {
    const texts = this.hold(ids)
    try {
      const logits = new Float32Array(texts.count * this.parts.bias.length)
      const [scores] = this.#scratch.take(logits.byteLength)
      this.#start('readGradients', { ...texts, scores, margin: objective === 'margin' })
      this.#gpu.download(logits, scores, this.#stream)
      return { ...this.answers(texts), logits }
    } finally {
      this.release(texts)
    }
  }

  /** An attack on each text, and how often it has read the victim, [B]; the program waits. */
  climbNow(ids: TextIds, climb: Climb): TextRows & { readonly readings: Uint32Array } {
    const texts = this.hold(ids)
    try {
      const readings = new Uint32Array(texts.count)
      this.#startClimb(texts, climb)
      this.#gpu.download(readings, texts.words, this.#stream)
      return { ...this.answers(texts), readings }
    } finally {
      this.release(texts)
    }
  }

  /**
   * The words of the whole vocabulary whose embeddings have the highest products with each query.
   * @param queries [Q, D]
   * @param best how many, at most {@link MOST_BEST} and V
   */
  async bestWords(queries: Float32Array, best: number): Promise<RankedRows> {
    const ranking = this.#rankingOf(queries, best)
    const addresses = this.#gpu.allocateParts(...ranking.bytes)
    try {
      this.#startRanking(ranking, addresses)
      await this.#gpu.finished(this.#stream)
      return this.#takeRanking(ranking, addresses)
    } finally {
      this.#gpu.free(addresses[0])
    }
  }

  /** The same; the program waits. */
  bestWordsNow(queries: Float32Array, best: number): RankedRows {
    const ranking = this.#rankingOf(queries, best)
    const addresses = this.#scratch.take(...ranking.bytes)
    this.#startRanking(ranking, addresses)
    return this.#takeRanking(ranking, addresses)
  }

  /** Logits [B, K] of pooled vectors [B, D]; the program waits. */
  logits(pooled: Float32Array): Float32Array {
    const count = pooled.length / this.parts.dimensions
    const labels = this.parts.bias.length
    const logits = new Float32Array(count * labels)
    const [rows, scores] = this.#scratch.take(4 * count * this.#row, logits.byteLength)
    this.#putRows(pooled, rows)
    this.#start('takeLogits', { count, rows, scores, parts: this.#partsOf(count, labels) })
    this.#gpu.download(logits, scores, this.#stream)
    this.#gpu.finish(this.#stream)
    return logits
  }

  /** U^T w for each of the weights w of the logits [B, K]: [B, D]; the program waits. */
  pullBack(weights: Float32Array): Float32Array {
    const { bias, dimensions: D } = this.parts
    const count = weights.length / bias.length
    const parts = this.#partsOf(count, bias.length)
    const [rows, scores] = this.#scratch.take(4 * count * parts * this.#row, weights.byteLength)
    this.#gpu.upload(scores, weights, this.#stream)
    this.#start('pullBack', { count, rows, scores, parts })
    const sums = this.#takeRows(rows, count * parts)
    if (parts === 1) return sums
    const whole = new Float64Array(count * D)
    for (let i = 0; i < sums.length; i++) whole[Math.floor(i / (parts * D)) * D + (i % D)] += sums[i]
    return new Float32Array(whole)
  }

  /** Warps that share a text's rows, so that few texts occupy the GPU too. */
  #partsOf(count: number, rows: number): number {
    const warps = WARPS_OF_BLOCK * BLOCKS_OF_PROCESSOR * this.#gpu.processors
    return Math.max(1, Math.min(Math.floor(warps / count), Math.ceil(rows / LEAST_OF_PART)))
  }

  #startClimb(texts: HeldTexts, { norm, objective, ...climb }: Climb): void {
    this.#start('climb', { ...texts, ...climb, margin: objective === 'margin', roundBall: norm === 'l2' })
  }

  #rankingOf(queries: Float32Array, best: number): Ranking {
    const { embeddings, dimensions } = this.parts
    const count = queries.length / dimensions
    const parts = this.#partsOf(count, embeddings.length / dimensions)
    const answers = 4 * count * parts * best
    return { queries, count, parts, best, bytes: [4 * count * this.#row, answers, answers] }
  }

  #startRanking({ queries, count, parts, best }: Ranking, [rows, words, scores]: readonly Handle[]): void {
    this.#putRows(queries, rows)
    this.#start('bestWords', { count, rows, words, scores, best, parts })
  }

  #takeRanking({ count, parts, best }: Ranking, [, wordsAt, scoresAt]: readonly Handle[]): RankedRows {
    const [words, scores] = [new Uint32Array(count * parts * best), new Float32Array(count * parts * best)]
    this.#gpu.download(words, wordsAt, this.#stream)
    this.#gpu.download(scores, scoresAt, this.#stream)
    this.#gpu.finish(this.#stream)
    return parts === 1 ? { words, scores } : bestOfParts({ words, scores }, count, best)
  }

  #putRows(rows: Float32Array, address: Handle): void {
    this.#gpu.upload(address, paddedRows(rows, this.parts.dimensions), this.#stream)
  }

  /** Rows [N, D], once all that was started has ended. */
  #takeRows(address: Handle, count: number): Float32Array {
    const padded = new Float32Array(count * this.#row)
    this.#gpu.download(padded, address, this.#stream)
    this.#gpu.finish(this.#stream)
    const rows = new Float32Array(count * this.parts.dimensions)
    takePadding(padded, this.parts.dimensions, rows)
    return rows
  }

  #start(name: TextsKernel, launch: TextsLaunch): void {
    const { embeddings, bias, dimensions, pooling } = this.parts
    const shape = {
      words: embeddings.length / dimensions,
      labels: bias.length,
      row: this.#row,
      averaged: pooling === 'mean',
    }
    const kernel = this.#gpu.kernel(kernelFor(name, dimensions), { sharedBytes: SHARED_BYTES })
    this.#gpu.clear(this.#victim.next, 4, this.#stream)
    const grid = {
      blocks: BLOCKS_OF_PROCESSOR * this.#gpu.processors,
      threads: WARPS_OF_BLOCK * LANES,
      sharedBytes: SHARED_BYTES,
    }
    this.#gpu.launch(kernel, grid, textsBytes(this.#victim, shape, launch), this.#stream)
  }
}

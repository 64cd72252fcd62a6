import type { HuffmanTree } from './huffman-tree.js'

/** One training example: a centre word with its context and its negatives, as word numbers. */
export interface CbowExample {
  /** The centre's word number: what is predicted. */
  readonly target: number
  /** The C context words, C >= 1; a word may repeat. */
  readonly context: Int32Array
  /** The negatives; one may repeat, or be the target (which is then skipped). */
  readonly negatives: Int32Array
}

/** What is learnt from an example. */
export interface CbowRule {
  readonly loss: 'negative-sampling' | 'hierarchical-softmax' | 'softmax'
  /** Context words are averaged or summed to h. */
  readonly mode: 'mean' | 'sum'
  /** `word2vec` leaves the mean's 1/C out of the gradient of the context words; `corrected` does not. */
  readonly update: 'word2vec' | 'corrected'
  /** Which matrices learn. */
  readonly train: readonly ('input' | 'output')[]
  /** What the rows of the output matrix are for hierarchical softmax: the inner nodes of this tree. */
  readonly tree?: HuffmanTree
}

type Matrix = Float32Array | Float64Array

/** Input and output embeddings, each [V, D], row-major. Trained models are float32; float64 serves exact checks. */
export interface CbowWeights {
  readonly input: Matrix
  readonly output: Matrix
  /** D. */
  readonly dimensions: number
}

/** Gradients by row, summed in float64 until they are applied. */
export class RowSums {
  readonly #slots: Int32Array
  #rows: number[] = []
  #sums: Float64Array

  constructor(
    words: number,
    readonly dimensions: number,
  ) {
    this.#slots = new Int32Array(words).fill(-1)
    this.#sums = new Float64Array(16 * dimensions)
  }

  /** The rows that have a sum, in the order in which they came. */
  get rows(): readonly number[] {
    return this.#rows
  }

  /** Adds scale times a vector [D] to a row's sum. */
  add(row: number, scale: number, vector: Matrix, offset = 0): void {
    const at = this.#slot(row) * this.dimensions
    for (let d = 0; d < this.dimensions; d++) this.#sums[at + d] += scale * vector[offset + d]
  }

  /** A row's sum, [D]: a view. Zeros where nothing was added. */
  of(row: number): Float64Array {
    const slot = this.#slots[row]
    if (slot < 0) return new Float64Array(this.dimensions)
    return this.#sums.subarray(slot * this.dimensions, (slot + 1) * this.dimensions)
  }

  /** One step of gradient descent: matrix[row] -= learningRate * sum[row]; then no row has a sum. */
  descend(matrix: Matrix, learningRate: number): void {
    this.#rows.forEach((row, slot) => {
      const at = row * this.dimensions
      const sum = slot * this.dimensions
      for (let d = 0; d < this.dimensions; d++) matrix[at + d] -= learningRate * this.#sums[sum + d]
    })
    this.clear()
  }

  /** Forgets all sums. */
  clear(): void {
    this.#sums.fill(0, 0, this.#rows.length * this.dimensions)
    for (const row of this.#rows) this.#slots[row] = -1
    this.#rows = []
  }

  #slot(row: number): number {
    if (this.#slots[row] >= 0) return this.#slots[row]
    const slot = this.#rows.push(row) - 1
    this.#slots[row] = slot
    if ((slot + 1) * this.dimensions > this.#sums.length) {
      const larger = new Float64Array(this.#sums.length * 2)
      larger.set(this.#sums)
      this.#sums = larger
    }
    return slot
  }
}

/**
 * CBOW training as plainly as it can be said; what the fast kernel is held against. Letters: v_i the input row of the
 * context word at i = 1..C, h = (1/C) sum v_i (or the sum), U the output matrix, u_t the target's row, N the negatives.
 *
 * Negative sampling (Mikolov et al. 2013): L = softplus(-h.u_t) + sum over n in N, n != t, of softplus(h.u_n).
 * Softmax: L = log sum_v exp(h.u_v) - h.u_t.
 * Hierarchical softmax (Morin, Bengio 2005: "Hierarchical Probabilistic Neural Network Language Model"; Mikolov et al.
 * 2013): the output rows are inner nodes, and with s_j = 1 where t's path turns to 0 at node j and -1 where it turns to
 * 1, L = sum over the path of softplus(-s_j h.u_j). The probabilities exp(-L) of all words add up to 1.
 * With g_j = dL/d(h.u_j): dL/du_j = g_j h; e = sum g_j u_j; dL/dv_i = e / C in the mean. word2vec.c adds e undivided,
 * and so do gensim and fastText (İrsoy, Benton, Stratos 2021: "Corrected CBOW Performs as well as Skip-gram"): that is
 * `update: 'word2vec'`.
 *
 * All sums are float64; only the weights are what they are stored as.
 */
export class CbowReference {
  readonly inputSums: RowSums
  readonly outputSums: RowSums
  readonly #words: number
  readonly #h: Float64Array
  readonly #e: Float64Array
  readonly #trainsInput: boolean
  readonly #trainsOutput: boolean

  constructor(
    readonly weights: CbowWeights,
    readonly rule: CbowRule,
  ) {
    const { input, dimensions } = weights
    this.#words = input.length / dimensions
    this.inputSums = new RowSums(this.#words, dimensions)
    this.outputSums = new RowSums(this.#words, dimensions)
    this.#h = new Float64Array(dimensions)
    this.#e = new Float64Array(dimensions)
    this.#trainsInput = rule.train.includes('input')
    this.#trainsOutput = rule.train.includes('output')
  }

  /** Adds an example's gradients, at the weights as they stand, to the sums; returns its loss. */
  accumulate({ target, context, negatives }: CbowExample): number {
    this.#setHidden(context)
    this.#e.fill(0)
    const loss = this.#lossOf(target, negatives)
    if (this.#trainsInput) {
      const isDivided = this.rule.mode === 'mean' && this.rule.update === 'corrected'
      const scale = isDivided ? 1 / context.length : 1
      for (const word of context) this.inputSums.add(word, scale, this.#e)
    }
    return loss
  }

  /** Takes one step along the summed gradients. After a single example this is training word by word. */
  descend(learningRate: number): void {
    this.inputSums.descend(this.weights.input, learningRate)
    this.outputSums.descend(this.weights.output, learningRate)
  }

  #lossOf(target: number, negatives: Int32Array): number {
    if (this.rule.loss === 'softmax') return this.#softmax(target)
    if (this.rule.loss === 'negative-sampling') return this.#negativeSampling(target, negatives)
    if (!this.rule.tree) throw new Error('hierarchical softmax needs a tree')
    return this.#hierarchicalSoftmax(target, this.rule.tree)
  }

  #setHidden(context: Int32Array): void {
    const { input, dimensions } = this.weights
    const scale = this.rule.mode === 'mean' ? 1 / context.length : 1
    for (let d = 0; d < dimensions; d++) {
      let sum = 0
      for (const word of context) sum += input[word * dimensions + d]
      this.#h[d] = sum * scale
    }
  }

  #negativeSampling(target: number, negatives: Int32Array): number {
    const score = this.#score(target)
    this.#addOutput(target, -sigmoid(-score))
    let loss = softplus(-score)
    for (const negative of negatives) {
      if (negative === target) continue
      const score = this.#score(negative)
      this.#addOutput(negative, sigmoid(score))
      loss += softplus(score)
    }
    return loss
  }

  #hierarchicalSoftmax(target: number, { starts, nodes, turns }: HuffmanTree): number {
    let loss = 0
    for (let i = starts[target]; i < starts[target + 1]; i++) {
      const score = this.#score(nodes[i])
      this.#addOutput(nodes[i], sigmoid(score) - (turns[i] === 0 ? 1 : 0))
      loss += softplus(turns[i] === 0 ? -score : score)
    }
    return loss
  }

  #softmax(target: number): number {
    const scores = Float64Array.from({ length: this.#words }, (_, word) => this.#score(word))
    const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity)
    const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0)
    scores.forEach((score, word) => {
      this.#addOutput(word, Math.exp(score - highest) / total - (word === target ? 1 : 0))
    })
    return highest + Math.log(total) - scores[target]
  }

  #score(word: number): number {
    const { output, dimensions } = this.weights
    let sum = 0
    for (let d = 0; d < dimensions; d++) sum += this.#h[d] * output[word * dimensions + d]
    return sum
  }

  /** Takes in g = dL/d(h.u_word): into e, and into the word's own sum. The weights stay, so the order is free. */
  #addOutput(word: number, g: number): void {
    const { output, dimensions } = this.weights
    for (let d = 0; d < dimensions; d++) this.#e[d] += g * output[word * dimensions + d]
    if (this.#trainsOutput) this.outputSums.add(word, g, this.#h)
  }
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** log(1 + exp(x)), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

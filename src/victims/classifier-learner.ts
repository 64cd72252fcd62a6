import { Adam } from '../base/adam.js'
import { CounterStream, Purpose } from '../base/random.js'
import { ClassifierGradient, type ClassifierParameters } from './classifier-gradient.js'
import type { ClassifierSettings } from './classifier-options.js'
import { MovingAverage } from './moving-average.js'

/**
 * How much of the averaged parameters stays at a step: they reach back over some 100 steps. On the movie reviews the
 * average has 76.6% right where the last iterate has 76.3% (means of 8 seeds).
 */
const AVERAGE_DECAY = 0.99

/** The parameters of a classifier that is learning, its optimiser, and the average of what it went through. */
export class ClassifierLearner {
  readonly #parameters: ClassifierParameters
  readonly #gradient: ClassifierGradient
  readonly #embeddings?: LearningArray
  readonly #weights?: LearningArray
  readonly #bias?: LearningArray
  #time = 0

  /**
   * @param vectors where the embeddings begin, [V, D]: copied
   * @param dimensions D
   * @param labels K
   */
  constructor(vectors: Float32Array, dimensions: number, labels: number, settings: ClassifierSettings) {
    const embeddings = vectors.slice()
    const weights = initialWeights(settings.seed, dimensions, labels)
    const bias = new Float32Array(labels)
    this.#parameters = { embeddings, weights, bias }
    this.#gradient = new ClassifierGradient(dimensions, labels)
    if (settings.train.includes('embeddings')) {
      this.#embeddings = new LearningArray(embeddings, dimensions, settings.embeddingsLearningRate)
    }
    if (settings.train.includes('weights')) {
      this.#weights = new LearningArray(weights, weights.length, settings.learningRate)
      this.#bias = new LearningArray(bias, labels, settings.learningRate)
    }
  }

  /**
   * One step of Adam on a batch.
   * @returns its mean loss before the step
   */
  step(texts: readonly Int32Array[], truths: readonly number[]): number {
    const gradient = this.#gradient
    const loss = gradient.compute(this.#parameters, texts, truths, this.#embeddings !== undefined)
    const time = ++this.#time
    this.#weights?.step(0, gradient.weights, time)
    this.#bias?.step(0, gradient.bias, time)
    for (const [word, row] of gradient.embeddings) this.#embeddings?.step(word, row, time)
    return loss
  }

  /** The averaged parameters as of now: the learner's own memory, not a copy. */
  averaged(): ClassifierParameters {
    const { embeddings, weights, bias } = this.#parameters
    return {
      embeddings: this.#embeddings?.averagedAt(this.#time) ?? embeddings,
      weights: this.#weights?.averagedAt(this.#time) ?? weights,
      bias: this.#bias?.averagedAt(this.#time) ?? bias,
    }
  }
}

/** An array that learns row by row. */
class LearningArray {
  readonly #adam: Adam
  readonly #average: MovingAverage

  constructor(
    values: Float32Array,
    readonly rowLength: number,
    readonly learningRate: number,
  ) {
    this.#adam = new Adam(values)
    this.#average = new MovingAverage(values, rowLength, AVERAGE_DECAY)
  }

  step(row: number, gradient: Float64Array, time: number): void {
    this.#average.settle(row, time - 1)
    this.#adam.update(time, this.learningRate, row * this.rowLength, gradient)
  }

  averagedAt(time: number): Float32Array {
    this.#average.settleAll(time)
    return this.#average.values
  }
}

/** Not zeros: with zero weights the embeddings have no gradient, and where they alone learn never would. */
function initialWeights(seed: number, dimensions: number, labels: number): Float32Array {
  const draws = new CounterStream(seed, Purpose.InitialClassifier, 0)
  return Float32Array.from({ length: dimensions * labels }, () => draws.normal() / Math.sqrt(dimensions))
}

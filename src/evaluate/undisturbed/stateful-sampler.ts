import { CounterStream, Purpose } from '../../base/random.js'
import { type CbowExample, CbowReference } from '../../kernels/cbow-reference.js'

const WORDS = 200
const DIMENSIONS = 10
const CONTEXT = 4
const NEGATIVES = 5
const BATCH = 64
const LEARNING_RATE = 0.05

/**
 * The control of the question: CBOW as TensorFlow 1 trained it, its negatives drawn inside the loss by a sampler that
 * keeps a state (`candidate_sampler_ops.cc` advances a Philox stream at each execution). Whoever computes the loss,
 * be it only to read its gradient, draws from the very stream that training draws from.
 *
 * @param reads whether the gradient is read once, after the first step
 * @returns the mean loss of a centre word at each step, [steps]
 */
export function trainWithStatefulSampler(reads: boolean, steps = 101, seed = 1): Float64Array {
  const sampler = new CounterStream(seed, Purpose.Demonstration, 0, 1)
  const initial = new CounterStream(seed, Purpose.Demonstration, 0, 2)
  const uniform = () => (initial.uniform() - 0.5) / DIMENSIONS
  const matrix = () => Float32Array.from({ length: WORDS * DIMENSIONS }, uniform)
  const weights = { input: matrix(), output: matrix(), dimensions: DIMENSIONS }
  const rule = { loss: 'negative-sampling', mode: 'mean', update: 'corrected', train: ['input', 'output'] } as const
  const reference = new CbowReference(weights, rule)

  /** Sums the gradients of a batch: the sampler draws, whatever the gradients are for. */
  const computeGradients = (step: number): number => {
    let loss = 0
    for (let b = 0; b < BATCH; b++) loss += reference.accumulate(example(step * BATCH + b, sampler))
    return loss / BATCH
  }

  return Float64Array.from({ length: steps }, (_, step) => {
    const loss = computeGradients(step)
    reference.descend(LEARNING_RATE)
    if (reads && step === 0) {
      computeGradients(step)
      reference.inputSums.clear()
      reference.outputSums.clear()
    }
    return loss
  })
}

/** Target and context depend on the example's number alone; the negatives on how often the sampler was asked before. */
function example(index: number, sampler: CounterStream): CbowExample {
  const words = new CounterStream(1, Purpose.Demonstration, index, 3)
  const target = words.below(WORDS)
  // Neighbours in number are neighbours in the text, so that there is something to learn.
  const context = Int32Array.from({ length: CONTEXT }, () => (target + 1 + words.below(3)) % WORDS)
  const negatives = Int32Array.from({ length: NEGATIVES }, () => sampler.below(WORDS))
  return { target, context, negatives }
}

/** How summed gradients move the weights: by TensorFlow.js's formulas and constants. */
export const OPTIMIZERS = ['sgd', 'adagrad', 'adam'] as const
export type OptimizerName = (typeof OPTIMIZERS)[number]

/** What an optimiser remembers of each weight, and the value that it begins with. */
const SLOTS: Record<OptimizerName, readonly { readonly name: string; readonly start: number }[]> = {
  sgd: [],
  adagrad: [{ name: 'accumulator', start: 0.1 }],
  adam: [
    { name: 'first_moment', start: 0 },
    { name: 'second_moment', start: 0 },
  ],
}

/**
 * What an optimiser remembers, by name: for each matrix that learns its slots, such as `input_accumulator`, each laid
 * out as the matrix [V, D]; of Adam also `steps`, [1].
 */
export type Slots = ReadonlyMap<string, Float32Array>

/** The slots that training begins with; a matrix that does not learn has none. */
export function initialSlots(
  words: number,
  { optimizer, train, dimensions }: { optimizer: OptimizerName; train: readonly string[]; dimensions: number },
): Slots {
  const slots = new Map<string, Float32Array>()
  for (const matrix of train) {
    for (const { name, start } of SLOTS[optimizer])
      slots.set(slotName(matrix, name), new Float32Array(words * dimensions).fill(start))
  }
  if (optimizer === 'adam') slots.set(STEPS, new Float32Array(1))
  return slots
}

/** Steps taken so far, [1]: whole up to 2^24, where both powers of Adam's betas have long been 0. */
const STEPS = 'steps'

const slotName = (matrix: string, slot: string): string => `${matrix}_${slot}`

/** Names of a matrix's slots, in the order in which the optimiser takes them. */
export function slotNames(optimizer: OptimizerName, matrix: string): string[] {
  return SLOTS[optimizer].map(({ name }) => slotName(matrix, name))
}

/** How many matrices [V, D] the slots are. */
export function slotMatrices({ optimizer, train }: { optimizer: OptimizerName; train: readonly string[] }): number {
  return SLOTS[optimizer].length * train.length
}

/** Counts the steps of Adam, whose first ones are larger; of the others nothing. */
export class StepCounter {
  readonly #steps: Float32Array

  constructor(slots: Slots) {
    this.#steps = slots.get(STEPS) ?? new Float32Array(1)
  }

  /** The number of the step that begins, from 1. */
  next(): number {
    return ++this.#steps[0]
  }
}

/** Keeps a quotient finite where nothing was learnt yet. */
export const EPSILON = 1e-7

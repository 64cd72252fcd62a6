import { UserError } from '../base/errors.js'
import { quoted } from '../text/quoted.js'
import { embed } from './embed.js'
import type { Objective } from './objective.js'
import { type LossFunction, tapeGradient } from './tape-gradient.js'
import { ensureTensorBackend } from './tensorflow.js'
import { textGradient } from './text-gradient.js'
import type { EmbeddedBatch, Victim } from './victim.js'

/** A text, or the numbers of its words, with the label whose loss is wanted: its name or its number in [0, K). */
export type LabelledExample = ({ readonly text: string } | { readonly ids: ArrayLike<number> }) & {
  readonly label: string | number
}

/** Which loss is read, and in which way. */
export interface ReadLossGradientOptions {
  /** The loss to differentiate, or a function of tensors that computes it; `cross-entropy` unless given. */
  readonly objective?: Objective | LossFunction
  /** Differentiate on TensorFlow.js's tape even where the gradient has a closed form. */
  readonly tape?: boolean
  /**
   * Told when every gradient is zero: the loss does not depend on the embedded words. A warning of the process if not
   * given.
   */
  readonly note?: (line: string) => void
}

/** Plain numbers, row-major: nothing of it is connected to the victim. */
export interface LossGradientReading {
  /** [B]. */
  readonly loss: Float32Array
  /** dL_b / d embedded, [B, C, D], C the length of the longest example; zeros beyond an example's own length. */
  readonly gradient: Float32Array
  /** [B, C, D]. */
  readonly shape: readonly [examples: number, positions: number, dimensions: number]
  /** How many known words each example has, [B]. */
  readonly lengths: Int32Array
  /** [B, K]. */
  readonly logits: Float32Array
}

/** Examples differentiated at once: bounds the memory of the tape; what has an engine is worth more at a time. */
const BATCH = 64
const ENGINE_BATCH = 4096

/**
 * Reads each example's loss and its gradient with respect to the example's embedded words, without touching the victim:
 * every parameter passes {@link stopGradient}, and no random number is drawn. Computes on the TensorFlow.js backend in
 * use; where none is, on the best there is.
 * @throws UserError naming the example when it has no known word, a label the victim does not know, or a vector or
 * loss that is not finite; and for an empty list
 */
export async function readLossGradient(
  victim: Victim,
  examples: readonly LabelledExample[],
  { objective = 'cross-entropy', tape = false, note = warn }: ReadLossGradientOptions = {},
): Promise<LossGradientReading> {
  if (examples.length === 0) throw new UserError('examples: the list is empty; give at least one')
  const words = examples.map((example, index) => wordsOf(victim, example, index))
  const labels = Int32Array.from(examples, ({ label }, index) => labelOf(victim, label, index))
  if (tape || typeof objective === 'function' || !victim.linear) await ensureTensorBackend()
  const read = (ids: readonly Int32Array[], batch: EmbeddedBatch, labels: Int32Array) =>
    tape || typeof objective === 'function'
      ? tapeGradient(victim, batch, labels, objective)
      : textGradient(victim, ids, batch, labels, objective)
  const size = victim.engine && !tape ? ENGINE_BATCH : BATCH

  const lengths = Int32Array.from(words, (ids) => ids.length)
  const shape = [words.length, lengths.reduce((a, b) => Math.max(a, b)), victim.embeddings.dimensions] as const
  const rowSize = shape[1] * shape[2]
  const gradient = new Float32Array(shape[0] * rowSize)
  const loss = new Float32Array(shape[0])
  const logits = new Float32Array(shape[0] * victim.labels.length)
  for (let from = 0; from < words.length; from += size) {
    const ids = words.slice(from, from + size)
    const batch = embed(victim.embeddings, ids)
    checkVectors(batch, from)
    const values = read(ids, batch, labels.subarray(from, from + size))
    values.loss.forEach((value, b) => {
      if (!Number.isFinite(value)) throw new UserError(`${place(from + b)}: the loss is ${value}; look at the weights`)
      const row = values.gradient.subarray(batch.offsets[b] * shape[2], batch.offsets[b + 1] * shape[2])
      if (!row.every(Number.isFinite))
        throw new UserError(`${place(from + b)}: the gradient is not finite; look at the loss`)
      gradient.set(row, (from + b) * rowSize)
    })
    loss.set(values.loss, from)
    logits.set(values.logits, from * victim.labels.length)
  }
  if (gradient.every((value) => value === 0)) note(INDEPENDENT)
  return { loss, gradient, shape, lengths, logits }
}

const INDEPENDENT = 'the gradient is zero at every word: the loss does not depend on the embedded words'

const warn = (line: string) => process.emitWarning(line)

const place = (index: number) => `examples[${index}]`

function wordsOf(victim: Victim, example: LabelledExample, index: number): Int32Array {
  const ids: ArrayLike<number> = 'ids' in example ? example.ids : victim.encode(example.text).ids
  if (ids.length === 0) throw new UserError(`${place(index)}: no known word`)
  const { size } = victim.embeddings.vocabulary
  return Int32Array.from(ids, (id) => {
    if (Number.isInteger(id) && id >= 0 && id < size) return id
    throw new UserError(`${place(index)}: no word has the number ${id}; the model knows 0 to ${size - 1}`)
  })
}

function labelOf({ labels }: Victim, label: string | number, index: number): number {
  const number = typeof label === 'number' ? label : labels.indexOf(label)
  if (Number.isInteger(number) && number >= 0 && number < labels.length) return number
  const known = labels.length <= 20 ? labels.join(', ') : `${labels.length} labels`
  const given = typeof label === 'number' ? `label number ${label}` : `label ${quoted(label)}`
  throw new UserError(`${place(index)}: unknown ${given}; the model knows ${known}`)
}

function checkVectors({ embedded, offsets, dimensions }: EmbeddedBatch, from: number): void {
  const at = embedded.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return
  const position = Math.floor(at / dimensions)
  const b = offsets.findIndex((offset) => offset > position) - 1
  throw new UserError(
    `${place(from + b)}: the vector of its known word ${position - offsets[b] + 1} has a value that is not finite`,
  )
}

import { type Progress, SILENT } from '../../base/progress.js'
import { trainWithStatefulSampler } from './stateful-sampler.js'
import { READINGS, type Reading, type TrainingTrace, trainAndRead, type UndisturbedOptions } from './undisturbed.js'

/** The answer of `compareReadings`. */
export interface ComparedReadings {
  /** Whether losses and weights are the same bits, whatever was read when. */
  readonly undisturbed: boolean
  /** One for each of `READINGS`. */
  readonly runs: readonly (TrainingTrace & { readonly reading: Reading })[]
  /** The same question to a trainer whose sampler of negatives has a state (`trainWithStatefulSampler`). */
  readonly control: {
    /** The first step, from 1, whose loss differs when the gradient was read after the first; null where none does. */
    readonly partsAtStep: number | null
    /** Mean loss of a centre word at each step without a reading, [steps + 1]. */
    readonly losses: Float64Array
    /** The same with one, [steps + 1]. */
    readonly lossesAfterReading: Float64Array
  }
}

/**
 * Asks whether reading a gradient disturbs the training that it looks at: trains the same model (`trainAndRead`) once for
 * each of `READINGS`, by the same bytes of the same text, and a control in which the answer is yes.
 * @throws UserError as `trainCbow`
 */
export async function compareReadings({
  progress = SILENT,
  steps = 100,
  ...options
}: UndisturbedOptions & { readonly progress?: Progress } = {}): Promise<ComparedReadings> {
  const runs = []
  for (const reading of READINGS) {
    progress.note(`training, gradient read: ${reading}`)
    runs.push({ reading, ...(await trainAndRead(reading, { reproducible: true, ...options, steps })) })
  }
  const [unread] = runs
  const losses = trainWithStatefulSampler(false, steps + 1, options.seed)
  const lossesAfterReading = trainWithStatefulSampler(true, steps + 1, options.seed)
  const parts = losses.findIndex((loss, step) => loss !== lossesAfterReading[step])
  return {
    undisturbed: runs.every(
      ({ lossesSha256, weightsSha256 }) =>
        lossesSha256 === unread.lossesSha256 && weightsSha256 === unread.weightsSha256,
    ),
    runs,
    control: { partsAtStep: parts < 0 ? null : parts + 1, losses, lossesAfterReading },
  }
}

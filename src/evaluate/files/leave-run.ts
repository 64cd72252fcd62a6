import { InterruptedError, UserError } from '../../base/errors.js'
import { CudaError } from '../../kernels/cuda/cuda-error.js'

/** What a run writes: it can be left for a later run, or leave nothing. */
interface Left {
  suspend(): Promise<void>
  abandon(): Promise<void>
}

/**
 * Ends a run that failed. What it has written is left for a later run where it was interrupted or has lost its GPU, or was
 * itself to be gone on with; else nothing is left.
 * @param done rows that are written
 * @throws the error; where rows are kept of an interrupted run, InterruptedError that says how to go on, and UserError
 *   where a GPU was lost
 */
export async function leaveRun(
  error: unknown,
  output: string,
  done: number,
  resume: boolean,
  parts: readonly (Left | undefined)[],
): Promise<never> {
  const isInterrupt = error instanceof InterruptedError
  const isLoss = error instanceof CudaError
  const keeps = done > 0 && (resume || isInterrupt || isLoss)
  let failure: unknown
  for (const part of parts) {
    try {
      await (keeps ? part?.suspend() : part?.abandon())
    } catch (reason) {
      failure ??= reason
    }
  }
  // What is told is why the work failed, not what went wrong while tidying up after it.
  if (!keeps || !(isInterrupt || isLoss)) throw error
  if (failure !== undefined) throw failure
  if (isLoss) {
    const goOn = 'with --resume it goes on, with --engine auto on the CPU'
    throw new UserError(`${output}: ${done} rows are kept (${goOn}); ${error.message}`, { cause: error })
  }
  throw new InterruptedError(
    `${output}: interrupted after ${done} rows, which are kept; run it again with --resume to go on`,
    { cause: error },
  )
}

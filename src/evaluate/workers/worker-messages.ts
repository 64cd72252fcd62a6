import { UserError } from '../../base/errors.js'
import type { Unmoved } from '../../gradient/proof.js'
import type { TensorBackend } from '../../gradient/tensorflow.js'
import type { VictimParts } from '../../victims/victim-parts.js'
import type { AttackedRow } from '../attack-run.js'
import type { Goal } from '../goal.js'
import type { NumberedRow } from '../rows/before-attack.js'

/** What a thread is given once. */
export interface WorkerSetUp {
  readonly victim: VictimParts
  /** An attack of the package, which the thread makes anew. */
  readonly attack: { readonly name: string; readonly options: Readonly<Record<string, unknown>> }
  readonly goal: Goal
  readonly epsilons: readonly number[]
  readonly seed: number
  readonly source?: string
  readonly snap: boolean
  readonly queries?: number
  /** What it computes gradients on. */
  readonly backend: TensorBackend
}

/** What a thread is asked: rows to attack, or its proof that nothing moved. */
export type WorkerTask = { readonly rows: readonly NumberedRow[] } | 'verify'

/** What it says: a line for the user at any time, and one answer to each task. */
export type WorkerReply =
  | { readonly note: string }
  | { readonly attacked: readonly AttackedRow[] }
  | { readonly proof: Unmoved }
  | { readonly error: SentError }

/** An error as it can be sent: between threads an error loses its class. */
export interface SentError {
  readonly message: string
  readonly stack?: string
  readonly isUserError: boolean
}

export function sendable(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error), isUserError: false }
  return { message: error.message, stack: error.stack, isUserError: error instanceof UserError }
}

export function received({ message, stack, isUserError }: SentError): Error {
  if (isUserError) return new UserError(message)
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}

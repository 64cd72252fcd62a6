import type { AttackedRow, AttackRun } from '../attack-run.js'
import type { NumberedRow } from './before-attack.js'

/** Attacks batches of rows, in this thread or in others. */
export interface BatchAttacker {
  /** How many batches it is worth to have under way at a time. */
  readonly atOnce: number
  /** One result for each row, in order. */
  attack(rows: readonly NumberedRow[]): Promise<readonly AttackedRow[]>
  /**
   * Has every other thread prove that its victim is as it was.
   * @throws Error when a parameter moved
   */
  verify(): Promise<void>
  /** Ends the threads, whatever they are doing. */
  close(): Promise<void>
}

/** Attacks in this thread. */
export function attackerHere(run: AttackRun): BatchAttacker {
  return { atOnce: 1, attack: async (rows) => run.attackRows(rows), async verify() {}, async close() {} }
}

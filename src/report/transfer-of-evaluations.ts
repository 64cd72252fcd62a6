import { basename } from 'node:path'
import type { EvaluationReport } from '../evaluate/evaluate.js'
import type { TransferTable } from './report-input.js'

/** The transfer of judged files as a table; undefined where no other victim was asked. */
export function transferOfEvaluations(evaluations: readonly EvaluationReport[]): TransferTable | undefined {
  const victims = evaluations[0]?.transfer.map(({ victim }) => victim) ?? []
  if (victims.length === 0) return undefined
  return {
    victims,
    rows: evaluations.map(({ file, transfer }) => ({
      attack: file === null ? 'results' : basename(file),
      flips: transfer.map(({ flips }) => flips),
    })),
  }
}

import type { EvaluationReport } from '../../src/evaluate/evaluate.js'
import { columnName } from '../../src/evaluate/files/result-columns.js'

/**
 * Whether judging a file anew bears out what it claims: something was judged, and nothing was otherwise. Skipped rows
 * are judged without a perturbation; where all that were attacked lack theirs, they bear out nothing.
 */
export function isBorneOut({ rows, skipped, unjudged, differing }: EvaluationReport): boolean {
  return rows > (unjudged > 0 ? skipped : 0) && differing === 0
}

/** What judging a file anew has shown, in a few lines for people. */
export function verdictLines(report: EvaluationReport): string[] {
  const { rows, skipped, unjudged, differing, firstDifference, transfer, madeAgainst } = report
  const lines = transfer.map(({ victim, flips }) => `on ${victim}: ${flips.count} of ${flips.of} flip it too`)
  if (unjudged > 0 || rows === 0) {
    const none = rows > 0 && rows === skipped ? ', none of those attacked' : ''
    lines.push(`${rows} of ${rows + unjudged} rows could be judged${none}`)
  }
  if (unjudged > 0)
    lines.push('no perturbation is saved of the others; generate-adversarial --save-perturbations saves it')
  if (firstDifference === null) {
    if (isBorneOut(report))
      lines.push(unjudged > 0 ? `every claim of the ${rows} judged rows holds` : 'every claim holds')
    return lines
  }
  const { row, column, claimed, judged } = firstDifference
  lines.push(
    `${differing} rows claim what does not hold, the first is row ${row}, ${columnName(column)}: ` +
      `claimed ${claimed ?? 'nothing'}, judged ${judged ?? 'nothing'}`,
  )
  if (madeAgainst?.sameParameters === false) {
    lines.push(`the rows were made against another model, ${madeAgainst.folder ?? 'whose folder is not known'}`)
  }
  return lines
}

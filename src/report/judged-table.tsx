import type { EvaluationReport } from '../evaluate/evaluate.js'
import { columnName } from '../evaluate/files/result-columns.js'
import { count, NOTHING } from './format.js'
import type { ReportedAttack } from './report-input.js'
import { Cell, ColumnNames } from './table.js'

/** Whether what the files claim holds, row by row. */
export function JudgedTable({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <table class="prose stacks compact">
      <caption>
        Every row was judged anew by the victim, and the flips above are of that. A row that changed the embedded input
        can be judged where its perturbation was saved. Curves are as the attack found them.
      </caption>
      <thead>
        <ColumnNames names={['attack', 'judged', 'not judged', 'other than claimed', 'the first of them']} />
      </thead>
      <tbody>
        {attacks.map(
          ({ label, summary, judged }) =>
            judged && (
              <tr key={label}>
                <th scope="row">{label}</th>
                <Cell name="judged">{count(summary.rows)}</Cell>
                <Cell name="not judged">{count(judged.unjudged)}</Cell>
                <Cell name="other than claimed">{count(judged.differing)}</Cell>
                <Cell name="the first of them">{differenceText(judged.firstDifference)}</Cell>
              </tr>
            ),
        )}
      </tbody>
    </table>
  )
}

function differenceText(difference: EvaluationReport['firstDifference']): string {
  if (difference === null) return NOTHING
  const { row, column, claimed, judged } = difference
  return `row ${row}, ${columnName(column)}: claimed ${claimed ?? 'nothing'}, judged ${judged ?? 'nothing'}`
}

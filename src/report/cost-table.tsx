import { count, measure, NOTHING } from './format.js'
import type { ReportedAttack } from './report-input.js'
import { Cell, ColumnNames } from './table.js'

/** What it took: passes, reads, time. */
export function CostTable({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <table class="figures stacks">
      <caption>
        Forward passes and gradient reads are means over the attempted rows. Candidates were dropped where the text as
        written would not have read back as the attacked words.
      </caption>
      <thead>
        <ColumnNames
          names={[
            'attack',
            'rows',
            'skipped',
            'forwards a row',
            'gradients a row',
            'candidates dropped',
            'seconds',
            'rows a second',
          ]}
        />
      </thead>
      <tbody>
        {attacks.map(({ label, summary }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <Cell name="rows">{count(summary.rows)}</Cell>
            <Cell name="skipped">{count(summary.skipped)}</Cell>
            <Cell name="forwards a row">{measure(summary.forwardsPerRow)}</Cell>
            <Cell name="gradients a row">{measure(summary.gradientsPerRow)}</Cell>
            <Cell name="candidates dropped">
              {summary.attack.kind === 'words' ? count(summary.rejectedCandidates) : NOTHING}
            </Cell>
            <Cell name="seconds">{measure(summary.seconds)}</Cell>
            <Cell name="rows a second">{measure(summary.rowsPerSecond)}</Cell>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

import type { TransferTable as Transfer } from './report-input.js'
import { ColumnNames, ShareCell } from './table.js'

/** How many of the rows that flipped this victim flip others. */
export function TransferTable({ transfer }: { transfer: Transfer }) {
  return (
    <table class="figures stacks compact">
      <caption>
        Of the rows that flipped the attacked victim, the share that flips another one, of those that one had right,
        with its 95% Wilson interval.
      </caption>
      <thead>
        <ColumnNames names={['attack', ...transfer.victims]} />
      </thead>
      <tbody>
        {transfer.rows.map(({ attack, flips }) => (
          <tr key={attack}>
            <th scope="row">{attack}</th>
            {transfer.victims.map((victim, i) => (
              <ShareCell key={victim} name={victim} share={flips[i]} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

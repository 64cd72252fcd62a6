import type { ComponentChildren } from 'preact'
import type { Share } from '../evaluate/statistics/statistics.js'
import { interval, percent } from './format.js'

/** The names of columns, side by side. */
export const ColumnNames = ({ names }: { names: readonly string[] }) => (
  <tr>
    {names.map((name) => (
      <th scope="col" key={name}>
        {name}
      </th>
    ))}
  </tr>
)

/** A figure; narrow windows put the name of its column beside it. */
export function Cell({ name, children }: { name: string; children: ComponentChildren }) {
  return <td data-name={name}>{children}</td>
}

/** A share with its interval. */
export function ShareCell({ name, share }: { name: string; share: Share }) {
  return (
    <Cell name={name}>
      {percent(share.share)}
      {share.interval && <Aside>{interval(share)}</Aside>}
    </Cell>
  )
}

/** Small print within a cell. */
export const Aside = ({ children }: { children: ComponentChildren }) => <span class="aside">{children}</span>

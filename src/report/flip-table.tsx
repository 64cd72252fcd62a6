import type { Average } from '../evaluate/statistics/statistics.js'
import { count, gapText, measure, NOTHING } from './format.js'
import type { ReportedAttack } from './report-input.js'
import { Aside, Cell, ColumnNames, ShareCell } from './table.js'

/** One row an attack: how many flipped, at what change, and how far from the least change that would do. */
export function FlipTable({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <table class="figures stacks">
      <caption>
        {attemptedText(attacks)} Success is the share of them that flipped, with its 95% Wilson interval. Change is the
        mean over the flipped rows. The gap is how much more was changed than the least that flips the row, by closed
        form: median, 95th percentile.
        {attacks.some(({ summary }) => summary.snap) &&
          ' Where perturbations were brought back to the nearest words, the flips before that stand below.'}
      </caption>
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>
            attack
          </th>
          <th scope="colgroup" colSpan={3}>
            flips
          </th>
          <th scope="colgroup" colSpan={2}>
            accuracy
          </th>
          <th scope="colgroup" colSpan={4}>
            change
          </th>
          <th scope="col" rowSpan={2}>
            queries a row
          </th>
          <th scope="col" rowSpan={2}>
            gap to the exact optimum
          </th>
        </tr>
        <ColumnNames names={['attempted', 'flipped', 'success', 'before', 'under attack', 'words', 'L1', 'L2', 'L∞']} />
      </thead>
      <tbody>
        {attacks.map(({ label, summary }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <Cell name="attempted">{count(summary.successRate.of)}</Cell>
            <Cell name="flipped">
              {count(summary.successful)}
              {summary.flipsBeforeSnap !== null && <Aside>{count(summary.flipsBeforeSnap)} before snapping</Aside>}
            </Cell>
            <ShareCell name="success" share={summary.successRate} />
            <ShareCell name="accuracy before" share={summary.accuracyBefore} />
            <ShareCell name="accuracy under attack" share={summary.accuracyUnderAttack} />
            <Cell name="words changed">
              {mean(summary.wordsChanged)}
              {summary.perturbedPercent && <Aside>{measure(summary.perturbedPercent.mean)}%</Aside>}
            </Cell>
            <Cell name="L1">{mean(summary.l1)}</Cell>
            <Cell name="L2">{mean(summary.l2)}</Cell>
            <Cell name="L∞">{mean(summary.linf)}</Cell>
            <Cell name="queries a row">{measure(summary.queriesPerRow)}</Cell>
            <GapCell gap={summary.gap} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Which rows the runs took on; they may differ in that. */
function attemptedText(attacks: readonly ReportedAttack[]): string {
  const texts = new Map<string, string[]>()
  for (const { label, summary } of attacks) {
    const { against, goal, accuracyBefore, rows } = summary
    const unlabelled = accuracyBefore.of < rows ? ' or have no true label' : ''
    const which = against === 'truth' ? `were right at first${unlabelled}` : 'have a known word, right at first or not'
    const text = `${which}${goal === 'targeted' ? ', and were not at the target' : ''}`
    texts.set(text, [...(texts.get(text) ?? []), label])
  }
  return [...texts]
    .map(([text, labels]) => `Attempted ${texts.size > 1 ? `by ${labels.join(', ')} ` : ''}are the rows that ${text}.`)
    .join(' ')
}

function GapCell({ gap }: { gap: ReportedAttack['summary']['gap'] }) {
  return (
    <Cell name="gap to the exact optimum">
      {gap === null ? NOTHING : `${gapText(gap.median)}, ${gapText(gap.percentile95)}`}
      {gap && (
        <Aside>
          {count(gap.atOptimum)} of {count(gap.rows)} at it
        </Aside>
      )}
    </Cell>
  )
}

const mean = (average: Average) => measure(average?.mean)

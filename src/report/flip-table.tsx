import type { ComponentChildren } from 'preact'
import type { Average, Share } from '../evaluate/statistics.js'
import { count, gapText, interval, measure, NOTHING, percent } from './format.js'
import type { ReportedAttack } from './report-input.js'

/** One row an attack: how many flipped, at what change, and how far from the least change that would do. */
export function FlipTable({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <table class="figures stacks">
      <caption>
        Attempted are the rows that were right at first; success is the share of them that flipped, with its 95% Wilson
        interval. Change is the mean over the flipped rows. The gap is how much more was changed than the least that
        flips the row, by closed form: median, 95th percentile.
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
        <tr>
          {['attempted', 'flipped', 'success', 'before', 'under attack', 'words', 'L1', 'L2', 'L∞'].map((name) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
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

/** What it took: passes, reads, time. */
export function CostTable({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <table class="figures stacks">
      <caption>
        Forward passes and gradient reads are means over the attempted rows. Candidates were dropped where the text as
        written would not have read back as the attacked words.
      </caption>
      <thead>
        <tr>
          {[
            'attack',
            'rows',
            'skipped',
            'forwards a row',
            'gradients a row',
            'candidates dropped',
            'seconds',
            'rows a second',
          ].map((name) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
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

/** A figure; narrow windows put the name of its column beside it. */
export function Cell({ name, children }: { name: string; children: ComponentChildren }) {
  return <td data-name={name}>{children}</td>
}

export function ShareCell({ name, share }: { name: string; share: Share }) {
  return (
    <Cell name={name}>
      {percent(share.share)}
      {share.interval && <Aside>{interval(share)}</Aside>}
    </Cell>
  )
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

const Aside = ({ children }: { children: ComponentChildren }) => <span class="aside">{children}</span>

const mean = (average: Average) => measure(average?.mean)

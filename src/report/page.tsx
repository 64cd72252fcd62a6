import type { ComponentChildren } from 'preact'
import { About } from './about.js'
import { CostTable } from './cost-table.js'
import { EpsilonPlots } from './epsilon-plot.js'
import { Examples } from './examples.js'
import { FlipTable } from './flip-table.js'
import { count, percent } from './format.js'
import { JudgedTable } from './judged-table.js'
import { GENERATOR } from './own-output.js'
import { Proof } from './proof.js'
import type { ReportedAttack, ReportInput } from './report-input.js'
import { Settings } from './settings.js'
import { STYLE } from './style.js'
import { TransferTable } from './transfer-table.js'

/** Forbids the page to load or run anything, should anything ever slip through the escaping. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

export function Page({ title, attacks, examples, transfer, commands }: ReportInput) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="generator" content={GENERATOR} />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          <p class="lead">{leadOf(attacks)}</p>
          <Part title="What was attacked, and how">
            <About attacks={attacks} />
          </Part>
          <Part title="Flips">
            <FlipTable attacks={attacks} />
          </Part>
          {attacks.some(({ summary }) => summary.curve.length > 0) && (
            <Part title="Against epsilon">
              <EpsilonPlots attacks={attacks} />
            </Part>
          )}
          {examples.length > 0 && (
            <Part title="Examples">
              <Examples examples={examples} />
            </Part>
          )}
          {attacks.some(({ judged }) => judged !== undefined) && (
            <Part title="Judged anew">
              <JudgedTable attacks={attacks} />
            </Part>
          )}
          {transfer && (
            <Part title="Transfer">
              <TransferTable transfer={transfer} />
            </Part>
          )}
          <Part title="The victim was only read">
            <Proof attacks={attacks} />
          </Part>
          <Part title="Costs">
            <CostTable attacks={attacks} />
          </Part>
          <Part title="To make it again">
            <Settings attacks={attacks} commands={commands} />
          </Part>
        </main>
        <footer>{versionsText(attacks)}</footer>
      </body>
    </html>
  )
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

/** The page in a sentence. */
function leadOf(attacks: readonly ReportedAttack[]): string {
  const tried = attacks.filter(({ summary }) => summary.successRate.of > 0)
  if (tried.length === 0) return 'No row could be attacked: none was fit for it at first.'
  const shareOf = ({ summary }: ReportedAttack) => summary.successRate.share ?? 0
  const strongest = tried.reduce((best, attack) => (shareOf(attack) > shareOf(best) ? attack : best))
  const { count: flipped, of } = strongest.summary.successRate
  const among = attacks.length === 1 ? 'The attack' : `The strongest of ${attacks.length} attacks`
  return `${among}, ${strongest.label}, flips ${count(flipped)} of the ${count(of)} rows it attempted (${percent(shareOf(strongest))}).`
}

function versionsText(attacks: readonly ReportedAttack[]): string {
  const versions = Object.assign({}, ...attacks.map(({ summary }) => summary.versions))
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

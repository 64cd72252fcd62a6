import { dot } from '../base/dot.js'
import type { EvaluationReport } from '../evaluate/evaluate.js'
import type { AttackResult } from '../evaluate/result.js'
import { Statistics } from '../evaluate/statistics/statistics.js'
import type { AttackSummary } from '../evaluate/summary.js'
import { readLossGradient } from '../gradient/read-loss-gradient.js'
import type { Victim } from '../gradient/victim.js'
import { readMarked } from '../text/changed-words.js'
import { BoundFromMinima, curveMeasure } from './accuracy-curve.js'
import type { ReportExample, ReportedAttack, ReportInput, WordGradient } from './report-input.js'

/** The rows of one run and what was summed up of them. */
export interface ReportSource {
  /** What the page is to call it; the attack's name unless given. */
  readonly label?: string
  readonly summary: AttackSummary
  readonly results: Iterable<AttackResult> | AsyncIterable<AttackResult>
  /** What `evaluate` found: its statistics then stand in place of the summary's. */
  readonly judged?: EvaluationReport
}

/** What a report shows besides its runs. */
export interface CollectReportOptions extends Pick<ReportInput, 'transfer' | 'commands'> {
  readonly title?: string
  /** Examples shown of each attack. */
  readonly examples?: number
}

/**
 * Gathers what a report shows. The rows are streamed; of each run only the first few examples are kept. Successes are
 * shown before failures. With a victim, the gradient of its loss is read for each example.
 */
export async function collectReport(
  sources: readonly ReportSource[],
  victim?: Victim,
  { title, examples = 4, ...rest }: CollectReportOptions = {},
): Promise<ReportInput> {
  const measure = curveMeasure(sources.map(({ summary }) => summary).filter(({ curve }) => curve.length > 0))
  const labels = distinctLabels(sources)
  const attacks: ReportedAttack[] = []
  const shown: ReportExample[] = []
  for (const [i, { summary, results, judged }] of sources.entries()) {
    const minima = new BoundFromMinima(summary, measure)
    const chosen = await walk(results, examples, minima)
    const bound = minima.build()
    const found = judged && { summary: { ...summary, ...judgedStatistics(judged) }, written: summary, judged }
    attacks.push({ label: labels[i], summary, bound, ...found })
    for (const result of chosen) {
      const gradient = victim && (await gradientOf(victim, result))
      shown.push({ attack: labels[i], result, gradient })
    }
  }
  return { title: title ?? titleOf(sources), attacks, examples: shown, ...rest }
}

/** The rows to show. */
async function walk(results: ReportSource['results'], examples: number, minima: BoundFromMinima) {
  const successes: AttackResult[] = []
  const failures: AttackResult[] = []
  for await (const result of results) {
    if (result.resultType === 'Skipped') continue
    const list = result.resultType === 'Successful' ? successes : failures
    if (list.length < examples) list.push(result)
    if (result.exactMinimum !== undefined) minima.add(result.exactMinimum)
  }
  return [...successes, ...failures].slice(0, examples)
}

function judgedStatistics(judged: EvaluationReport) {
  return { ...Statistics.parse(judged), readOnlyProof: judged.readOnlyProof }
}

/** What the loss at the label under attack says of each known word; nothing where the victim cannot read the row. */
async function gradientOf(
  victim: Victim,
  { originalText, originalOutput }: AttackResult,
): Promise<WordGradient[] | undefined> {
  const { ids, spans } = victim.encode(readMarked(originalText).text)
  const label = originalOutput === undefined ? -1 : victim.labels.indexOf(originalOutput)
  if (ids.length === 0 || label < 0) return undefined
  const { gradient, shape } = await readLossGradient(victim, [{ ids, label }])
  const dimensions = shape[2]
  return spans.map(({ start, end }, i) => {
    const vector = victim.embeddings.vectors.subarray(ids[i] * dimensions, (ids[i] + 1) * dimensions)
    const g = gradient.subarray(i * dimensions, (i + 1) * dimensions)
    return { start, end, weight: dot(g, vector), norm: Math.sqrt(dot(g, g)) }
  })
}

/** `pgd`, `pgd 2`, `pgd, snapped`: the page tells runs apart by them. */
function distinctLabels(sources: readonly ReportSource[]): string[] {
  const taken = new Set<string>()
  return sources.map(({ label, summary }) => {
    const wanted = label ?? (summary.snap ? `${summary.attack.name}, snapped` : summary.attack.name)
    let free = wanted
    for (let n = 2; taken.has(free); n++) free = `${wanted} ${n}`
    taken.add(free)
    return free
  })
}

function titleOf(sources: readonly ReportSource[]): string {
  const victims = new Set(sources.map(({ summary: { victim } }) => victim.folder ?? victim.kind))
  return `Adversarial examples against ${[...victims].join(', ')}`
}

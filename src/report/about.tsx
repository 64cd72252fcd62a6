import { type ComponentChildren, Fragment } from 'preact'
import { count, measure } from './format.js'
import type { ReportedAttack } from './report-input.js'
import { Cell, ColumnNames } from './table.js'

/** What was attacked, and by what with which settings. */
export function About({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <>
      {distinctVictims(attacks).map((summary) => (
        <Victim key={summary.victim.folder} summary={summary} />
      ))}
      <table class="prose stacks">
        <thead>
          <ColumnNames names={['attack', 'changes', 'goal', 'rows from', 'options']} />
        </thead>
        <tbody>
          {attacks.map(({ label, summary: { attack, goal, target, against, source, limit, seed } }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <Cell name="changes">{attack.kind === 'words' ? 'words' : 'embedded input'}</Cell>
              <Cell name="goal">
                {goal === 'targeted' ? `reach ${target ?? 'a label'} from` : 'leave'} the{' '}
                {against === 'truth' ? 'true label' : 'prediction'}
              </Cell>
              <Cell name="rows from">
                {source ?? 'the caller'}
                {limit !== null && `, first ${count(limit)}`}
              </Cell>
              <Cell name="options">{optionsText({ ...attack.options, seed })}</Cell>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function distinctVictims(attacks: readonly ReportedAttack[]): ReportedAttack['summary'][] {
  return [...new Map(attacks.map(({ summary }) => [JSON.stringify(summary.victim), summary])).values()]
}

function Victim({ summary: { victim, backend } }: { summary: ReportedAttack['summary'] }) {
  const facts: readonly [string, ComponentChildren][] = [
    ['victim', victim.kind.replaceAll('-', ' ')],
    ['model', victim.folder],
    ['labels', count(victim.labels)],
    ['vocabulary', `${count(victim.vocabulary)} words`],
    ['dimensions', count(victim.dimensions)],
    ['SHA-256 of tensors', victim.sha256 && <code>{victim.sha256}</code>],
    ['gradients', gradientsOf(victim.kind, backend)],
  ]
  return (
    <dl>
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  )
}

/** Of the built-in victims they are known in closed form; of others TensorFlow.js computes them. */
function gradientsOf(kind: string, backend: string | null): string | null {
  if (kind === 'text-classifier' || kind === 'centre-word') return 'in closed form'
  return backend === null ? null : `by TensorFlow.js, backend ${backend}`
}

/** What is switched off is left out. */
function optionsText(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([name, value]) => `${wordsOf(name)} ${valueText(value)}`.trim())
    .join(', ')
}

/** maxWords is max words. */
const wordsOf = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function valueText(value: unknown): string {
  if (value === true) return ''
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : measure(value)
  if (Array.isArray(value)) return value.map(valueText).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

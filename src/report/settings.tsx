import type { ReportedAttack, ReportInput } from './report-input.js'

/** What it takes to make it all again. */
export function Settings({ attacks, commands = [] }: Pick<ReportInput, 'attacks' | 'commands'>) {
  return (
    <>
      {commands.length > 0 && (
        <pre>
          <code>{commands.join('\n')}</code>
        </pre>
      )}
      {attacks.map((attack) => (
        <details key={attack.label}>
          <summary>{attack.label}: settings as JSON</summary>
          <pre>
            <code>{JSON.stringify(settingsOf(attack), null, 2)}</code>
          </pre>
        </details>
      ))}
    </>
  )
}

function settingsOf({ summary }: ReportedAttack) {
  const { attack, goal, target, against, seed, batchSize, limit, queries, snap, source, ...rest } = summary
  const { victim, backend, versions } = rest
  return { attack, goal, target, against, seed, batchSize, limit, queries, snap, source, victim, backend, versions }
}

import type { ReportedAttack } from './report-input.js'

/** The hash over every parameter of the victim before and after each attack. */
export function Proof({ attacks }: { attacks: readonly ReportedAttack[] }) {
  return (
    <>
      <p>
        Attacks see logits and loss gradients, nothing else; every parameter passes stopGradient. SHA-256 over all
        parameters of the victim:
      </p>
      {byHashes(attacks).map((group) => (
        <HashPair key={group[0].label} labels={group.map(({ label }) => label)} {...group[0].summary.readOnlyProof} />
      ))}
    </>
  )
}

/** Attacks with the same two hashes stand together: as a rule they all attacked one victim. */
function byHashes(attacks: readonly ReportedAttack[]): ReportedAttack[][] {
  const groups = new Map<string, ReportedAttack[]>()
  for (const attack of attacks) {
    const { before, after } = attack.summary.readOnlyProof
    const group = groups.get(`${before} ${after}`)
    if (group === undefined) groups.set(`${before} ${after}`, [attack])
    else group.push(attack)
  }
  return [...groups.values()]
}

function HashPair({ labels, before, after }: { labels: readonly string[]; before: string; after: string }) {
  const equal = before === after
  return (
    <dl class="proof">
      <dt>attacks</dt>
      <dd>{labels.join(', ')}</dd>
      <dt>before</dt>
      <dd>
        <code>{before}</code>
      </dd>
      <dt>after</dt>
      <dd>
        <code>{after}</code>
      </dd>
      <dt>verdict</dt>
      <dd class={equal ? 'equal' : 'moved'}>
        {equal
          ? 'equal: not one bit of the victim moved'
          : 'NOT equal: the victim was changed, do not use these results'}
      </dd>
    </dl>
  )
}

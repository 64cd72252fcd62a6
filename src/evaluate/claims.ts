import type { AttackResult } from './result.js'

/** A number that a row claims and the number it has may differ by this, relative to the larger of 1 and the claim. */
const CLAIM_TOLERANCE = 1e-6

/** Columns that judging anew settles, in the order in which a difference is told. */
const JUDGED = [
  'resultType',
  'originalOutput',
  'perturbedOutput',
  'originalScore',
  'perturbedScore',
  'wordsChanged',
  'perturbedPercent',
  'l1',
  'l2',
  'linf',
] as const

/** Columns that are settled only where the one who judges knows the attack's own measure. */
const SETTLED_IF_KNOWN = ['exactMinimum', 'gap', 'certifiedSwaps'] as const

/** A claim of a row that does not hold. */
export interface Difference {
  readonly row: number
  readonly column: keyof AttackResult
  readonly claimed: string | number | null
  readonly judged: string | number | null
}

/** The first claim of a row that judging it anew does not bear out, if any. */
export function differingClaim(claimed: AttackResult, judged: AttackResult): Difference | undefined {
  const settled = SETTLED_IF_KNOWN.filter((column) => judged[column] !== undefined)
  const column = [...JUDGED, ...settled].find((name) => !agree(claimed[name], judged[name]))
  if (column === undefined) return undefined
  return { row: claimed.row, column, claimed: claimed[column] ?? null, judged: judged[column] ?? null }
}

function agree(claimed: string | number | undefined, judged: string | number | undefined): boolean {
  if (typeof claimed !== 'number' || typeof judged !== 'number') return claimed === judged
  return Math.abs(claimed - judged) <= CLAIM_TOLERANCE * Math.max(1, Math.abs(claimed))
}

import { z } from 'zod'
import { UserError } from '../../base/errors.js'
import type { CsvColumn, CsvValue } from '../../text/csv.js'
import type { AttackResult } from '../result.js'

interface ResultColumn extends CsvColumn {
  readonly field: keyof AttackResult
}

const text = (name: string, field: keyof AttackResult): ResultColumn => ({ name, field, kind: 'text' })
const number = (name: string, field: keyof AttackResult): ResultColumn => ({ name, field, kind: 'number' })

/** The columns of a result file in their order: TextAttack's, then ours. */
export const RESULT_COLUMNS: readonly ResultColumn[] = [
  text('original_text', 'originalText'),
  text('perturbed_text', 'perturbedText'),
  number('original_score', 'originalScore'),
  number('perturbed_score', 'perturbedScore'),
  text('original_output', 'originalOutput'),
  text('perturbed_output', 'perturbedOutput'),
  text('ground_truth_output', 'groundTruthOutput'),
  number('num_queries', 'numQueries'),
  text('result_type', 'resultType'),
  number('row', 'row'),
  number('words_changed', 'wordsChanged'),
  number('perturbed_percent', 'perturbedPercent'),
  number('l1', 'l1'),
  number('l2', 'l2'),
  number('linf', 'linf'),
  number('epsilon', 'epsilon'),
  number('num_forwards', 'numForwards'),
  number('num_gradients', 'numGradients'),
  number('num_cache_hits', 'numCacheHits'),
  number('exact_minimum', 'exactMinimum'),
  number('gap', 'gap'),
  number('certified_swaps', 'certifiedSwaps'),
  text('reason', 'reason'),
  number('seconds', 'seconds'),
]

/** What a field of a result is called in a file. */
export function columnName(field: string): string {
  return RESULT_COLUMNS.find((column) => column.field === field)?.name ?? field
}

const count = z.int().nonnegative()
const size = z.number().nonnegative()

const ResultRow: z.ZodType<AttackResult> = z.object({
  row: z.int().positive(),
  originalText: z.string(),
  perturbedText: z.string(),
  originalScore: size.max(1).optional(),
  perturbedScore: size.max(1).optional(),
  originalOutput: z.string().optional(),
  perturbedOutput: z.string().optional(),
  groundTruthOutput: z.string().optional(),
  numQueries: count,
  resultType: z.enum(['Successful', 'Failed', 'Skipped']),
  wordsChanged: count.optional(),
  perturbedPercent: size.max(100).optional(),
  l1: size.optional(),
  l2: size.optional(),
  linf: size.optional(),
  epsilon: size.optional(),
  numForwards: count,
  numGradients: count,
  numCacheHits: count.optional(),
  exactMinimum: size.optional(),
  gap: z.number().optional(),
  certifiedSwaps: count.optional(),
  reason: z.string().optional(),
  seconds: size,
})

/** A result under the columns' names. */
export function recordOf(result: AttackResult): Record<string, CsvValue> {
  return Object.fromEntries(RESULT_COLUMNS.map(({ name, field }) => [name, result[field]]))
}

/**
 * Reads a record back. Numbers may be written out, as in CSV; empty means undefined, but for the two texts.
 * @param where names the row in errors: `pgd.csv row 3`
 * @throws UserError that names the column
 */
export function resultOfRecord(record: Readonly<Record<string, unknown>>, where: string): AttackResult {
  const fields = RESULT_COLUMNS.map((column) => [column.field, cellOf(column, record[column.name])])
  const parsed = ResultRow.safeParse(Object.fromEntries(fields))
  if (parsed.success) return parsed.data
  const [{ path, message }] = parsed.error.issues
  const { name } = RESULT_COLUMNS.find(({ field }) => field === path[0]) ?? { name: String(path[0]) }
  throw new UserError(`${where}: ${name}: ${message}; a result file of generate-adversarial is needed`)
}

function cellOf({ kind, field }: ResultColumn, value: unknown): unknown {
  if (value === null) return undefined
  if (value !== '') return kind === 'number' && typeof value === 'string' ? Number(value) : value
  return field === 'originalText' || field === 'perturbedText' ? '' : undefined
}

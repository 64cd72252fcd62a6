import type { Attack } from '../attacks/attack.js'
import { versionsInUse } from '../base/versions.js'
import type { ModelName } from '../embeddings/model-folder.js'
import type { Victim } from '../gradient/victim.js'
import { engineInUse } from './engine-in-use.js'
import type { GenerateSettings } from './generate-options.js'
import type { Goal } from './goal.js'
import type { Totals } from './statistics/run-totals.js'
import type { Statistics } from './statistics/statistics.js'
import type { AttackSummary } from './summary.js'

export type RunSettings = Omit<AttackSummary, keyof Statistics | keyof Totals | 'readOnlyProof'>

/** What a summary says of how its rows were made. */
export function settingsOf(
  victim: Victim,
  attack: Attack,
  { goal, target, against }: Goal,
  { seed, batchSize, limit, queries, workers, snap }: GenerateSettings,
  { source, model }: { source?: string; model?: ModelName },
): RunSettings {
  return {
    attack: { name: attack.name, kind: attack.kind, options: attack.options },
    goal,
    target: target === undefined ? null : victim.labels[target],
    against,
    seed,
    batchSize,
    limit: limit ?? null,
    queries: queries ?? null,
    workers,
    snap,
    source: source ?? null,
    victim: {
      kind: victim.kind,
      labels: victim.labels.length,
      vocabulary: victim.embeddings.vocabulary.size,
      dimensions: victim.embeddings.dimensions,
      folder: model?.folder ?? null,
      sha256: model?.sha256 ?? null,
    },
    ...engineInUse(victim),
    versions: { ...versionsInUse() },
  }
}

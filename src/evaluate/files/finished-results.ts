import type { Attack } from '../../attacks/attack.js'
import { hashVictim } from '../../gradient/proof.js'
import type { Victim } from '../../gradient/victim.js'
import type { GenerateSettings } from '../generate-options.js'
import { resolveGoal } from '../goal.js'
import { radiiOf } from '../rows/radii.js'
import { withinEach } from '../statistics/curve.js'
import { type AttackSummary, readSummaryIfThere } from '../summary.js'
import { finishedRun } from './finished-run.js'
import { refuseOtherThanResults } from './result-writer.js'
import { differingSetting, type Settings } from './settings-difference.js'
import { holdsSomething } from './standing-files.js'
import { shardPath } from './tensor-shards.js'

/** What is asked of a run beside its options. */
interface WantedRun {
  readonly source?: string
  readonly savePerturbations: boolean
  readonly resume: boolean
}

/**
 * The summary of results that stand finished at `output`, where the very same run is to be gone on with; undefined where
 * none stand there, or an interrupted run stands beside them that was begun over them.
 * @throws UserError where they may not be written over: what stands there is something else, or finished
 */
export async function finishedResults(
  output: string,
  victim: Victim,
  attack: Attack,
  settings: GenerateSettings,
  { source, savePerturbations, resume }: WantedRun,
): Promise<AttackSummary | undefined> {
  await refuseOtherThanResults(output)
  return finishedRun(output, 'results', resume, {
    read: () => readSummaryIfThere(output),
    async differing(summary) {
      if (savePerturbations && !(await holdsSomething(shardPath(output, 1)))) return '--save-perturbations'
      return differingSetting(settingsSaid(summary), settingsWanted(victim, attack, settings, source))
    },
  })
}

/** What a summary says of what its rows depend on; what an attack has learned follows from the rest. */
function settingsSaid({
  attack,
  goal,
  target,
  against,
  seed,
  limit,
  queries,
  snap,
  source,
  ...rest
}: AttackSummary): Settings {
  const epsilons = rest.curve.map(({ epsilon }) => epsilon)
  const own = { ...attack.options, goal, target, against, seed, limit, queries, snap, source }
  return { attack: attack.name, epsilons, ...own, learned: undefined, model: rest.readOnlyProof.before }
}

function settingsWanted(
  victim: Victim,
  attack: Attack,
  chosen: GenerateSettings,
  source: string | undefined,
): Settings {
  const { seed, limit = null, queries = null, snap, ...asked } = chosen
  const { goal, target, against } = resolveGoal(victim, asked)
  const within = withinEach(attack, radiiOf(victim.embeddings, attack, chosen))
  return {
    attack: attack.name,
    epsilons: within.flatMap(({ epsilon }) => (epsilon === undefined ? [] : [epsilon])),
    ...within[within.length - 1].attack.options,
    learned: undefined,
    ...{ goal, target: target === undefined ? null : victim.labels[target], against, seed, limit, queries, snap },
    source: source ?? null,
    model: hashVictim(victim).total,
  }
}

import { backendInUse, engineOn } from '../gradient/tensorflow.js'
import type { Victim } from '../gradient/victim.js'
import type { AttackSummary } from './summary.js'

/** What computed, as a summary says it: the victim's own engine, or what TensorFlow.js computes on. */
export function engineInUse({
  engine: own,
}: Victim): Pick<AttackSummary, 'engine' | 'backend' | 'tensorflowVersion' | 'gpu'> {
  const { backend, tensorflowVersion } =
    own === undefined ? backendInUse() : { backend: own.name, tensorflowVersion: undefined }
  const engine = backend === undefined ? null : engineOn(backend)
  return { engine, backend: backend ?? null, tensorflowVersion, gpu: own?.device }
}

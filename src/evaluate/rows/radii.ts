import type { Attack } from '../../attacks/attack.js'
import { UserError } from '../../base/errors.js'
import { type Norm, normOf } from '../../base/norm.js'
import type { Embeddings } from '../../embeddings/embeddings.js'
import type { GenerateSettings } from '../generate-options.js'

/**
 * The radii that a run is asked for, absolute; empty for the attack's own. Relative ones are in multiples of the mean
 * norm, in the attack's own norm, of the vocabulary's vectors.
 * @throws UserError when the attack has no epsilon that could be relative
 */
export function radiiOf(
  embeddings: Embeddings,
  attack: Attack,
  { epsilons, relativeEpsilon }: Pick<GenerateSettings, 'epsilons' | 'relativeEpsilon'>,
): readonly number[] {
  if (!relativeEpsilon) return epsilons
  const own = attack.ball?.epsilon
  const shares = epsilons.length > 0 || own === undefined ? epsilons : [own]
  const norm = attack.ball?.norm ?? attack.minimises
  if (shares.length === 0 || norm === undefined) {
    throw new UserError(`attack ${attack.name}: no epsilon to be relative; leave --relative-epsilon out, or give one`)
  }
  const unit = meanNorm(embeddings, norm)
  return shares.map((share) => share * unit)
}

function meanNorm({ vectors, dimensions, vocabulary: { size } }: Embeddings, norm: Norm): number {
  let sum = 0
  for (let id = 0; id < size; id++) sum += normOf(norm, vectors.subarray(id * dimensions, (id + 1) * dimensions))
  return sum / size
}

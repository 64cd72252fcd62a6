import { z } from 'zod'
import { joinEmbedded } from '../gradient/embed.js'
import type { Attack, AttackDefinition } from './attack.js'
import { ballOptions, objectiveOption } from './continuous-options.js'
import { lossLabel, lossSign } from './goal.js'
import { inputOf } from './input-of.js'
import { balls } from './norms/balls.js'

const options = z.strictObject({
  ...ballOptions,
  objective: objectiveOption.default('cross-entropy'),
})

/**
 * One step to the point of the ball where the loss, taken as linear at the text, is highest: x + ε sign(g) in Linf
 * (the paper's FGSM), x + ε g/|g|₂ in L2 (FGM), all of ε on the largest |g| in L1.
 */
export const fgsm = {
  name: 'fgsm',
  kind: 'continuous',
  summary: 'one step along the gradient, as far as the ball goes (FGSM in Linf, FGM in L2 and L1)',
  reference: 'Goodfellow, Shlens, Szegedy: Explaining and Harnessing Adversarial Examples, ICLR 2015, section 4',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: z.output<typeof options>): Attack {
  const { epsilon, norm, objective } = chosen
  return {
    name: 'fgsm',
    kind: 'continuous',
    options: chosen,
    ball: chosen,
    withEpsilon: (other) => create({ ...chosen, epsilon: other }),
    run(victim, examples) {
      const inputs = examples.map((example) => inputOf(victim.embeddings, example))
      const batch = joinEmbedded(inputs, victim.embeddings.dimensions)
      const labels = Int32Array.from(examples, lossLabel)
      const members = [...examples.keys()]
      const { gradient } = victim.lossGradient(batch, labels, objective, members)
      return examples.map((example, b) => {
        const start = batch.offsets[b] * batch.dimensions
        const delta = new Float64Array(inputs[b].length)
        balls[norm].step(delta, gradient.subarray(start, start + delta.length), lossSign(example) * epsilon)
        return { kind: 'continuous', embedded: inputs[b].map((value, i) => value + delta[i]) }
      })
    },
  }
}

import { z } from 'zod'
import type { Attack, AttackDefinition } from './attack.js'
import { addBoundaryStep, boundaries } from './continuous/boundary-step.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { minimalOptions } from './continuous/continuous-options.js'
import { highestOthers, MOST_RIVALS } from './continuous/highest-others.js'

const options = z.strictObject({
  ...minimalOptions,
  norm: z.enum(['l2', 'linf']).default('l2').describe('the norm that is made small'),
  steps: z.int().positive().default(50).describe('most steps'),
  overshoot: z
    .number()
    .nonnegative()
    .default(1e-4)
    .describe('how far beyond the boundary, as a share of the way to it'),
  candidates: z.int().positive().default(MOST_RIVALS).describe('labels considered: those of the highest logits'),
})
type Options = z.output<typeof options>

/**
 * Steps to the nearest of the boundaries to other labels, taken as linear where the walk stands: with f_k = z_k - z_y,
 * w_k its gradient and q the dual norm, l = argmin_k |f_k| / |w_k|_q and r = |f_l| / |w_l|_q² w_l in L2,
 * |f_l| / |w_l|_1 sign(w_l) in Linf (algorithm 2 and equation 11); the input is x + (1 + η) Σ r. Towards a target each
 * step goes to its boundary with the label that is highest there.
 */
export const deepfool = {
  name: 'deepfool',
  kind: 'continuous',
  summary: 'minimal norm: steps to the nearest boundary, taken as linear (L2, Linf)',
  reference:
    'Moosavi-Dezfooli, Fawzi, Frossard: DeepFool: A Simple and Accurate Method to Fool Deep Neural Networks, ' +
    'CVPR 2016, algorithm 2 and equation 11',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { norm, steps, overshoot, candidates } = options
  return continuousAttack({
    name: 'deepfool',
    options,
    create,
    isMinimal: true,
    *walk(point) {
      const { delta, example } = point
      const judge = { losses: [], gradients: false }
      let { logits } = yield judge
      const rivals = example.target === undefined ? highestOthers(logits, example.label, candidates) : []
      const sum = new Float64Array(delta.length)
      for (let step = 0; step < steps; step++) {
        const reading = yield { losses: boundaries(logits, rivals, example), gradients: true }
        addBoundaryStep(sum, reading.losses, reading.gradients, norm)
        for (let i = 0; i < delta.length; i++) delta[i] = (1 + overshoot) * sum[i]
        const after = yield judge
        if (after.reached) {
          point.keepSmaller(norm)
          return
        }
        logits = after.logits
      }
    },
  })
}

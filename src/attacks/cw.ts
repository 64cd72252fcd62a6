import { z } from 'zod'
import { Adam } from '../base/adam.js'
import { normOf } from '../base/norm.js'
import type { Attack, AttackDefinition } from './attack.js'
import { continuousAttack } from './continuous/continuous-attack.js'
import { minimalOptions } from './continuous/continuous-options.js'
import { stepShareAt } from './continuous/cosine-steps.js'
import { wayOutBy } from './continuous/way-out.js'

const objective = z
  .enum(['margin', 'nearest'])
  .default('nearest')
  .describe('the margin of the highest other label, or of the one that is nearest by the gradients at the text')

const options = z.strictObject({
  ...minimalOptions,
  norm: z.literal('l2').default('l2').describe('the norm that is made small'),
  confidence: z.number().nonnegative().default(0).describe('κ: the margin by which the goal is to be reached'),
  searchSteps: z.int().positive().default(6).describe('values of c tried at most, by binary search'),
  steps: z.int().positive().default(60).describe('steps of Adam for each c'),
  stepSize: z.number().positive().default(0.15).describe('length of the first step, in multiples of the expected |δ|'),
  objective,
})
type Options = z.output<typeof options>

/**
 * The first c, in multiples of the least that reaches the goal where the margin is linear: a little more, so that the
 * first search is mostly the only one.
 */
const FIRST_C = 1.5
/** To a linear boundary a δ of this cosine with the gradient is 1 / 0.995 times as long as the least: 0.5% more. */
const PARALLEL = 0.995
/** At the boundary is where the margin is κ but for this share of what it was short by. */
const AT_BOUNDARY = 0.02

/**
 * Adam on |δ|² + c · max(κ - m(x + δ), 0), m the margin by which the goal is reached; of the iterates with m >= κ the
 * smallest is kept (section VI.A with f_6 on logits; no tanh, since embeddings have no box). c is found by binary search,
 * times 10 while nothing reaches the goal. Where m were linear, of slope s at the text, the least c that reaches it would
 * be 2 |δ| / s and |δ| = (κ - m) / s: the first c and the length of the steps are taken from there, and steps get
 * shorter, so that few are enough. The search ends early at a δ that is along the gradient at the boundary: the condition
 * of a smallest one. The authors' code takes up to 10,000 steps of 0.01 for each of 9 values of c, from 0.001 on; what
 * these 60 for each of 6 are worth is measured in docs/attacks.md.
 */
export const cw = {
  name: 'cw',
  kind: 'continuous',
  summary: 'minimal norm: Carlini and Wagner, Adam on |δ|² + c · max(κ - margin, 0) (L2)',
  reference: 'Carlini, Wagner: Towards Evaluating the Robustness of Neural Networks, IEEE S&P 2017, section VI.A, f_6',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(options: Options): Attack {
  const { confidence, searchSteps, steps, stepSize, objective } = options
  return continuousAttack({
    name: 'cw',
    options,
    create,
    isMinimal: true,
    *walk(point) {
      const { delta } = point
      const { loss, margin, slope, distance } = yield* wayOutBy(objective, point, 'l2', confidence)
      if (!(slope > 0)) return
      const climb = { losses: [loss], gradients: true }
      const length = (stepSize * distance) / Math.sqrt(delta.length)
      const descent = new Float64Array(delta.length)
      let c = (FIRST_C * 2 * distance) / slope
      let low = 0
      let high = Infinity
      for (let search = 0; search < searchSteps; search++) {
        delta.fill(0)
        const adam = new Adam(delta)
        let isEnough = false
        for (let step = 0; ; step++) {
          const { reached, losses, gradients } = yield climb
          const missing = confidence - losses[0]
          if (reached && missing <= 0) {
            isEnough = true
            point.keepSmaller('l2')
          }
          if (step === steps) {
            const isAtBoundary = Math.abs(missing) < AT_BOUNDARY * margin
            if (isEnough && isAtBoundary && cosine(delta, gradients[0]) > PARALLEL) return
            break
          }
          const weight = missing > 0 ? c : 0
          for (let i = 0; i < delta.length; i++) descent[i] = 2 * delta[i] - weight * gradients[0][i]
          adam.update(step + 1, length * stepShareAt(step, steps), 0, descent)
        }
        if (isEnough) high = c
        else low = c
        c = high === Infinity ? 10 * c : (low + high) / 2
      }
    },
  })
}

function cosine(a: Float64Array, b: Float32Array): number {
  let product = 0
  for (let i = 0; i < a.length; i++) product += a[i] * b[i]
  return product / (normOf('l2', a) * normOf('l2', b))
}

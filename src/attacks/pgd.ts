import { z } from 'zod'
import type { Norm } from '../base/norm.js'
import { CounterStream, Purpose } from '../base/random.js'
import { lossOf } from '../gradient/objective.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { EmbeddedBatch } from '../gradient/victim.js'
import type { Attack, AttackContext, AttackDefinition, AttackExample } from './attack.js'
import { ballOptions, objectiveOption } from './continuous-options.js'
import { lossLabel, lossSign, reachesGoal } from './goal.js'
import { inputOf } from './input-of.js'
import { balls } from './norms/balls.js'

const options = z.strictObject({
  ...ballOptions,
  steps: z.int().positive().default(40).describe('steps of each run'),
  stepSize: z
    .number()
    .nonnegative()
    .optional()
    .describe('length of a step as a share of epsilon; 2.5 / steps if not given, and never more than 1 then'),
  randomStart: z.boolean().default(false).describe('begin the first run, too, at a random point of the ball'),
  restarts: z.int().nonnegative().default(0).describe('further runs from random points for what is not flipped yet'),
  momentum: z.number().nonnegative().default(0).describe('decay of the gradients summed so far (MI-FGSM); 0 is plain'),
  objective: objectiveOption.default('margin'),
})
type Options = z.output<typeof options>

/**
 * x_{t+1} = x + P(δ_t + α · steepest(g_t)): steps of steepest ascent in the norm, each brought back to the ball by the
 * Euclidean projection P. With momentum μ the step follows m_{t+1} = μ m_t + g_t/|g_t|₁ (Dong et al. 2018, equation 6).
 * A run ends for an example once it flips; of a run that never flips the iterate of the best loss is kept.
 */
export const pgd = {
  name: 'pgd',
  kind: 'continuous',
  summary: 'projected gradient steps within the ball, with restarts and momentum if wanted',
  reference:
    'Madry, Makelov, Schmidt, Tsipras, Vladu: Towards Deep Learning Models Resistant to Adversarial Attacks, ' +
    'ICLR 2018, section 2.1; momentum: Dong et al.: Boosting Adversarial Attacks with Momentum, CVPR 2018, equation 6',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const stepSize = chosen.stepSize ?? Math.min(1, 2.5 / chosen.steps)
  return {
    name: 'pgd',
    kind: 'continuous',
    options: { ...chosen, stepSize },
    ball: chosen,
    withEpsilon: (epsilon) => create({ ...chosen, epsilon }),
    run(victim, examples, context) {
      const climbs = climbsFrom(victim, examples)
      for (let run = 0; run <= chosen.restarts; run++) {
        climb(
          victim,
          climbs.filter(({ reached }) => !reached),
          { ...chosen, stepSize },
          context,
          run,
        )
      }
      return climbs.map(({ best }) => ({ kind: 'continuous', embedded: best }))
    },
  }
}

/** One example on its way. */
interface Climb {
  /** Its place in the attacked batch. */
  readonly member: number
  readonly example: AttackExample
  /** x, [C · D]. */
  readonly original: Float32Array
  /** δ, in float64, so that many small steps do not round away. */
  readonly delta: Float64Array
  /** m. */
  readonly momentum: Float64Array
  /** The best iterate so far, and its loss with the sign of the goal. */
  readonly best: Float32Array
  bestLoss: number
  reached: boolean
}

function climbsFrom({ embeddings }: ReadOnlyVictim, examples: readonly AttackExample[]): Climb[] {
  return examples.map((example, member) => {
    const original = inputOf(embeddings, example)
    return {
      member,
      example,
      original,
      delta: new Float64Array(original.length),
      momentum: new Float64Array(original.length),
      best: original.slice(),
      bestLoss: -Infinity,
      reached: false,
    }
  })
}

function climb(
  victim: ReadOnlyVictim,
  climbs: readonly Climb[],
  { norm, epsilon, steps, stepSize, randomStart, momentum, objective }: Options & { stepSize: number },
  { seed }: AttackContext,
  run: number,
): void {
  const atRandom = randomStart || run > 0
  for (const { delta, momentum, example } of climbs) {
    delta.fill(0)
    momentum.fill(0)
    if (atRandom) balls[norm].draw(delta, epsilon, new CounterStream(seed, Purpose.AttackStart, example.row, run))
  }
  let active = climbs
  for (let step = 0; step <= steps && active.length > 0; step++) {
    const batch = iterates(active, victim.embeddings.dimensions)
    const members = active.map(({ member }) => member)
    const labels = Int32Array.from(active, ({ example }) => lossLabel(example))
    // The last iterate is only judged.
    const read = step < steps ? victim.lossGradient(batch, labels, objective, members) : undefined
    const logits = read?.logits ?? victim.logits(batch, members)
    const classes = victim.labelCount
    active = active.filter((each, b) => {
      const row = logits.subarray(b * classes, (b + 1) * classes)
      const [start, end] = [batch.offsets[b], batch.offsets[b + 1]].map((position) => position * batch.dimensions)
      // The text itself is where the attack comes from, not where it may end.
      if (step > 0 || atRandom) {
        keepBest(
          each,
          batch.embedded.subarray(start, end),
          row,
          lossSign(each.example) * lossOf(objective, row, labels[b]),
        )
      }
      if (each.reached) return false
      if (read) move(each, read.gradient.subarray(start, end), norm, stepSize * epsilon, epsilon, momentum)
      return true
    })
  }
}

/** x + δ of each, one after the other. */
function iterates(climbs: readonly Climb[], dimensions: number): EmbeddedBatch {
  const offsets = new Int32Array(climbs.length + 1)
  climbs.forEach(({ delta }, b) => {
    offsets[b + 1] = offsets[b] + delta.length / dimensions
  })
  const embedded = new Float32Array(offsets[climbs.length] * dimensions)
  climbs.forEach(({ original, delta }, b) => {
    const start = offsets[b] * dimensions
    for (let i = 0; i < delta.length; i++) embedded[start + i] = original[i] + delta[i]
  })
  return { embedded, offsets, dimensions }
}

function keepBest(climb: Climb, iterate: Float32Array, logits: Float32Array, loss: number): void {
  climb.reached = reachesGoal(logits, climb.example)
  if (!climb.reached && !(loss > climb.bestLoss)) return
  climb.best.set(iterate)
  climb.bestLoss = loss
}

/** One step of an example: δ becomes P(δ + α · steepest). */
function move(
  { delta, momentum, example }: Climb,
  gradient: Float32Array,
  norm: Norm,
  length: number,
  radius: number,
  decay: number,
): void {
  const ball = balls[norm]
  ball.step(delta, decay > 0 ? accumulate(momentum, gradient, decay) : gradient, lossSign(example) * length)
  ball.project(delta, radius)
}

/** m becomes μ m + g/|g|₁. */
function accumulate(momentum: Float64Array, gradient: Float32Array, decay: number): Float64Array {
  let size = 0
  for (let i = 0; i < gradient.length; i++) size += Math.abs(gradient[i])
  for (let i = 0; i < gradient.length; i++) {
    momentum[i] = decay * momentum[i] + (size > 0 ? gradient[i] / size : 0)
  }
  return momentum
}

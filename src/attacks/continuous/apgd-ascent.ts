import type { Norm } from '../../base/norm.js'
import { StepLength } from './apgd-schedule.js'
import { kthLargestSize } from './kth-largest.js'
import { SparseSteps } from './l1-apgd-schedule.js'
import type { Loss } from './losses.js'
import type { Ball } from './norms/ball.js'
import { balls } from './norms/balls.js'
import { l1 } from './norms/l1.js'
import type { Point, Reading, Walk } from './walk.js'

/** The paper's α: how much of a step is new; the rest goes on as the step before did. */
const ALPHA = 0.75

export interface ApgdRun {
  readonly norm: Norm
  /** Of the ball. */
  readonly radius: number
  readonly steps: number
  /** Whether δ is not 0: where a run begins at the text, the text itself is no result. */
  readonly fromElsewhere: boolean
}

/** How a run moves: its step, and what it makes of the loss of each iterate. */
interface Mover {
  /** @returns whether to go on from the best iterate */
  look(step: number, loss: number, best: Float64Array): boolean
  /** Moves δ along the gradient. */
  move(step: number, delta: Float64Array, gradient: Float32Array): void
}

/** A run of Auto-PGD in L2 or Linf (Croce and Hein 2020, algorithm 1) or of L1-APGD (2021, algorithm 2). */
export function* apgdAscent({ delta }: Point, loss: Loss, run: ApgdRun, offer: (reading: Reading) => void): Walk {
  const { norm, radius, steps, fromElsewhere } = run
  const mover = norm === 'l1' ? sparseMover(steps, radius, delta.length) : heavyBall(balls[norm], steps, radius, delta)
  const climb = { losses: [loss], gradients: true }
  const judge = { losses: [loss], gradients: false }
  const best = { delta: delta.slice(), gradient: new Float32Array(delta.length), loss: -Infinity }
  for (let step = 0; ; step++) {
    const reading = yield step < steps ? climb : judge
    const isResult = step > 0 || fromElsewhere
    if (isResult) offer(reading)
    if (step === steps || (isResult && reading.reached)) return
    const [value] = reading.losses
    let [gradient] = reading.gradients
    if (value > best.loss) {
      best.loss = value
      best.delta.set(delta)
      best.gradient.set(gradient)
    }
    if (mover.look(step, value, best.delta)) {
      delta.set(best.delta)
      gradient = best.gradient
    }
    mover.move(step, delta, gradient)
  }
}

/** z = P(x_k + η steepest(g)), x_{k+1} = P(x_k + α (z - x_k) + (1 - α) (x_k - x_{k-1})); the first step is z alone. */
function heavyBall(ball: Ball, steps: number, radius: number, start: Float64Array): Mover {
  const lengths = new StepLength(steps, radius)
  const z = new Float64Array(start.length)
  const previous = start.slice()
  return {
    look: (step, loss) => lengths.next(step, loss),
    move(step, delta, gradient) {
      const alpha = step === 0 ? 1 : ALPHA
      z.set(delta)
      ball.step(z, gradient, lengths.length)
      ball.project(z, radius)
      for (let i = 0; i < delta.length; i++) {
        const x = delta[i]
        delta[i] = x + alpha * (z[i] - x) + (1 - alpha) * (x - previous[i])
        previous[i] = x
      }
      ball.project(delta, radius)
    },
  }
}

/** x_{k+1} = P(x_k + η s/|s|₁), s the signs of the largest components of the gradient. */
function sparseMover(steps: number, radius: number, size: number): Mover {
  const schedule = new SparseSteps(steps, radius, size)
  return {
    look: (step, _, best) => schedule.next(step, () => best.reduce((count, value) => count + (value === 0 ? 0 : 1), 0)),
    move(_, delta, gradient) {
      addSparseStep(delta, gradient, schedule.count, schedule.length)
      l1.project(delta, radius)
    },
  }
}

/** Adds a step of L1 norm `length`, even over the `count` steepest coordinates and those as steep as the last of them. */
export function addSparseStep(delta: Float64Array, gradient: Float32Array, count: number, length: number): void {
  const least = kthLargestSize(gradient, Math.min(count, delta.length))
  let moved = 0
  for (let i = 0; i < delta.length; i++) if (Math.abs(gradient[i]) >= least && gradient[i] !== 0) moved++
  if (moved === 0) return
  for (let i = 0; i < delta.length; i++) {
    if (Math.abs(gradient[i]) >= least) delta[i] += (length / moved) * Math.sign(gradient[i])
  }
}

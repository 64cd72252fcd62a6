import { z } from 'zod'
import type { Norm } from '../../base/norm.js'
import { CounterStream, Purpose } from '../../base/random.js'
import type { AttackContext } from '../attack.js'
import { balls } from './norms/balls.js'
import type { Point, Walk } from './walk.js'

/** Options of attacks within a ball that may be run several times. */
export const restartOptions = {
  randomStart: z.boolean().default(false).describe('begin the first run, too, at a random point of the ball'),
  restarts: z.int().nonnegative().default(0).describe('further runs from random points for what is not flipped yet'),
}

interface Restarts {
  readonly norm: Norm
  readonly epsilon: number
  readonly randomStart: boolean
  readonly restarts: number
}

/** Whether a run may begin elsewhere than at the text. */
export const startsElsewhere = ({ randomStart, restarts }: Pick<Restarts, 'randomStart' | 'restarts'>): boolean =>
  randomStart || restarts > 0

/** Runs until one flips, each from its own point: the text, or a uniform point of the ball, drawn by the example's row. */
export function* withRestarts(
  point: Point,
  { norm, epsilon, randomStart, restarts }: Restarts,
  { seed }: AttackContext,
  runOnce: (fromElsewhere: boolean) => Walk<unknown>,
): Walk {
  for (let run = 0; run <= restarts && !point.reached; run++) {
    const fromElsewhere = randomStart || run > 0
    point.delta.fill(0)
    if (fromElsewhere) {
      balls[norm].draw(point.delta, epsilon, new CounterStream(seed, Purpose.AttackStart, point.example.row, run))
    }
    yield* runOnce(fromElsewhere)
  }
}

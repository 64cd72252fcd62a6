import { z } from 'zod'
import { type Norm, normOf } from '../../base/norm.js'
import { goalLoss } from './losses.js'
import { DUAL } from './norms/dual.js'
import type { Point, Walk } from './walk.js'

const LIST = /^\d+(,\d+)*$/

/** Which positions of a text a continuous attack may change. */
export const positionsOption = z
  .string()
  .refine((text) => text === 'all' || text === 'most-salient' || LIST.test(text), {
    error: 'all, most-salient, or numbers from 0 like 0,2 are needed',
  })
  .default('all')
  .describe('known words that may change: all, most-salient (the one of the steepest gradient), or numbers like 0,2')

/**
 * The chosen positions of a text of C, rising. Numbers beyond the text are left out, so there may be none. For
 * `most-salient` nothing is known without a reading, and all are given: see {@link mostSalient}.
 */
export function listedPositions(choice: string, count: number): Int32Array {
  if (!LIST.test(choice)) {
    const all = new Int32Array(count)
    for (let position = 0; position < count; position++) all[position] = position
    return all
  }
  const numbers = new Set(choice.split(',').map(Number))
  return Int32Array.from([...numbers].filter((number) => number < count).sort((a, b) => a - b))
}

/** P, how many positions of a text of C may change. */
export function changeableOf(choice: string, count: number): number {
  if (choice === 'all') return count
  return choice === 'most-salient' ? Math.min(1, count) : listedPositions(choice, count).length
}

/**
 * A walk that finds the position where the margin rises most for a perturbation of a norm: that of the largest gradient
 * in the dual norm, the first of equals.
 */
export function* mostSalient(point: Point, norm: Norm, dimensions: number, found: (position: number) => void): Walk {
  const { gradients } = yield { losses: [goalLoss('margin', point.example)], gradients: true }
  const dual = DUAL[norm]
  let best = 0
  let steepest = -Infinity
  for (let position = 0; position * dimensions < gradients[0].length; position++) {
    const size = normOf(dual, gradients[0].subarray(position * dimensions, (position + 1) * dimensions))
    if (size > steepest) {
      steepest = size
      best = position
    }
  }
  found(best)
}

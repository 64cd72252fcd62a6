import { describe, expect, it } from 'vitest'
import { goalLoss, leadOf, requireLabels } from '#src/attacks/continuous/losses.js'
import { UserError } from '#src/base/errors.js'
import { normals } from '../small-victims.js'

const encoded = { text: '', ids: new Int32Array(), spans: [], unknown: 0 }
const goal = (label: number, target?: number) => ({ row: 1, encoded, label, target })

describe('losses that attacks raise', () => {
  // p = (0.7311, 0.2689) for logits 1 apart.
  it.each([
    ['cross-entropy', undefined, [1, 0], 0.3132616875],
    ['cross-entropy', 1, [1, 0], -1.3132616875],
    ['margin', undefined, [3, 1, 2], -1],
    ['margin', 2, [3, 1, 2], -1],
    ['margin', 1, [3, 1, 2], -2],
    // -(5 - 3) / (5 - 1) (equation 6).
    ['dlr', undefined, [5, 3, 1, 0], -0.5],
    // -(5 - 1) / (5 - (1 + 0) / 2) (equation 7).
    ['dlr', 2, [5, 3, 1, 0], -4 / 4.5],
  ] as const)('%s, target %s, of logits %j is %d (1e-9)', (objective, target, logits, expected) => {
    const value = goalLoss(objective, goal(0, target))(Float32Array.from(logits), new Float32Array(logits.length))
    expect(value).toBeCloseTo(expected, 9)
  })

  it.each(
    (['cross-entropy', 'margin', 'dlr'] as const).flatMap((objective) =>
      [undefined, 3].map((target) => [objective, target] as const),
    ),
  )('%s, target %s: the weights are dL/dz by differences (2e-3)', (objective, target) => {
    for (let seed = 1; seed <= 20; seed++) {
      const logits = normals(6, seed, 2)
      const loss = goalLoss(objective, goal(1, target))
      const weights = new Float32Array(6)
      loss(logits, weights)
      for (let k = 0; k < 6; k++) {
        const [low, high] = [-1e-3, 1e-3].map((step) => {
          const moved = logits.slice()
          moved[k] += step
          return loss(moved, new Float32Array(6))
        })
        expect(Math.abs((high - low) / 2e-3 - weights[k])).toBeLessThan(2e-3 * Math.max(1, Math.abs(weights[k])))
      }
    }
  })

  it('cross-entropy keeps its direction where the victim is sure', () => {
    const weights = new Float32Array(3)
    goalLoss('cross-entropy', goal(0))(Float32Array.of(60, 0, -1), weights)
    expect(weights[1]).toBeGreaterThan(0)
    expect(weights[0]).toBe(-Math.fround(weights[1] + weights[2]))
  })

  it('a lead is one logit less another', () => {
    const weights = new Float32Array(3)
    expect(leadOf(2, 0)(Float32Array.of(1, 9, 4), weights)).toBe(3)
    expect([...weights]).toEqual([-1, 0, 1])
  })

  it.each([
    [2, false, 'attack apgd: objective dlr needs 3 labels, the model has 2; use margin'],
    [3, true, 'attack apgd: objective dlr with a target needs 4 labels, the model has 3; use margin'],
  ])('dlr with %d labels, targeted %s, is refused in one line', (labels, isTargeted, message) => {
    const ask = () => requireLabels('apgd', 'dlr', labels, isTargeted)
    expect(ask).toThrow(UserError)
    expect(ask).toThrow(message)
    requireLabels('apgd', 'margin', labels, isTargeted)
    requireLabels('apgd', 'dlr', labels + 1, isTargeted)
  })
})

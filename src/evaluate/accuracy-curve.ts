import type { Attack } from '../attacks/attack.js'
import type { Victim } from '../gradient/victim.js'
import { type GenerateContext, generateAdversarial, type InputRow } from './generate-adversarial.js'
import type { GenerateOptions } from './generate-options.js'
import type { CurvePoint } from './summary.js'

/**
 * Accuracy against epsilon: the attack within each epsilon on the same rows, and, where exact minima are known, what
 * the best attack could do. By rising epsilon.
 * @throws UserError when the attack has no epsilon; else as `generateAdversarial`
 */
export async function accuracyCurve(
  victim: Victim,
  attack: Attack,
  rows: Iterable<InputRow> | AsyncIterable<InputRow>,
  epsilons: readonly number[],
  options: Omit<GenerateOptions, 'epsilons'> & Omit<GenerateContext, 'resume' | 'perturbations'> = {},
): Promise<CurvePoint[]> {
  const results = generateAdversarial(victim, attack, rows, { ...options, epsilons: [...epsilons] })
  for (;;) {
    const next = await results.next()
    if (next.done) return next.value.curve
  }
}

import { BestFew } from './best-few.js'

/** The `count` labels other than `label` of the highest logits [K], highest first; of equal ones the first. */
export function nearestRivals(logits: ArrayLike<number>, label: number, count: number): readonly number[] {
  const best = new BestFew<number>(count)
  for (let k = 0; k < logits.length; k++) if (k !== label) best.add(logits[k], k)
  return best.items
}

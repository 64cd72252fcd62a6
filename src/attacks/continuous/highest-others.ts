import { BestFew } from '../words/best-few.js'

/** Labels that an attack looks at where a victim has more: as many as DeepFool's authors did, of the highest logits. */
export const MOST_RIVALS = 10

/** The `count` labels other than `label` of the highest logits [K], highest first; of equal ones the first. */
export function highestOthers(logits: ArrayLike<number>, label: number, count: number): readonly number[] {
  const best = new BestFew<number>(count)
  for (let k = 0; k < logits.length; k++) if (k !== label) best.add(logits[k], k)
  return best.items
}

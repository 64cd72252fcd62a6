/** The last step's length as a share of the first one's, in DDN's paper and in FMN's code. */
const LAST_STEP = 0.01

/** Falls from `first` at step 0 to `last` at step `steps`, by half a cosine. */
export function fallByCosine(first: number, last: number, step: number, steps: number): number {
  return last + (first - last) * ((1 + Math.cos((Math.PI * step) / steps)) / 2)
}

/** The length of a step as a share of the first one's: it falls to a hundredth by half a cosine. */
export const stepShareAt = (step: number, steps: number): number => fallByCosine(1, LAST_STEP, step, steps)

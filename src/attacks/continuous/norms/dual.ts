import type { Norm } from '../../../base/norm.js'

/** The dual of each norm, of Hölder's inequality <g, d> <= |g|_q |d|_p. */
export const DUAL: Readonly<Record<Norm, Norm>> = { l1: 'linf', l2: 'l2', linf: 'l1' }

import type { Norm } from '../../../base/norm.js'
import type { Ball } from './ball.js'
import { l1 } from './l1.js'
import { l2 } from './l2.js'
import { linf } from './linf.js'

/** Each norm's ball. */
export const balls: Readonly<Record<Norm, Ball>> = { l1, l2, linf }

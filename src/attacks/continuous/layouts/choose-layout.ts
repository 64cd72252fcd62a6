import type { Norm } from '../../../base/norm.js'
import type { ReadOnlyVictim } from '../../../gradient/read-only-victim.js'
import type { ChangeableText, Layout } from './layout.js'
import { OneRow } from './one-row.js'
import { RowEach } from './row-each.js'
import { RowInPool } from './row-in-pool.js'

/** Makes the layout of a text's perturbation. */
export type LayoutOf = (text: ChangeableText) => Layout

/**
 * The layout for walks from the text itself, along gradients: where these are one row at all positions, so is what the
 * walks make of them in L2 and Linf. In L1 a step moves one coordinate of one position.
 */
export function layoutFromText({ pooling }: ReadOnlyVictim, norm: Norm): LayoutOf {
  if (norm === 'l1' || pooling === undefined) return layoutOfEach
  return (text) => new RowInPool(text, norm, pooling)
}

/** The layout for walks that may leave the text in any direction. */
export const layoutOfEach: LayoutOf = (text) => new RowEach(text)

/** The layout for one vector at all positions, whatever the victim. */
export function layoutOfOneRow({ pooling }: ReadOnlyVictim, norm: Exclude<Norm, 'l1'>): LayoutOf {
  return (text) => (pooling === undefined ? new OneRow(text, norm) : new RowInPool(text, norm, pooling))
}

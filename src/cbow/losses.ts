import { type HuffmanTree, huffmanTree } from '../kernels/huffman-tree.js'
import type { CbowSettings } from './cbow-options.js'

/** Negatives drawn for each centre: only negative sampling needs any. */
export function negativesOf({ loss, negative }: Pick<CbowSettings, 'loss' | 'negative'>): number {
  return loss === 'negative-sampling' ? negative : 0
}

/** The tree whose inner nodes are the output rows (the last of the V rows is none); only of hierarchical softmax. */
export function treeOf(counts: Float64Array, { loss }: CbowSettings): HuffmanTree | undefined {
  return loss === 'hierarchical-softmax' ? huffmanTree(counts) : undefined
}

import type { Handle } from './driver.js'

/** The kernels that work on a linear victim's texts, pooled vectors or queries. */
export type TextsKernel = 'readGradients' | 'takeLogits' | 'pullBack' | 'bestWords' | 'climb'

/** The victim, and the counter of what was taken. */
export interface VictimAddresses {
  readonly embeddings: Handle
  readonly output: Handle
  readonly bias: Handle
  readonly next: Handle
}

export interface VictimShape {
  /** V, K and the numbers of a row. */
  readonly words: number
  readonly labels: number
  readonly row: number
  readonly averaged: boolean
}

/** What one launch is told; what its kernel does not look at is left out. */
export interface TextsLaunch {
  /** Texts, vectors or queries. */
  readonly count: number
  readonly rows: Handle
  readonly ids?: Handle
  readonly offsets?: Handle
  readonly labels?: Handle
  readonly rivals?: Handle
  readonly loss?: Handle
  readonly words?: Handle
  readonly scores?: Handle
  readonly margin?: boolean
  readonly roundBall?: boolean
  readonly best?: number
  readonly steps?: number
  /** Warps that share a query's words, or a vector's labels. */
  readonly parts?: number
  readonly epsilon?: number
  readonly stepLength?: number
}

/** The same in texts.cuh. */
const FLAG = { averaged: 1, margin: 2, roundBall: 4 } as const
const TEXTS_BYTES = 136
const NULL = 0n

/** The `Texts` of texts.cuh: what one launch is given. */
export function textsBytes(victim: VictimAddresses, shape: VictimShape, launch: TextsLaunch): DataView {
  const { embeddings, output, bias, next } = victim
  const { ids, offsets, labels, rivals, loss, rows, words, scores } = launch
  const view = new DataView(new ArrayBuffer(TEXTS_BYTES))
  let offset = 0
  const addresses = [embeddings, output, bias, ids, offsets, labels, rivals, next, loss, rows, words, scores]
  for (const address of addresses) {
    view.setBigUint64(offset, address ?? NULL, true)
    offset += 8
  }
  const flags =
    (shape.averaged ? FLAG.averaged : 0) + (launch.margin ? FLAG.margin : 0) + (launch.roundBall ? FLAG.roundBall : 0)
  const { count, best = 0, steps = 0, parts = 1, epsilon = 0, stepLength = 0 } = launch
  for (const value of [count, shape.words, shape.labels, shape.row / 4, flags, best, steps, parts]) {
    view.setUint32(offset, value, true)
    offset += 4
  }
  for (const value of [epsilon, stepLength]) {
    view.setFloat32(offset, value, true)
    offset += 4
  }
  return view
}

/* The draws of `cbow/draws.ts`, for many words at once. */

import { fetchRow } from './fetch'
import {
  NOISE, OUTPUT, POOL, POOL_KEY, POOL_SIZE, ROW, SEED_HIGH, SEED_LOW, SUBSAMPLE, NEGATIVE_POOL, WINDOW_AND_NEGATIVES, WORDS,
} from './layout'
import { lows, philox } from './philox'

/** Draws blocks 0 of the indices from `first` on: a uint32 for each of 4 * count positions. */
export function drawForWords(p: usize, to: usize, first: u64, count: i32, epoch: u32): void {
  const low = load<u32>(p, SEED_LOW), high = load<u32>(p, SEED_HIGH), purpose = epoch * 256 + SUBSAMPLE
  const zero = i32x4.splat(0)
  for (let i = 0; i < count; i += 4, to += 64) {
    const a = first + i, b = a + 1, c = a + 2, d = a + 3
    philox(lows(a, b, c, d), lows(a >> 32, b >> 32, c >> 32, d >> 32), zero, purpose, low, high, to)
  }
}

/** Draws blocks 0 to perCentre - 1 of each of `centres` positions (`start` and what the list adds to it). */
export function drawForCentres(p: usize, to: usize, start: u64, positions: usize, centres: i32, perCentre: i32, epoch: u32): void {
  const low = load<u32>(p, SEED_LOW), high = load<u32>(p, SEED_HIGH), purpose = epoch * 256 + WINDOW_AND_NEGATIVES
  let block = 0
  for (let i = 0, n = centres * perCentre; i < n; i += 4, to += 64) {
    const a = start + load<u32>(positions), x = block
    if (++block == perCentre) { block = 0; positions += 4 }
    const b = start + load<u32>(positions), y = block
    if (++block == perCentre) { block = 0; positions += 4 }
    const c = start + load<u32>(positions), z = block
    if (++block == perCentre) { block = 0; positions += 4 }
    const d = start + load<u32>(positions), w = block
    if (++block == perCentre) { block = 0; positions += 4 }
    philox(lows(a, b, c, d), lows(a >> 32, b >> 32, c >> 32, d >> 32), lows(x, y, z, w), purpose, low, high, to)
  }
}

/** The pool of negatives of a block of positions, as addresses of rows; drawn where the scratch region holds another. */
export function poolOf(p: usize, scratch: usize, block: u64, epoch: u32): usize {
  const pool = <usize>load<u32>(scratch, POOL), key = (<u64>epoch << 44 | block) + 1
  if (load<u64>(scratch, POOL_KEY) == key) return pool
  store<u64>(scratch, key, POOL_KEY)
  const low = load<u32>(p, SEED_LOW), high = load<u32>(p, SEED_HIGH), purpose = epoch * 256 + NEGATIVE_POOL
  const words = <u64>load<u32>(p, WORDS), noise = <usize>load<u32>(p, NOISE)
  const row = load<u32>(p, ROW), output = load<u32>(p, OUTPUT)
  const c0 = i32x4.splat(<i32>block), c1 = i32x4.splat(<i32>(block >> 32))
  for (let i = 0; i < POOL_SIZE; i += 16) {
    philox(c0, c1, i32x4.add(i32x4.splat(i >> 2), i32x4(0, 1, 2, 3)), purpose, low, high, pool + (<usize>i << 2))
  }
  for (let at = pool, end = pool + (<usize>POOL_SIZE << 2); at < end; at += 4) {
    const product = <u64>load<u32>(at) * words
    const slot = <u32>(product >> 32), entry = noise + (<usize>slot << 3)
    const negative = output + select<u32>(slot, load<u32>(entry, 4), <u32>product < load<u32>(entry)) * row
    store<u32>(at, negative)
    fetchRow(negative, row)
  }
  return pool
}

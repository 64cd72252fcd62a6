/* The draws of `cbow/draws.ts`, for many words at once. */

import { lows, philox } from './philox'
import { NEGATIVE, NOISE, ROW, SEED_HIGH, SEED_LOW, SUBSAMPLE, WINDOW, WINDOW_AND_NEGATIVES, WORDS } from './layout'

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

/** Makes of each centre's draws, in place, its reduced window (lane 0) and the row offsets of its negatives. */
export function turnDraws(p: usize, drawn: usize, centres: i32, perCentre: i32): void {
  const window = <u64>load<u32>(p, WINDOW), words = <u64>load<u32>(p, WORDS), negative = load<i32>(p, NEGATIVE)
  const noise = <usize>load<u32>(p, NOISE), row = load<u32>(p, ROW)
  for (let c = 0; c < centres; c++, drawn += <usize>perCentre << 4) {
    store<u32>(drawn, 1 + <u32>((<u64>load<u32>(drawn) * window) >> 32))
    for (let at = drawn + 4, end = at + (<usize>negative << 2); at < end; at += 4) {
      const product = <u64>load<u32>(at) * words
      const slot = <u32>(product >> 32), entry = noise + (<usize>slot << 3)
      store<u32>(at, select<u32>(slot, load<u32>(entry, 4), <u32>product < load<u32>(entry)) * row)
    }
  }
}

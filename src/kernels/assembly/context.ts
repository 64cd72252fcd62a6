/*
 * The rows of a context: their offsets stand after `first` up to and with `last`. They are taken 10, 8, 6, 4, 2 or 1 in
 * a pass, each with code of its own: V8 guesses the end of a loop over rows wrong once for each cache line.
 */

import { add, mul } from './simd-math'

/** h = scale * sum of the context rows, `columns` times four numbers of each. */
export function gatherContext(h: usize, input: usize, columns: i32, first: usize, last: usize, scale: v128): void {
  let at = first + 4, left = <i32>((last - first) >> 2)
  // The first pass sets h, further ones add to it; a context of an even number of at most ten rows is one pass.
  switch (left < 10 ? left & ~1 : 10) {
    case 0: gather(1, false, h, input, columns, at, scale); left -= 1; at += 4; break
    case 2: gather(2, false, h, input, columns, at, scale); left -= 2; at += 8; break
    case 4: gather(4, false, h, input, columns, at, scale); left -= 4; at += 16; break
    case 6: gather(6, false, h, input, columns, at, scale); left -= 6; at += 24; break
    case 8: gather(8, false, h, input, columns, at, scale); left -= 8; at += 32; break
    default: gather(10, false, h, input, columns, at, scale); left -= 10; at += 40
  }
  for (; left >= 6; left -= 6, at += 24) gather(6, true, h, input, columns, at, scale)
  for (; left >= 2; left -= 2, at += 8) gather(2, true, h, input, columns, at, scale)
  if (left > 0) gather(1, true, h, input, columns, at, scale)
}

/** Each context row takes scale * e. */
export function scatterContext(e: usize, input: usize, columns: i32, first: usize, last: usize, scale: v128): void {
  let at = first + 4, left = <i32>((last - first) >> 2)
  do {
    switch (left < 10 ? left & ~1 : 10) {
      case 0: scatter(1, e, input, columns, at, scale); left -= 1; at += 4; break
      case 2: scatter(2, e, input, columns, at, scale); left -= 2; at += 8; break
      case 4: scatter(4, e, input, columns, at, scale); left -= 4; at += 16; break
      case 6: scatter(6, e, input, columns, at, scale); left -= 6; at += 24; break
      case 8: scatter(8, e, input, columns, at, scale); left -= 8; at += 32; break
      default: scatter(10, e, input, columns, at, scale); left -= 10; at += 40
    }
  } while (left > 0)
}

// n is a constant where these are called, so that each copy keeps only its own rows.

@inline function gather(n: i32, adds: bool, h: usize, input: usize, columns: i32, offsets: usize, scale: v128): void {
  for (let left = columns, at = input; ; left -= 4, at += 64, h += 64) {
    const v0 = at + load<u32>(offsets), v1 = n > 1 ? at + load<u32>(offsets, 4) : 0
    const v2 = n > 2 ? at + load<u32>(offsets, 8) : 0, v3 = n > 2 ? at + load<u32>(offsets, 12) : 0
    const v4 = n > 4 ? at + load<u32>(offsets, 16) : 0, v5 = n > 4 ? at + load<u32>(offsets, 20) : 0
    const v6 = n > 6 ? at + load<u32>(offsets, 24) : 0, v7 = n > 6 ? at + load<u32>(offsets, 28) : 0
    const v8 = n > 8 ? at + load<u32>(offsets, 32) : 0, v9 = n > 8 ? at + load<u32>(offsets, 36) : 0
    sumColumn(n, adds, h, 0, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 1) break
    sumColumn(n, adds, h, 16, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 2) break
    sumColumn(n, adds, h, 32, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 3) break
    sumColumn(n, adds, h, 48, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 4) break
  }
}

/** Sums in pairs, which wait less for one another. */
@inline function sumColumn(n: i32, adds: bool, to: usize, offset: usize, v0: usize, v1: usize, v2: usize, v3: usize, v4: usize,
  v5: usize, v6: usize, v7: usize, v8: usize, v9: usize, scale: v128): void {
  let a = v128.load(v0 + offset)
  if (n > 1) a = add(a, v128.load(v1 + offset))
  if (n > 2) a = add(a, add(v128.load(v2 + offset), v128.load(v3 + offset)))
  if (n > 4) a = add(a, add(v128.load(v4 + offset), v128.load(v5 + offset)))
  if (n > 6) a = add(a, add(v128.load(v6 + offset), v128.load(v7 + offset)))
  if (n > 8) a = add(a, add(v128.load(v8 + offset), v128.load(v9 + offset)))
  a = mul(a, scale)
  if (adds) a = add(a, v128.load(to + offset))
  v128.store(to + offset, a)
}

@inline function scatter(n: i32, e: usize, input: usize, columns: i32, offsets: usize, scale: v128): void {
  for (let left = columns, at = input; ; left -= 4, at += 64, e += 64) {
    const v0 = at + load<u32>(offsets), v1 = n > 1 ? at + load<u32>(offsets, 4) : 0
    const v2 = n > 2 ? at + load<u32>(offsets, 8) : 0, v3 = n > 2 ? at + load<u32>(offsets, 12) : 0
    const v4 = n > 4 ? at + load<u32>(offsets, 16) : 0, v5 = n > 4 ? at + load<u32>(offsets, 20) : 0
    const v6 = n > 6 ? at + load<u32>(offsets, 24) : 0, v7 = n > 6 ? at + load<u32>(offsets, 28) : 0
    const v8 = n > 8 ? at + load<u32>(offsets, 32) : 0, v9 = n > 8 ? at + load<u32>(offsets, 36) : 0
    addColumn(n, e, 0, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 1) break
    addColumn(n, e, 16, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 2) break
    addColumn(n, e, 32, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 3) break
    addColumn(n, e, 48, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale)
    if (left == 4) break
  }
}

@inline function addColumn(n: i32, e: usize, offset: usize, v0: usize, v1: usize, v2: usize, v3: usize, v4: usize, v5: usize,
  v6: usize, v7: usize, v8: usize, v9: usize, scale: v128): void {
  const step = mul(v128.load(e + offset), scale)
  addTo(v0 + offset, step)
  if (n > 1) addTo(v1 + offset, step)
  if (n > 2) { addTo(v2 + offset, step); addTo(v3 + offset, step) }
  if (n > 4) { addTo(v4 + offset, step); addTo(v5 + offset, step) }
  if (n > 6) { addTo(v6 + offset, step); addTo(v7 + offset, step) }
  if (n > 8) { addTo(v8 + offset, step); addTo(v9 + offset, step) }
}

@inline function addTo(v: usize, step: v128): void { v128.store(v, add(v128.load(v), step)) }

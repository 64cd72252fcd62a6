/*
 * The rows of a context: their offsets stand after `first` up to and with `last`. They are taken ten in a pass, what is
 * left over in one pass of its own, without a loop over rows: V8 guesses the end of such a loop wrong once for each
 * cache line.
 */

import { add, all, mul } from './simd-math'

/** h = scale * sum of the context rows. */
export function gatherContext(h: usize, input: usize, row: usize, first: usize, last: usize, scale: v128): void {
  const count = <i32>((last - first) >> 2), odd = (count - 1) % 10 + 1
  let at = first + 4
  switch (odd) {
    case 1: gather(1, false, h, input, row, at, scale); break
    case 2: gather(2, false, h, input, row, at, scale); break
    case 3: gather(3, false, h, input, row, at, scale); break
    case 4: gather(4, false, h, input, row, at, scale); break
    case 5: gather(5, false, h, input, row, at, scale); break
    case 6: gather(6, false, h, input, row, at, scale); break
    case 7: gather(7, false, h, input, row, at, scale); break
    case 8: gather(8, false, h, input, row, at, scale); break
    case 9: gather(9, false, h, input, row, at, scale); break
    default: gather(10, false, h, input, row, at, scale)
  }
  for (at += <usize>odd << 2; at <= last; at += 40) gather(10, true, h, input, row, at, scale)
}

/** Each context row takes scale * e. */
export function scatterContext(e: usize, input: usize, row: usize, first: usize, last: usize, scale: v128): void {
  const count = <i32>((last - first) >> 2), odd = (count - 1) % 10 + 1
  let at = first + 4
  switch (odd) {
    case 1: scatter(1, e, input, row, at, scale); break
    case 2: scatter(2, e, input, row, at, scale); break
    case 3: scatter(3, e, input, row, at, scale); break
    case 4: scatter(4, e, input, row, at, scale); break
    case 5: scatter(5, e, input, row, at, scale); break
    case 6: scatter(6, e, input, row, at, scale); break
    case 7: scatter(7, e, input, row, at, scale); break
    case 8: scatter(8, e, input, row, at, scale); break
    case 9: scatter(9, e, input, row, at, scale); break
    default: scatter(10, e, input, row, at, scale)
  }
  for (at += <usize>odd << 2; at <= last; at += 40) scatter(10, e, input, row, at, scale)
}

// n is a constant where these are called, so that each copy keeps only its own rows.

@inline function gather(n: i32, adds: bool, h: usize, input: usize, row: usize, offsets: usize, scale: v128): void {
  for (let i: usize = 0; i < row; i += 64) {
    const to = h + i, at = input + i
    const v0 = at + load<u32>(offsets), v1 = n > 1 ? at + load<u32>(offsets, 4) : 0
    const v2 = n > 2 ? at + load<u32>(offsets, 8) : 0, v3 = n > 3 ? at + load<u32>(offsets, 12) : 0
    const v4 = n > 4 ? at + load<u32>(offsets, 16) : 0, v5 = n > 5 ? at + load<u32>(offsets, 20) : 0
    const v6 = n > 6 ? at + load<u32>(offsets, 24) : 0, v7 = n > 7 ? at + load<u32>(offsets, 28) : 0
    const v8 = n > 8 ? at + load<u32>(offsets, 32) : 0, v9 = n > 9 ? at + load<u32>(offsets, 36) : 0
    column(n, adds, to, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale, 0)
    column(n, adds, to, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale, 16)
    column(n, adds, to, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale, 32)
    column(n, adds, to, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, scale, 48)
  }
}

/** Sums in pairs, which wait less for one another. */
@inline function column(n: i32, adds: bool, to: usize, v0: usize, v1: usize, v2: usize, v3: usize, v4: usize, v5: usize, v6: usize,
  v7: usize, v8: usize, v9: usize, scale: v128, offset: usize): void {
  let a = v128.load(v0 + offset)
  if (n > 1) a = add(a, v128.load(v1 + offset))
  if (n > 2) {
    let b = v128.load(v2 + offset)
    if (n > 3) b = add(b, v128.load(v3 + offset))
    a = add(a, b)
  }
  if (n > 4) {
    let b = v128.load(v4 + offset)
    if (n > 5) b = add(b, v128.load(v5 + offset))
    a = add(a, b)
  }
  if (n > 6) {
    let b = v128.load(v6 + offset)
    if (n > 7) b = add(b, v128.load(v7 + offset))
    a = add(a, b)
  }
  if (n > 8) {
    let b = v128.load(v8 + offset)
    if (n > 9) b = add(b, v128.load(v9 + offset))
    a = add(a, b)
  }
  a = mul(a, scale)
  if (adds) a = add(a, v128.load(to + offset))
  v128.store(to + offset, a)
}

@inline function scatter(n: i32, e: usize, input: usize, row: usize, offsets: usize, scale: v128): void {
  for (let i: usize = 0; i < row; i += 64) {
    const from = e + i, at = input + i
    const a = mul(v128.load(from, 0), scale), b = mul(v128.load(from, 16), scale)
    const c = mul(v128.load(from, 32), scale), d = mul(v128.load(from, 48), scale)
    addLine(at + load<u32>(offsets), a, b, c, d)
    if (n > 1) addLine(at + load<u32>(offsets, 4), a, b, c, d)
    if (n > 2) addLine(at + load<u32>(offsets, 8), a, b, c, d)
    if (n > 3) addLine(at + load<u32>(offsets, 12), a, b, c, d)
    if (n > 4) addLine(at + load<u32>(offsets, 16), a, b, c, d)
    if (n > 5) addLine(at + load<u32>(offsets, 20), a, b, c, d)
    if (n > 6) addLine(at + load<u32>(offsets, 24), a, b, c, d)
    if (n > 7) addLine(at + load<u32>(offsets, 28), a, b, c, d)
    if (n > 8) addLine(at + load<u32>(offsets, 32), a, b, c, d)
    if (n > 9) addLine(at + load<u32>(offsets, 36), a, b, c, d)
  }
}

@inline function addLine(v: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(v, add(v128.load(v, 0), a), 0); v128.store(v, add(v128.load(v, 16), b), 16)
  v128.store(v, add(v128.load(v, 32), c), 32); v128.store(v, add(v128.load(v, 48), d), 48)
}

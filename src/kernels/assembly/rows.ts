/*
 * Dot products and updates of output rows, up to six in one pass over h. Lists of rows are the addresses of `lists.ts`.
 * Counts are constants where the inner functions are called, so that each copy keeps only its own rows.
 */

import { add, all, mul, sums } from './simd-math'

// --- fetching rows early ---

/** The last number of each cache line of a row is a spare that is always zero. */
const SPARE: usize = 60

/**
 * Begins to fetch a row. WebAssembly has no prefetch, and a load holds up all that comes after it until its line is
 * there; a store does not. So zero is stored to each line's spare, which is zero already.
 */
@inline export function fetchRow(at: usize, row: usize): void {
  for (const end = at + row; at < end; at += 64) store<u32>(at, 0, SPARE)
}

// --- dot products ---
// V8 computes a value right before its use, but loads where they stand: a column at a time fits its 15 registers.

/** The dot products of h with `count` rows, to scores; as many as fill up the last four are written. */
export function dotAll(h: usize, row: usize, rows: usize, scores: usize, count: i32): void {
  for (; count >= 6; count -= 6, rows += 24, scores += 24) dot(6, h, row, rows, scores)
  switch (count) {
    case 1: dot(1, h, row, rows, scores); break
    case 2: dot(2, h, row, rows, scores); break
    case 3: dot(3, h, row, rows, scores); break
    case 4: dot(4, h, row, rows, scores); break
    case 5: dot(5, h, row, rows, scores)
  }
}

@inline function dot(n: i32, h: usize, row: usize, rows: usize, scores: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = n > 1 ? load<u32>(rows, 4) - h : 0, u2 = n > 2 ? load<u32>(rows, 8) - h : 0
  const u3 = n > 3 ? load<u32>(rows, 12) - h : 0, u4 = n > 4 ? load<u32>(rows, 16) - h : 0, u5 = n > 5 ? load<u32>(rows, 20) - h : 0
  let a = all(0), b = all(0), c = all(0), d = all(0), f = all(0), g = all(0)
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i)
    a = add(a, mul(x, v128.load(u0 + i)))
    if (n > 1) b = add(b, mul(x, v128.load(u1 + i)))
    if (n > 2) c = add(c, mul(x, v128.load(u2 + i)))
    if (n > 3) d = add(d, mul(x, v128.load(u3 + i)))
    if (n > 4) f = add(f, mul(x, v128.load(u4 + i)))
    if (n > 5) g = add(g, mul(x, v128.load(u5 + i)))
  }
  v128.store(scores, sums(a, b, c, d), 0)
  if (n > 4) v128.store(scores, sums(f, g, f, g), 16)
}

// --- updates ---

/** e = sum of step * u over `count` rows, at least one; then u += step * h. `zeros` is a row of zeros. */
export function updateAll(h: usize, zeros: usize, e: usize, row: usize, rows: usize, steps: usize, count: i32): void {
  let before = zeros
  for (; count >= 6; count -= 6, rows += 24, steps += 24) {
    update(6, h, before, e, row, rows, steps)
    before = e
  }
  switch (count) {
    case 1: update(1, h, before, e, row, rows, steps); break
    case 2: update(2, h, before, e, row, rows, steps); break
    case 3: update(3, h, before, e, row, rows, steps); break
    case 4: update(4, h, before, e, row, rows, steps); break
    case 5: update(5, h, before, e, row, rows, steps)
  }
}

/** e = before + sum of step * u over n rows; then u += step * h. */
@inline function update(n: i32, h: usize, before: usize, e: usize, row: usize, rows: usize, steps: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = n > 1 ? load<u32>(rows, 4) - h : 0, u2 = n > 2 ? load<u32>(rows, 8) - h : 0
  const u3 = n > 3 ? load<u32>(rows, 12) - h : 0, u4 = n > 4 ? load<u32>(rows, 16) - h : 0, u5 = n > 5 ? load<u32>(rows, 20) - h : 0
  const g0 = v128.load32_splat(steps, 0), g1 = n > 1 ? v128.load32_splat(steps, 4) : all(0)
  const g2 = n > 2 ? v128.load32_splat(steps, 8) : all(0), g3 = n > 3 ? v128.load32_splat(steps, 12) : all(0)
  const g4 = n > 4 ? v128.load32_splat(steps, 16) : all(0), g5 = n > 5 ? v128.load32_splat(steps, 20) : all(0)
  before -= h
  e -= h
  for (let i = h, end = h + row; i < end; i += 32) {
    const i0 = u0 + i, i1 = u1 + i, i2 = u2 + i, i3 = u3 + i, i4 = u4 + i, i5 = u5 + i
    let x = v128.load(i), z = v128.load(before + i), y = v128.load(i0)
    z = add(z, mul(g0, y)); v128.store(i0, add(y, mul(g0, x)))
    if (n > 1) { y = v128.load(i1); z = add(z, mul(g1, y)); v128.store(i1, add(y, mul(g1, x))) }
    if (n > 2) { y = v128.load(i2); z = add(z, mul(g2, y)); v128.store(i2, add(y, mul(g2, x))) }
    if (n > 3) { y = v128.load(i3); z = add(z, mul(g3, y)); v128.store(i3, add(y, mul(g3, x))) }
    if (n > 4) { y = v128.load(i4); z = add(z, mul(g4, y)); v128.store(i4, add(y, mul(g4, x))) }
    if (n > 5) { y = v128.load(i5); z = add(z, mul(g5, y)); v128.store(i5, add(y, mul(g5, x))) }
    v128.store(e + i, z)
    x = v128.load(i, 16); z = v128.load(before + i, 16); y = v128.load(i0, 16)
    z = add(z, mul(g0, y)); v128.store(i0, add(y, mul(g0, x)), 16)
    if (n > 1) { y = v128.load(i1, 16); z = add(z, mul(g1, y)); v128.store(i1, add(y, mul(g1, x)), 16) }
    if (n > 2) { y = v128.load(i2, 16); z = add(z, mul(g2, y)); v128.store(i2, add(y, mul(g2, x)), 16) }
    if (n > 3) { y = v128.load(i3, 16); z = add(z, mul(g3, y)); v128.store(i3, add(y, mul(g3, x)), 16) }
    if (n > 4) { y = v128.load(i4, 16); z = add(z, mul(g4, y)); v128.store(i4, add(y, mul(g4, x)), 16) }
    if (n > 5) { y = v128.load(i5, 16); z = add(z, mul(g5, y)); v128.store(i5, add(y, mul(g5, x)), 16) }
    v128.store(e + i, z, 16)
  }
}

// --- one of the two halves of an update ---

/** e = sum of step * u over `count` rows. */
export function sumAll(e: usize, row: usize, rows: usize, steps: usize, count: i32): void {
  for (let i: usize = 0; i < row; i += 16) v128.store(e + i, all(0))
  for (const end = rows + (<usize>count << 2); rows < end; rows += 4, steps += 4) {
    addScaled(e, load<u32>(rows), row, v128.load32_splat(steps))
  }
}

/** u += step * h for `count` rows. */
export function addToAll(h: usize, row: usize, rows: usize, steps: usize, count: i32): void {
  for (const end = rows + (<usize>count << 2); rows < end; rows += 4, steps += 4) {
    addScaled(load<u32>(rows), h, row, v128.load32_splat(steps))
  }
}

/** a += scale * b. */
@inline export function addScaled(a: usize, b: usize, row: usize, scale: v128): void {
  for (const end = a + row; a < end; a += 64, b += 64) {
    v128.store(a, add(v128.load(a, 0), mul(scale, v128.load(b, 0))), 0)
    v128.store(a, add(v128.load(a, 16), mul(scale, v128.load(b, 16))), 16)
    v128.store(a, add(v128.load(a, 32), mul(scale, v128.load(b, 32))), 32)
    v128.store(a, add(v128.load(a, 48), mul(scale, v128.load(b, 48))), 48)
  }
}

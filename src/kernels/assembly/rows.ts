/* Sums, dot products and updates of rows of the two matrices. */

import { add, all, mul, sums } from './simd-math'

// --- the context: row offsets of its words stand after `first` up to and with `last` ---

/** h = scale * sum of the context rows. */
@inline export function gatherContext(h: usize, input: usize, row: usize, first: usize, last: usize, scale: v128): void {
  for (let at = input, end = input + row; at < end; at += 64, h += 64) {
    let a = all(0), b = all(0), c = all(0), d = all(0)
    for (let j = first + 4; j <= last; j += 4) {
      const v = at + load<u32>(j)
      a = add(a, v128.load(v, 0)); b = add(b, v128.load(v, 16)); c = add(c, v128.load(v, 32)); d = add(d, v128.load(v, 48))
    }
    v128.store(h, mul(a, scale), 0); v128.store(h, mul(b, scale), 16)
    v128.store(h, mul(c, scale), 32); v128.store(h, mul(d, scale), 48)
  }
}

/** Each context row takes scale * e. */
@inline export function scatterContext(e: usize, input: usize, row: usize, first: usize, last: usize, scale: v128): void {
  for (let at = input, end = input + row; at < end; at += 64, e += 64) {
    const a = mul(v128.load(e, 0), scale), b = mul(v128.load(e, 16), scale)
    const c = mul(v128.load(e, 32), scale), d = mul(v128.load(e, 48), scale)
    for (let j = first + 4; j <= last; j += 4) {
      const v = at + load<u32>(j)
      v128.store(v, add(v128.load(v, 0), a), 0); v128.store(v, add(v128.load(v, 16), b), 16)
      v128.store(v, add(v128.load(v, 32), c), 32); v128.store(v, add(v128.load(v, 48), d), 48)
    }
  }
}

// --- fetching rows early ---

/** The last number of each cache line of a row is a spare that is always zero. */
const SPARE: usize = 60

/**
 * Begins to fetch six rows. WebAssembly has no prefetch, and a load holds up all that comes after it until its line is
 * there; a store does not. So zero is stored to each line's spare, which is zero already.
 */
@inline export function fetchSix(rows: usize, row: usize): void {
  const a = load<u32>(rows, 0), b = load<u32>(rows, 4), c = load<u32>(rows, 8)
  const d = load<u32>(rows, 12), e = load<u32>(rows, 16), f = load<u32>(rows, 20)
  for (let i: usize = 0; i < row; i += 64) {
    store<u32>(a + i, 0, SPARE); store<u32>(b + i, 0, SPARE); store<u32>(c + i, 0, SPARE)
    store<u32>(d + i, 0, SPARE); store<u32>(e + i, 0, SPARE); store<u32>(f + i, 0, SPARE)
  }
}

@inline export function fetchOne(at: usize, row: usize): void {
  for (const end = at + row; at < end; at += 64) store<u32>(at, 0, SPARE)
}

// --- output rows, six or three in one pass over h ---
// V8 computes a value right before its use, but loads where they stand: a column at a time fits its 15 registers.

/** The dot products of h with six rows, to scores [6] (and two words after). */
@inline export function dotSix(h: usize, row: usize, rows: usize, scores: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  const u3 = load<u32>(rows, 12) - h, u4 = load<u32>(rows, 16) - h, u5 = load<u32>(rows, 20) - h
  let a = all(0), b = all(0), c = all(0), d = all(0), f = all(0), g = all(0)
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i)
    a = add(a, mul(x, v128.load(u0 + i))); b = add(b, mul(x, v128.load(u1 + i))); c = add(c, mul(x, v128.load(u2 + i)))
    d = add(d, mul(x, v128.load(u3 + i))); f = add(f, mul(x, v128.load(u4 + i))); g = add(g, mul(x, v128.load(u5 + i)))
  }
  v128.store(scores, sums(a, b, c, d), 0)
  v128.store(scores, sums(f, g, f, g), 16)
}

/** The dot products of h with three rows, to scores [3] (and one word after). */
@inline export function dotThree(h: usize, row: usize, rows: usize, scores: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  let a = all(0), b = all(0), c = all(0)
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i)
    a = add(a, mul(x, v128.load(u0 + i))); b = add(b, mul(x, v128.load(u1 + i))); c = add(c, mul(x, v128.load(u2 + i)))
  }
  v128.store(scores, sums(a, b, c, c))
}

/** e = before + sum of step * u over six rows; then u += step * h. */
@inline export function updateSix(h: usize, before: usize, e: usize, row: usize, rows: usize, steps: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  const u3 = load<u32>(rows, 12) - h, u4 = load<u32>(rows, 16) - h, u5 = load<u32>(rows, 20) - h
  const g0 = v128.load32_splat(steps, 0), g1 = v128.load32_splat(steps, 4), g2 = v128.load32_splat(steps, 8)
  const g3 = v128.load32_splat(steps, 12), g4 = v128.load32_splat(steps, 16), g5 = v128.load32_splat(steps, 20)
  before -= h
  e -= h
  for (let i = h, end = h + row; i < end; i += 32) {
    const i0 = u0 + i, i1 = u1 + i, i2 = u2 + i, i3 = u3 + i, i4 = u4 + i, i5 = u5 + i
    {
      const x = v128.load(i), z = v128.load(before + i)
      const a = v128.load(i0), b = v128.load(i1), c = v128.load(i2)
      const d = v128.load(i3), f = v128.load(i4), g = v128.load(i5)
      v128.store(i0, add(a, mul(g0, x))); v128.store(i1, add(b, mul(g1, x))); v128.store(i2, add(c, mul(g2, x)))
      v128.store(i3, add(d, mul(g3, x))); v128.store(i4, add(f, mul(g4, x))); v128.store(i5, add(g, mul(g5, x)))
      const early = add(add(add(z, mul(g0, a)), mul(g1, b)), mul(g2, c))
      v128.store(e + i, add(add(add(early, mul(g3, d)), mul(g4, f)), mul(g5, g)))
    }
    {
      const x = v128.load(i, 16), z = v128.load(before + i, 16)
      const a = v128.load(i0, 16), b = v128.load(i1, 16), c = v128.load(i2, 16)
      const d = v128.load(i3, 16), f = v128.load(i4, 16), g = v128.load(i5, 16)
      v128.store(i0, add(a, mul(g0, x)), 16); v128.store(i1, add(b, mul(g1, x)), 16); v128.store(i2, add(c, mul(g2, x)), 16)
      v128.store(i3, add(d, mul(g3, x)), 16); v128.store(i4, add(f, mul(g4, x)), 16); v128.store(i5, add(g, mul(g5, x)), 16)
      const early = add(add(add(z, mul(g0, a)), mul(g1, b)), mul(g2, c))
      v128.store(e + i, add(add(add(early, mul(g3, d)), mul(g4, f)), mul(g5, g)), 16)
    }
  }
}

/** The same of three rows. */
@inline export function updateThree(h: usize, before: usize, e: usize, row: usize, rows: usize, steps: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  const g0 = v128.load32_splat(steps, 0), g1 = v128.load32_splat(steps, 4), g2 = v128.load32_splat(steps, 8)
  before -= h
  e -= h
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i), z = v128.load(before + i)
    const a = v128.load(u0 + i), b = v128.load(u1 + i), c = v128.load(u2 + i)
    v128.store(u0 + i, add(a, mul(g0, x))); v128.store(u1 + i, add(b, mul(g1, x))); v128.store(u2 + i, add(c, mul(g2, x)))
    v128.store(e + i, add(add(add(z, mul(g0, a)), mul(g1, b)), mul(g2, c)))
  }
}

/** The dot products of h with `count` rows; the list goes on with spare rows. */
@inline export function dotAll(h: usize, row: usize, rows: usize, scores: usize, count: i32): void {
  let i = 0
  for (; i + 3 < count; i += 6) dotSix(h, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
  if (i < count) dotThree(h, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
}

/** e = sum of step * u over `count` rows, three at a time. */
@inline export function sumAll(e: usize, row: usize, rows: usize, steps: usize, count: i32): void {
  for (let i: usize = 0; i < row; i += 16) v128.store(e + i, all(0))
  for (const end = rows + (<usize>count << 2); rows < end; rows += 12, steps += 12) {
    const u0 = load<u32>(rows, 0) - e, u1 = load<u32>(rows, 4) - e, u2 = load<u32>(rows, 8) - e
    const g0 = v128.load32_splat(steps, 0), g1 = v128.load32_splat(steps, 4), g2 = v128.load32_splat(steps, 8)
    for (let i = e, last = e + row; i < last; i += 16) {
      const a = v128.load(u0 + i), b = v128.load(u1 + i), c = v128.load(u2 + i)
      v128.store(i, add(add(add(v128.load(i), mul(g0, a)), mul(g1, b)), mul(g2, c)))
    }
  }
}

/** u += step * h. */
@inline export function addScaled(u: usize, h: usize, row: usize, step: v128): void {
  for (const end = u + row; u < end; u += 64, h += 64) {
    v128.store(u, add(v128.load(u, 0), mul(step, v128.load(h, 0))), 0)
    v128.store(u, add(v128.load(u, 16), mul(step, v128.load(h, 16))), 16)
    v128.store(u, add(v128.load(u, 32), mul(step, v128.load(h, 32))), 32)
    v128.store(u, add(v128.load(u, 48), mul(step, v128.load(h, 48))), 48)
  }
}

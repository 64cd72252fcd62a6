/*
 * Dot products and updates of output rows, up to six in one pass over h. Lists of rows are the addresses of `lists.ts`.
 * Counts are constants where the inner functions are called, so that each copy keeps only its own rows.
 */

import { add, all, mul, sums } from './simd-math'

// --- dot products ---

/** The dot products of h with `count` rows, to scores; as many as fill up the last four are written. */
export function dotAll(h: usize, columns: i32, rows: usize, scores: usize, count: i32): void {
  for (; count >= 6; count -= 6, rows += 24, scores += 24) dot(6, h, columns, rows, scores)
  switch (count) {
    case 1: dot(1, h, columns, rows, scores); break
    case 2: dot(2, h, columns, rows, scores); break
    case 3: dot(3, h, columns, rows, scores); break
    case 4: dot(4, h, columns, rows, scores); break
    case 5: dot(5, h, columns, rows, scores)
  }
}

/**
 * V8 loads where a load stands, but computes as late as it can: within a block of several columns all loads would come
 * first, and spill. Leaving the loop between columns, where the sums are used, makes it compute them there.
 */
@inline function dot(n: i32, h: usize, columns: i32, rows: usize, scores: usize): void {
  let u0 = <usize>load<u32>(rows, 0), u1 = n > 1 ? <usize>load<u32>(rows, 4) : 0, u2 = n > 2 ? <usize>load<u32>(rows, 8) : 0
  let u3 = n > 3 ? <usize>load<u32>(rows, 12) : 0, u4 = n > 4 ? <usize>load<u32>(rows, 16) : 0, u5 = n > 5 ? <usize>load<u32>(rows, 20) : 0
  let a = all(0), b = all(0), c = all(0), d = all(0), f = all(0), g = all(0)
  for (let left = columns; ; left -= 4) {
    let x = v128.load(h)
    a = add(a, mul(x, v128.load(u0)))
    if (n > 1) b = add(b, mul(x, v128.load(u1)))
    if (n > 2) c = add(c, mul(x, v128.load(u2)))
    if (n > 3) d = add(d, mul(x, v128.load(u3)))
    if (n > 4) f = add(f, mul(x, v128.load(u4)))
    if (n > 5) g = add(g, mul(x, v128.load(u5)))
    if (left == 1) break
    x = v128.load(h, 16)
    a = add(a, mul(x, v128.load(u0, 16)))
    if (n > 1) b = add(b, mul(x, v128.load(u1, 16)))
    if (n > 2) c = add(c, mul(x, v128.load(u2, 16)))
    if (n > 3) d = add(d, mul(x, v128.load(u3, 16)))
    if (n > 4) f = add(f, mul(x, v128.load(u4, 16)))
    if (n > 5) g = add(g, mul(x, v128.load(u5, 16)))
    if (left == 2) break
    x = v128.load(h, 32)
    a = add(a, mul(x, v128.load(u0, 32)))
    if (n > 1) b = add(b, mul(x, v128.load(u1, 32)))
    if (n > 2) c = add(c, mul(x, v128.load(u2, 32)))
    if (n > 3) d = add(d, mul(x, v128.load(u3, 32)))
    if (n > 4) f = add(f, mul(x, v128.load(u4, 32)))
    if (n > 5) g = add(g, mul(x, v128.load(u5, 32)))
    if (left == 3) break
    x = v128.load(h, 48)
    a = add(a, mul(x, v128.load(u0, 48)))
    if (n > 1) b = add(b, mul(x, v128.load(u1, 48)))
    if (n > 2) c = add(c, mul(x, v128.load(u2, 48)))
    if (n > 3) d = add(d, mul(x, v128.load(u3, 48)))
    if (n > 4) f = add(f, mul(x, v128.load(u4, 48)))
    if (n > 5) g = add(g, mul(x, v128.load(u5, 48)))
    if (left == 4) break
    h += 64
    u0 += 64
    if (n > 1) u1 += 64
    if (n > 2) u2 += 64
    if (n > 3) u3 += 64
    if (n > 4) u4 += 64
    if (n > 5) u5 += 64
  }
  v128.store(scores, sums(a, b, c, d), 0)
  if (n > 4) v128.store(scores, sums(f, g, f, g), 16)
}

// --- updates ---

/** e = sum of step * u over `count` rows, at least one; then u += step * h. `zeros` is a row of zeros. */
export function updateAll(h: usize, zeros: usize, e: usize, columns: i32, rows: usize, steps: usize, count: i32): void {
  let before = zeros
  for (; count >= 6; count -= 6, rows += 24, steps += 24) {
    update(6, h, before, e, columns, rows, steps)
    before = e
  }
  switch (count) {
    case 1: update(1, h, before, e, columns, rows, steps); break
    case 2: update(2, h, before, e, columns, rows, steps); break
    case 3: update(3, h, before, e, columns, rows, steps); break
    case 4: update(4, h, before, e, columns, rows, steps); break
    case 5: update(5, h, before, e, columns, rows, steps)
  }
}

/** e = before + sum of step * u over n rows; then u += step * h. */
@inline function update(n: i32, h: usize, before: usize, e: usize, columns: i32, rows: usize, steps: usize): void {
  let u0 = <usize>load<u32>(rows, 0), u1 = n > 1 ? <usize>load<u32>(rows, 4) : 0, u2 = n > 2 ? <usize>load<u32>(rows, 8) : 0
  let u3 = n > 3 ? <usize>load<u32>(rows, 12) : 0, u4 = n > 4 ? <usize>load<u32>(rows, 16) : 0, u5 = n > 5 ? <usize>load<u32>(rows, 20) : 0
  const g0 = v128.load32_splat(steps, 0), g1 = n > 1 ? v128.load32_splat(steps, 4) : all(0)
  const g2 = n > 2 ? v128.load32_splat(steps, 8) : all(0), g3 = n > 3 ? v128.load32_splat(steps, 12) : all(0)
  const g4 = n > 4 ? v128.load32_splat(steps, 16) : all(0), g5 = n > 5 ? v128.load32_splat(steps, 20) : all(0)
  for (let left = columns; ; left -= 4) {
    updateColumn(n, 0, h, before, e, u0, u1, u2, u3, u4, u5, g0, g1, g2, g3, g4, g5)
    if (left == 1) break
    updateColumn(n, 16, h, before, e, u0, u1, u2, u3, u4, u5, g0, g1, g2, g3, g4, g5)
    if (left == 2) break
    updateColumn(n, 32, h, before, e, u0, u1, u2, u3, u4, u5, g0, g1, g2, g3, g4, g5)
    if (left == 3) break
    updateColumn(n, 48, h, before, e, u0, u1, u2, u3, u4, u5, g0, g1, g2, g3, g4, g5)
    if (left == 4) break
    h += 64
    before += 64
    e += 64
    u0 += 64
    if (n > 1) u1 += 64
    if (n > 2) u2 += 64
    if (n > 3) u3 += 64
    if (n > 4) u4 += 64
    if (n > 5) u5 += 64
  }
}

@inline function updateColumn(n: i32, offset: usize, h: usize, before: usize, e: usize, u0: usize, u1: usize, u2: usize, u3: usize,
  u4: usize, u5: usize, g0: v128, g1: v128, g2: v128, g3: v128, g4: v128, g5: v128): void {
  const x = v128.load(h + offset)
  let z = v128.load(before + offset), y = v128.load(u0 + offset)
  z = add(z, mul(g0, y)); v128.store(u0 + offset, add(y, mul(g0, x)))
  if (n > 1) { y = v128.load(u1 + offset); z = add(z, mul(g1, y)); v128.store(u1 + offset, add(y, mul(g1, x))) }
  if (n > 2) { y = v128.load(u2 + offset); z = add(z, mul(g2, y)); v128.store(u2 + offset, add(y, mul(g2, x))) }
  if (n > 3) { y = v128.load(u3 + offset); z = add(z, mul(g3, y)); v128.store(u3 + offset, add(y, mul(g3, x))) }
  if (n > 4) { y = v128.load(u4 + offset); z = add(z, mul(g4, y)); v128.store(u4 + offset, add(y, mul(g4, x))) }
  if (n > 5) { y = v128.load(u5 + offset); z = add(z, mul(g5, y)); v128.store(u5 + offset, add(y, mul(g5, x))) }
  v128.store(e + offset, z)
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

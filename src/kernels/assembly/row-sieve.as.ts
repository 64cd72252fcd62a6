/*
 * Which rows of int16 have a product with a vector that reaches a threshold. Rows are of length 32,767 at most (and a
 * rounding), so that by Cauchy-Schwarz no sum of products, nor a part of it, leaves int32.
 */

/** Lanes' sums of four vectors of int32, in order. */
@inline function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7))
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7))
}

/**
 * Writes the numbers of the rows, counted from `first`, whose product with the vector is at least `threshold`.
 * @param rows [n, bytes / 2]; n is a multiple of 4, `bytes` of 16
 * @returns how many there are
 */
export function sieve(rows: usize, bytes: usize, n: i32, vector: usize, threshold: i32, first: i32, out: usize): i32 {
  let into = out
  const least = i32x4.splat(threshold)
  for (let r = 0, at = rows; r < n; r += 4, at += 4 * bytes) {
    let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0)
    for (let i: usize = 0, u = at; i < bytes; i += 16, u += 16) {
      const x = v128.load(vector + i)
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(u), x))
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(u + bytes), x))
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(u + 2 * bytes), x))
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(u + 3 * bytes), x))
    }
    let hits = i32x4.bitmask(i32x4.ge_s(sums(a, b, c, d), least))
    while (hits != 0) {
      store<i32>(into, first + r + ctz(hits))
      into += 4
      hits &= hits - 1
    }
  }
  return <i32>((into - out) >> 2)
}

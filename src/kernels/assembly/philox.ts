/*
 * Philox4x32-10, the same function as in `base/random.ts`, four blocks at a time: lane l computes the block of the
 * counter (c0[l], c1[l], c2[l], c3).
 */

@inline function lowHalves(a: v128, b: v128): v128 { return v128.shuffle<i32>(a, b, 0, 2, 4, 6) }
@inline function highHalves(a: v128, b: v128): v128 { return v128.shuffle<i32>(a, b, 1, 3, 5, 7) }

/** Writes the four blocks one after the other, 64 bytes. */
export function philox(c0: v128, c1: v128, c2: v128, purpose: u32, seedLow: u32, seedHigh: u32, to: usize): void {
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57)
  const w0 = i32x4.splat(0x9e3779b9), w1 = i32x4.splat(0xbb67ae85)
  let k0 = i32x4.splat(seedLow), k1 = i32x4.splat(seedHigh)
  let c3 = i32x4.splat(purpose)
  for (let round = 0; round < 10; round++) {
    const a = i64x2.extmul_low_i32x4_u(c0, m0), b = i64x2.extmul_high_i32x4_u(c0, m0)
    const c = i64x2.extmul_low_i32x4_u(c2, m1), d = i64x2.extmul_high_i32x4_u(c2, m1)
    c0 = v128.xor(v128.xor(highHalves(c, d), c1), k0)
    c1 = lowHalves(c, d)
    c2 = v128.xor(v128.xor(highHalves(a, b), c3), k1)
    c3 = lowHalves(a, b)
    k0 = i32x4.add(k0, w0)
    k1 = i32x4.add(k1, w1)
  }
  const p = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5), q = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7)
  const r = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5), s = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i32>(p, r, 0, 1, 4, 5), 0)
  v128.store(to, v128.shuffle<i32>(p, r, 2, 3, 6, 7), 16)
  v128.store(to, v128.shuffle<i32>(q, s, 0, 1, 4, 5), 32)
  v128.store(to, v128.shuffle<i32>(q, s, 2, 3, 6, 7), 48)
}

/** The lower 32 bits of four numbers. */
@inline export function lows(a: u64, b: u64, c: u64, d: u64): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(<i32>a), 1, <i32>b), 2, <i32>c), 3, <i32>d)
}

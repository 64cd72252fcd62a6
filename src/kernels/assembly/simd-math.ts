/*
 * Arithmetic of four float32 at once; sigmoid and softplus with a relative error of about 1e-7, without table or clamp,
 * so that the kernel agrees with its reference to rounding.
 */

@inline export function add(a: v128, b: v128): v128 { return f32x4.add(a, b) }
@inline export function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b) }
@inline export function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b) }
@inline export function all(x: f32): v128 { return f32x4.splat(x) }

/**
 * exp(-|x|), by 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes' expf). Below -86 it is about 4e-38. Of a number
 * that is none it is none: pmax and the plain sums keep it, and unlike max, nearest and trunc are one instruction each.
 */
@inline export function expOfMinusAbs(x: v128): v128 {
  const y = f32x4.pmax(v128.or(x, i32x4.splat(0x80000000)), all(-86))
  // Beyond 2^23 sums are whole numbers, here with n in the lowest bits.
  const shifted = add(mul(y, all(1.44269504088896341)), all(12582912)), n = sub(shifted, all(12582912))
  const r = sub(sub(y, mul(n, all(0.693359375))), mul(n, all(-2.12194440e-4)))
  // In pairs (Estrin), since what follows waits for it.
  const s = mul(r, r)
  const high = add(mul(all(1.9875691500e-4), r), all(1.3981999507e-3))
  const middle = add(mul(all(8.3334519073e-3), r), all(4.1665795894e-2))
  const low = add(mul(all(1.6666665459e-1), r), all(5.0000001201e-1))
  const q = add(mul(add(mul(high, s), middle), mul(s, s)), add(mul(low, s), add(r, all(1))))
  return i32x4.add(q, i32x4.shl(shifted, 23))
}

/** 1 / (1 + exp(-x)) with t = exp(-|x|): 1 / (1 + t), or t / (1 + t) where x is negative. */
@inline export function sigmoid(x: v128, t: v128): v128 {
  return f32x4.div(v128.bitselect(t, all(1), f32x4.lt(x, all(0))), add(all(1), t))
}

/** log(1 + exp(x)) = max(x, 0) + log(1 + t); log(1 + t) = 2 artanh(z), z = t / (2 + t) <= 1/3, by its series. */
@inline export function softplus(x: v128, t: v128): v128 {
  const z = f32x4.div(t, add(all(2), t)), s = mul(z, z)
  let q = add(mul(all(0.15384615), s), all(0.18181818))
  q = add(mul(q, s), all(0.22222222))
  q = add(mul(q, s), all(0.28571429))
  q = add(mul(q, s), all(0.4))
  q = add(mul(q, s), all(0.66666667))
  return add(f32x4.pmax(x, all(0)), add(mul(mul(q, s), z), add(z, z)))
}

/** The sums of the lanes of each. */
@inline export function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7))
  const cd = add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7))
  return add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7))
}

@inline export function sum(a: v128): f32 {
  return (f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1)) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3))
}

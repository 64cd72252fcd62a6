/* From the scores of output rows to the steps they take. */

import { add, all, expOfMinusAbs, mul, sigmoid, softplus, sub, sum } from './simd-math'

/**
 * Makes of the scores, in place, the steps of their rows: -rate * weight * sigmoid(score), the score's sign turned where
 * it is to be raised. Returns the loss: the sum of |weight| * softplus.
 */
export function stepsOf(weights: usize, scores: usize, count: i32, rate: f32): f32 {
  let losses = all(0)
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    const w = v128.load(weights + at), x = towardsZero(w, v128.load(scores + at)), t = expOfMinusAbs(x)
    v128.store(scores + at, mul(mul(w, all(-rate)), sigmoid(x, t)))
    losses = add(losses, mul(f32x4.abs(w), softplus(x, t)))
  }
  return sum(losses)
}

/** A score that is to be lowered: with its sign turned where the weight is negative. */
@inline function towardsZero(w: v128, score: v128): v128 {
  return v128.xor(score, v128.and(w, i32x4.splat(0x80000000)))
}

/**
 * The same of weights of -1, 1 and, in places that are not used, 0. Of softplus(x) = max(x, 0) + log(1 + exp(-|x|)) only the
 * first terms are returned; the 4 `products`, in memory, take 1 + exp(-|x|) as a factor, so that there is one logarithm for
 * many scores.
 */
export function stepsOfDistinct(weights: usize, scores: usize, count: i32, rate: f32, products: usize): f32 {
  let losses = all(0), product = v128.load(products)
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    const w = v128.load(weights + at), x = towardsZero(w, v128.load(scores + at)), t = expOfMinusAbs(x)
    v128.store(scores + at, mul(mul(w, all(-rate)), sigmoid(x, t)))
    const used = f32x4.abs(w)
    losses = add(losses, mul(used, f32x4.pmax(x, all(0))))
    product = mul(product, add(all(1), mul(used, t)))
  }
  v128.store(products, product)
  return sum(losses)
}

/** Factors that a product may take: each is at most 2. */
export const MOST_FACTORS: i32 = 120

/** How many factors each product takes of a list. */
@inline export function factorsOf(count: i32): i32 { return (count + 3) >> 2 }

export function beginProducts(products: usize): void { v128.store(products, all(1)) }

/** The sum of the products' logarithms; they begin anew. */
export function takeLogs(products: usize): f64 {
  const p = v128.load(products)
  beginProducts(products)
  const q = f64x2.mul(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(v128.shuffle<i64>(p, p, 1, 0)))
  return logOf(f64x2.extract_lane(q, 0) * f64x2.extract_lane(q, 1))
}

/**
 * The same of a softmax over `count` rows, of which the one at `target` is to be raised:
 * -rate * (exp(score) / sum of exp - label).
 */
export function stepsOfSoftmax(scores: usize, count: i32, target: i32, rate: f32): f32 {
  let highest: f32 = -Infinity
  for (let i = 0; i < count; i++) highest = max(highest, load<f32>(scores + (<usize>i << 2)))
  const own = scores + (<usize>target << 2), ownScore = load<f32>(own), end = scores + (<usize>count << 2)
  let totals = f64x2.splat(0)
  for (let i = count; i & 3; i++) store<f32>(scores + (<usize>i << 2), -Infinity)
  for (let at = scores; at < end; at += 16) {
    const t = expOfMinusAbs(sub(v128.load(at), all(highest)))
    v128.store(at, t)
    totals = f64x2.add(totals, f64x2.add(f64x2.promote_low_f32x4(t), f64x2.promote_low_f32x4(v128.shuffle<f32>(t, t, 2, 3, 2, 3))))
  }
  const total = f64x2.extract_lane(totals, 0) + f64x2.extract_lane(totals, 1)
  const scale = all(<f32>(-<f64>rate / total))
  for (let at = scores; at < end; at += 16) v128.store(at, mul(v128.load(at), scale))
  // The target's own: 1 - p, from what the others have where p is near 1.
  store<f32>(own, load<f32>(own) + rate)
  return <f32>(<f64>highest + logOf(total) - <f64>ownScore)
}

/** The logarithm of a number that is at least 1: of its power of two, and 2 artanh(z) by its series, |z| < 0.172. */
function logOf(x: f64): f64 {
  const bits = reinterpret<u64>(x), shifted = bits - 0x3fe6a09e667f3bcd
  const n = <f64>(<i64>shifted >> 52), m = reinterpret<f64>(bits - (shifted & 0xfff0000000000000))
  const z = (m - 1) / (m + 1), s = z * z
  let q: f64 = 0
  for (let k: f64 = 17; k > 0; k -= 2) q = q * s + 2 / k
  return n * 0.6931471805599453 + q * z
}

/*
 * Rows [R, D] of a float32 matrix against vectors [B, D] in one pass: logits, and the sums of rows weighted by the softmax
 * of these. Rows are taken by tiles of at most 64, which stay in the processor's first cache for both; what a tile sums is
 * float32, what tiles sum float64. Rows come by fours, vectors are padded with zeros to a multiple of four numbers. Each
 * sum is taken in the same order whatever B is.
 */
import { add, all, mul, sub, sum, sums } from './simd-math'

/** Bytes from one vector's weights of a tile to the next one's. */
const WEIGHTS: usize = 256

@inline function addProduct(to: v128, a: v128, b: v128): v128 { return add(to, mul(a, b)) }

/** Four numbers, of which those beyond a row's end are made 0. */
@inline function masked(at: usize, mask: v128): v128 { return v128.and(v128.load(at), mask) }

@inline function maskOf(rest: usize): v128 { return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>rest)) }

/** Rounds vectors [B, D] of float64 to float32 [B, wide]; what fills a row up is left as it is. */
export function narrow(vectors: usize, B: usize, D: usize, into: usize): void {
  const wide = (D * 4 + 15) & ~15
  for (let b: usize = 0; b < B; b++) {
    let from = vectors + b * D * 8, to = into + b * wide
    for (const end = to + (D & ~1) * 4; to < end; to += 8, from += 16) {
      v128.store64_lane(to, f32x4.demote_f64x2_zero(v128.load(from)), 0)
    }
    if ((D & 1) != 0) store<f32>(to, <f32>load<f64>(from))
  }
}

/** logits [B, stride] = vectors · rows^T + bias, for R rows. */
function multiply(
  rows: usize, R: usize, D: usize, vectors: usize, B: usize, bias: usize, logits: usize, stride: usize,
): void {
  const wide = (D * 4 + 15) & ~15
  let b: usize = 0
  for (; b + 2 <= B; b += 2) multiplyTwo(rows, R, D, vectors + b * wide, bias, logits + b * stride, stride)
  if (b < B) multiplyOne(rows, R, D, vectors + b * wide, bias, logits + b * stride)
}

function multiplyTwo(rows: usize, R: usize, D: usize, h: usize, bias: usize, logits: usize, stride: usize): void {
  const row = D * 4, full = row & ~15, mask = maskOf(D & 3), wide = (row + 15) & ~15
  for (let r: usize = 0; r < R; r += 4) {
    let a0 = all(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0
    let u0 = rows + r * row, u1 = u0 + row, u2 = u1 + row, u3 = u2 + row, v = h, w = h + wide
    for (const end = h + full; v < end; v += 16, w += 16, u0 += 16, u1 += 16, u2 += 16, u3 += 16) {
      const x = v128.load(v), y = v128.load(w)
      let u = v128.load(u0)
      a0 = addProduct(a0, u, x); c0 = addProduct(c0, u, y)
      u = v128.load(u1)
      a1 = addProduct(a1, u, x); c1 = addProduct(c1, u, y)
      u = v128.load(u2)
      a2 = addProduct(a2, u, x); c2 = addProduct(c2, u, y)
      u = v128.load(u3)
      a3 = addProduct(a3, u, x); c3 = addProduct(c3, u, y)
    }
    if (full != row) {
      const x = v128.load(v), y = v128.load(w)
      let u = masked(u0, mask)
      a0 = addProduct(a0, u, x); c0 = addProduct(c0, u, y)
      u = masked(u1, mask)
      a1 = addProduct(a1, u, x); c1 = addProduct(c1, u, y)
      u = masked(u2, mask)
      a2 = addProduct(a2, u, x); c2 = addProduct(c2, u, y)
      u = masked(u3, mask)
      a3 = addProduct(a3, u, x); c3 = addProduct(c3, u, y)
    }
    const extra = v128.load(bias + r * 4), into = logits + r * 4
    v128.store(into, add(sums(a0, a1, a2, a3), extra))
    v128.store(into + stride, add(sums(c0, c1, c2, c3), extra))
  }
}

function multiplyOne(rows: usize, R: usize, D: usize, h: usize, bias: usize, logits: usize): void {
  const row = D * 4, full = row & ~15, mask = maskOf(D & 3)
  for (let r: usize = 0; r < R; r += 4) {
    let a0 = all(0), a1 = a0, a2 = a0, a3 = a0, x: v128
    let u0 = rows + r * row, u1 = u0 + row, u2 = u1 + row, u3 = u2 + row, v = h
    for (const end = h + (full & ~31); v < end; v += 32, u0 += 32, u1 += 32, u2 += 32, u3 += 32) {
      x = v128.load(v)
      a0 = addProduct(a0, v128.load(u0), x); a1 = addProduct(a1, v128.load(u1), x)
      a2 = addProduct(a2, v128.load(u2), x); a3 = addProduct(a3, v128.load(u3), x)
      x = v128.load(v, 16)
      a0 = addProduct(a0, v128.load(u0, 16), x); a1 = addProduct(a1, v128.load(u1, 16), x)
      a2 = addProduct(a2, v128.load(u2, 16), x); a3 = addProduct(a3, v128.load(u3, 16), x)
    }
    if ((full & 16) != 0) {
      x = v128.load(v)
      a0 = addProduct(a0, v128.load(u0), x); a1 = addProduct(a1, v128.load(u1), x)
      a2 = addProduct(a2, v128.load(u2), x); a3 = addProduct(a3, v128.load(u3), x)
      v += 16; u0 += 16; u1 += 16; u2 += 16; u3 += 16
    }
    if (full != row) {
      x = v128.load(v)
      a0 = addProduct(a0, masked(u0, mask), x); a1 = addProduct(a1, masked(u1, mask), x)
      a2 = addProduct(a2, masked(u2, mask), x); a3 = addProduct(a3, masked(u3, mask), x)
    }
    v128.store(logits + r * 4, add(sums(a0, a1, a2, a3), v128.load(bias + r * 4)))
  }
}

/**
 * sums [wide] = the sum of R rows, each times its weight, for one vector. Five times four numbers in a pass: V8 puts loads
 * first, and would spill more.
 */
function addRows(rows: usize, R: usize, row: usize, wide: usize, weights: usize, sums: usize): void {
  const end = weights + R * 4, last = sums + wide
  let at = sums, first = rows
  for (; at + 80 <= last; at += 80, first += 80) {
    let a0 = all(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0
    for (let w = weights, u = first; w < end; w += 4, u += row) {
      const s = v128.load32_splat(w)
      a0 = addProduct(a0, v128.load(u), s); a1 = addProduct(a1, v128.load(u, 16), s)
      a2 = addProduct(a2, v128.load(u, 32), s); a3 = addProduct(a3, v128.load(u, 48), s)
      a4 = addProduct(a4, v128.load(u, 64), s)
    }
    v128.store(at, a0); v128.store(at, a1, 16); v128.store(at, a2, 32); v128.store(at, a3, 48); v128.store(at, a4, 64)
  }
  memory.fill(at, 0, last - at)
  for (let w = weights; w < end && at < last; w += 16, first += 4 * row) {
    const w0 = v128.load32_splat(w), w1 = v128.load32_splat(w, 4), w2 = v128.load32_splat(w, 8), w3 = v128.load32_splat(w, 12)
    let u0 = first, u1 = u0 + row, u2 = u1 + row, u3 = u2 + row
    for (let to = at; to < last; to += 16, u0 += 16, u1 += 16, u2 += 16, u3 += 16) {
      let a = addProduct(v128.load(to), v128.load(u0), w0)
      a = addProduct(a, v128.load(u1), w1)
      a = addProduct(a, v128.load(u2), w2)
      v128.store(to, addProduct(a, v128.load(u3), w3))
    }
  }
}

/** The same for four vectors: sums [4, wide]. */
function addRowsFour(rows: usize, R: usize, row: usize, wide: usize, weights: usize, sums: usize): void {
  const end = weights + R * 4
  let at = sums, first = rows
  for (const last = sums + (wide & ~31); at < last; at += 32, first += 32) {
    let a0 = all(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0
    for (let w = weights, u = first; w < end; w += 4, u += row) {
      const x = v128.load(u), y = v128.load(u, 16)
      let s = v128.load32_splat(w)
      a0 = addProduct(a0, x, s); c0 = addProduct(c0, y, s)
      s = v128.load32_splat(w, WEIGHTS)
      a1 = addProduct(a1, x, s); c1 = addProduct(c1, y, s)
      s = v128.load32_splat(w, 2 * WEIGHTS)
      a2 = addProduct(a2, x, s); c2 = addProduct(c2, y, s)
      s = v128.load32_splat(w, 3 * WEIGHTS)
      a3 = addProduct(a3, x, s); c3 = addProduct(c3, y, s)
    }
    let to = at
    v128.store(to, a0); v128.store(to, c0, 16); to += wide
    v128.store(to, a1); v128.store(to, c1, 16); to += wide
    v128.store(to, a2); v128.store(to, c2, 16); to += wide
    v128.store(to, a3); v128.store(to, c3, 16)
  }
  if ((wide & 16) == 0) return
  let a0 = all(0), a1 = a0, a2 = a0, a3 = a0
  for (let w = weights, u = first; w < end; w += 4, u += row) {
    const x = v128.load(u)
    a0 = addProduct(a0, x, v128.load32_splat(w)); a1 = addProduct(a1, x, v128.load32_splat(w, WEIGHTS))
    a2 = addProduct(a2, x, v128.load32_splat(w, 2 * WEIGHTS)); a3 = addProduct(a3, x, v128.load32_splat(w, 3 * WEIGHTS))
  }
  v128.store(at, a0); v128.store(at + wide, a1); v128.store(at + 2 * wide, a2); v128.store(at + 3 * wide, a3)
}

/** Adds float32 [wide] to float64. */
function widen(from: usize, wide: usize, into: usize): void {
  for (let i: usize = 0; i < wide; i += 16) {
    const x = v128.load(from + i), at = into + 2 * i
    v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(x)))
    v128.store(at, f64x2.add(v128.load(at, 16), f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0))), 16)
  }
}

/** The highest of R logits; those that are no numbers are passed over. */
function highestOf(logits: usize, R: usize): f32 {
  let most = all(-Infinity)
  for (let r: usize = 0; r < R; r += 4) most = f32x4.pmax(most, v128.load(logits + r * 4))
  most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1))
  return f32x4.extract_lane(f32x4.pmax(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2)), 0)
}

/**
 * exp(x) for x <= 0, within 2e-7 and half an ulp of x: 2^n times a polynomial of degree 5, minimax on [-1/2, 1/2], for
 * 2^f. Below -69 it stays 1e-30: products with smaller numbers may be slow denormal ones.
 */
@inline function exp(x: v128): v128 {
  const t = mul(f32x4.pmax(x, all(-69)), all(1.44269504088896341))
  // Beyond 2^23 sums are whole numbers, here with n in the lowest bits.
  const shifted = add(t, all(12582912)), f = sub(t, sub(shifted, all(12582912)))
  let q = addProduct(all(0.0096715127), all(0.0013264727), f)
  q = addProduct(all(0.055507334), q, f)
  q = addProduct(all(0.24022242), q, f)
  q = addProduct(all(0.69314698), q, f)
  q = addProduct(all(1), q, f)
  return i32x4.add(q, i32x4.shl(shifted, 23))
}

/** Weights exp(z - m) of R logits, and their sum. */
function weigh(logits: usize, R: usize, m: f32, weights: usize): f32 {
  const shift = all(m)
  let total = all(0)
  for (let r: usize = 0; r < R; r += 4) {
    const e = exp(sub(v128.load(logits + r * 4), shift))
    v128.store(weights + r * 4, e)
    total = add(total, e)
  }
  return sum(total)
}

/** Scales what was summed under a lower maximum than m. */
function raise(m: f32, highest: usize, total: usize, sums: usize, wide: usize): void {
  const scale = <f64>f32x4.extract_lane(exp(all(load<f32>(highest) - m)), 0)
  store<f32>(highest, m)
  store<f64>(total, load<f64>(total) * scale)
  for (let at = sums, end = sums + 2 * wide; at < end; at += 8) store<f64>(at, load<f64>(at) * scale)
}

/**
 * Takes a block of R rows, the labels from number `from` on.
 * @param padded R, and the rows of zeros that make it a multiple of 4
 * @param logits [B, padded]
 * @param labels [B] are no rivals
 * @param tops [B]: the highest logit of a rival in this block
 * @param highest [B]: the same in all blocks so far; `total` [B] and `sums` [B, D] are in units of its exp
 * @param scratch 4 weighted sums of a tile, and its weights
 * @param softmax whether rows are weighed and summed
 */
export function read(
  rows: usize, R: usize, padded: usize, D: usize, tile: usize, from: i32, vectors: usize, B: usize, bias: usize,
  logits: usize, labels: usize, tops: usize, highest: usize, total: usize, sums: usize, scratch: usize,
  softmax: bool,
): void {
  const row = D * 4, wide = (row + 15) & ~15, stride = padded * 4, weights = scratch + 4 * wide
  for (let b: usize = 0; b < B; b++) store<f32>(tops + b * 4, -Infinity)
  for (let first: usize = 0; first < padded; first += tile) {
    const n = min(tile, padded - first), u = rows + first * row
    multiply(u, n, D, vectors, B, bias + first * 4, logits + first * 4, stride)
    for (let b: usize = 0; b < B; ) {
      const together: usize = b + 4 <= B ? 4 : 1
      for (let i: usize = 0; i < together; i++, b++) {
        const z = logits + b * stride, b4 = b * 4
        for (let r = R; r < first + n; r++) store<f32>(z + r * 4, -Infinity)
        const label = load<i32>(labels + b4) - from, at = z + label * 4
        const hidden = label >= <i32>first && label < <i32>(first + n)
        const own = hidden ? load<f32>(at) : 0
        if (hidden) store<f32>(at, -Infinity)
        const m = highestOf(z + first * 4, n)
        store<f32>(tops + b4, max(load<f32>(tops + b4), m))
        if (softmax) {
          if (m > load<f32>(highest + b4)) raise(m, highest + b4, total + b * 8, sums + b * 2 * wide, wide)
          const added = <f64>weigh(z + first * 4, n, load<f32>(highest + b4), weights + i * WEIGHTS)
          store<f64>(total + b * 8, load<f64>(total + b * 8) + added)
        }
        if (hidden) store<f32>(at, own)
      }
      if (!softmax) continue
      if (together == 4) addRowsFour(u, n, row, wide, weights, scratch)
      else addRows(u, n, row, wide, weights, scratch)
      for (let i: usize = 0; i < together; i++) widen(scratch + i * wide, wide, sums + (b - together + i) * 2 * wide)
    }
  }
}

/** sums [B, D] += weights [B, padded] · rows, for a block of R rows; the weights of the rows that fill it up are lost. */
export function addWeighted(
  rows: usize, R: usize, padded: usize, D: usize, tile: usize, weights: usize, B: usize, sums: usize, scratch: usize,
): void {
  const row = D * 4, wide = (row + 15) & ~15, tileWeights = scratch + 4 * wide
  for (let first: usize = 0; first < padded; first += tile) {
    const n = min(tile, padded - first), u = rows + first * row
    for (let b: usize = 0; b < B; ) {
      const together: usize = b + 4 <= B ? 4 : 1
      for (let i: usize = 0; i < together; i++) {
        const w = weights + (b + i) * padded * 4
        for (let r = R; r < first + n; r++) store<f32>(w + r * 4, 0)
        memory.copy(tileWeights + i * WEIGHTS, w + first * 4, n * 4)
      }
      if (together == 4) addRowsFour(u, n, row, wide, tileWeights, scratch)
      else addRows(u, n, row, wide, tileWeights, scratch)
      for (let i: usize = 0; i < together; i++, b++) widen(scratch + i * wide, wide, sums + b * 2 * wide)
    }
  }
}

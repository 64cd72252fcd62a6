/*
 * A block of rows [R, D] of a float32 matrix against vectors [B, D] of float64, summed in float64: the two halves of a
 * linear layer, forward and backward. Each sum is taken in the same order whatever B is: over even and odd dimensions
 * apart (forward), or over the rows one by one (backward).
 */

/** Two float32 as float64. */
@inline function pair(at: usize): v128 { return f64x2.promote_low_f32x4(v128.load64_zero(at)) }

@inline function addProduct(sum: v128, a: v128, b: v128): v128 { return f64x2.add(sum, f64x2.mul(a, b)) }

@inline function total(sum: v128, tail: f64): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + tail
}

/** What an odd D leaves over: the last dimension's product. */
@inline function tailOf(row: usize, vector: usize, even: usize, odd: bool): f64 {
  return odd ? <f64>load<f32>(row + even * 4) * load<f64>(vector + even * 8) : 0
}

/** products [B, R] = vectors [B, D] rows [R, D]^T. */
export function multiply(rows: usize, R: usize, D: usize, vectors: usize, B: usize, products: usize): void {
  const even = D & ~1, odd = even != D, row = D * 4, vector = D * 8
  let b: usize = 0
  for (; b + 4 <= B; b += 4) {
    const h = vectors + b * vector
    let into = products + b * R * 8
    let r: usize = 0
    for (; r + 2 <= R; r += 2) {
      const u = rows + r * row
      let a0 = f64x2.splat(0), a1 = f64x2.splat(0), a2 = f64x2.splat(0), a3 = f64x2.splat(0)
      let c0 = f64x2.splat(0), c1 = f64x2.splat(0), c2 = f64x2.splat(0), c3 = f64x2.splat(0)
      for (let d: usize = 0; d < even; d += 2) {
        const v = u + d * 4, w = h + d * 8
        const x = pair(v), y = pair(v + row)
        let z = v128.load(w)
        a0 = addProduct(a0, x, z); c0 = addProduct(c0, y, z)
        z = v128.load(w + vector)
        a1 = addProduct(a1, x, z); c1 = addProduct(c1, y, z)
        z = v128.load(w + 2 * vector)
        a2 = addProduct(a2, x, z); c2 = addProduct(c2, y, z)
        z = v128.load(w + 3 * vector)
        a3 = addProduct(a3, x, z); c3 = addProduct(c3, y, z)
      }
      store2(into, u, row, h, even, odd, a0, c0)
      store2(into + R * 8, u, row, h + vector, even, odd, a1, c1)
      store2(into + 2 * R * 8, u, row, h + 2 * vector, even, odd, a2, c2)
      store2(into + 3 * R * 8, u, row, h + 3 * vector, even, odd, a3, c3)
      into += 16
    }
    if (r < R) for (let i: usize = 0; i < 4; i++) multiplyOne(rows + r * row, even, odd, h + i * vector, into + i * R * 8)
  }
  for (; b < B; b++) {
    const h = vectors + b * vector
    let into = products + b * R * 8
    let r: usize = 0
    for (; r + 4 <= R; r += 4) {
      const u = rows + r * row
      let a0 = f64x2.splat(0), a1 = f64x2.splat(0), a2 = f64x2.splat(0), a3 = f64x2.splat(0)
      for (let d: usize = 0; d < even; d += 2) {
        const v = u + d * 4
        const z = v128.load(h + d * 8)
        a0 = addProduct(a0, pair(v), z)
        a1 = addProduct(a1, pair(v + row), z)
        a2 = addProduct(a2, pair(v + 2 * row), z)
        a3 = addProduct(a3, pair(v + 3 * row), z)
      }
      store2(into, u, row, h, even, odd, a0, a1)
      store2(into + 16, u + 2 * row, row, h, even, odd, a2, a3)
      into += 32
    }
    for (; r < R; r++) {
      multiplyOne(rows + r * row, even, odd, h, into)
      into += 8
    }
  }
}

@inline function store2(into: usize, u: usize, row: usize, h: usize, even: usize, odd: bool, a: v128, c: v128): void {
  store<f64>(into, total(a, tailOf(u, h, even, odd)))
  store<f64>(into, total(c, tailOf(u + row, h, even, odd)), 8)
}

function multiplyOne(u: usize, even: usize, odd: bool, h: usize, into: usize): void {
  let sum = f64x2.splat(0)
  for (let d: usize = 0; d < even; d += 2) sum = addProduct(sum, pair(u + d * 4), v128.load(h + d * 8))
  store<f64>(into, total(sum, tailOf(u, h, even, odd)))
}

/** sums [B, D] += weights [B, R] rows [R, D]. */
export function addWeighted(rows: usize, R: usize, D: usize, weights: usize, B: usize, sums: usize): void {
  const even = D & ~1, row = D * 4, vector = D * 8
  let b: usize = 0
  for (; b + 2 <= B; b += 2) {
    const p = weights + b * R * 8
    const g = sums + b * vector
    let d: usize = 0
    for (; d + 8 <= D; d += 8) {
      const at = g + d * 8
      let a0 = v128.load(at, 0), a1 = v128.load(at, 16), a2 = v128.load(at, 32), a3 = v128.load(at, 48)
      const next = at + vector
      let c0 = v128.load(next, 0), c1 = v128.load(next, 16), c2 = v128.load(next, 32), c3 = v128.load(next, 48)
      let u = rows + d * 4
      for (let r: usize = 0; r < R; r++) {
        const w = p + r * 8
        const s = v128.load64_splat(w), t = v128.load64_splat(w + R * 8)
        let x = pair(u)
        a0 = addProduct(a0, x, s); c0 = addProduct(c0, x, t)
        x = pair(u + 8)
        a1 = addProduct(a1, x, s); c1 = addProduct(c1, x, t)
        x = pair(u + 16)
        a2 = addProduct(a2, x, s); c2 = addProduct(c2, x, t)
        x = pair(u + 24)
        a3 = addProduct(a3, x, s); c3 = addProduct(c3, x, t)
        u += row
      }
      v128.store(at, a0, 0); v128.store(at, a1, 16); v128.store(at, a2, 32); v128.store(at, a3, 48)
      v128.store(next, c0, 0); v128.store(next, c1, 16); v128.store(next, c2, 32); v128.store(next, c3, 48)
    }
    addRest(rows, R, row, p, g, d, even, D)
    addRest(rows, R, row, p + R * 8, g + vector, d, even, D)
  }
  if (b < B) {
    const p = weights + b * R * 8
    const g = sums + b * vector
    let d: usize = 0
    for (; d + 16 <= D; d += 16) {
      const at = g + d * 8
      let a0 = v128.load(at, 0), a1 = v128.load(at, 16), a2 = v128.load(at, 32), a3 = v128.load(at, 48)
      let a4 = v128.load(at, 64), a5 = v128.load(at, 80), a6 = v128.load(at, 96), a7 = v128.load(at, 112)
      let u = rows + d * 4
      for (let r: usize = 0; r < R; r++) {
        const s = v128.load64_splat(p + r * 8)
        a0 = addProduct(a0, pair(u), s); a1 = addProduct(a1, pair(u + 8), s)
        a2 = addProduct(a2, pair(u + 16), s); a3 = addProduct(a3, pair(u + 24), s)
        a4 = addProduct(a4, pair(u + 32), s); a5 = addProduct(a5, pair(u + 40), s)
        a6 = addProduct(a6, pair(u + 48), s); a7 = addProduct(a7, pair(u + 56), s)
        u += row
      }
      v128.store(at, a0, 0); v128.store(at, a1, 16); v128.store(at, a2, 32); v128.store(at, a3, 48)
      v128.store(at, a4, 64); v128.store(at, a5, 80); v128.store(at, a6, 96); v128.store(at, a7, 112)
    }
    addRest(rows, R, row, p, g, d, even, D)
  }
}

function addRest(rows: usize, R: usize, row: usize, p: usize, g: usize, from: usize, even: usize, D: usize): void {
  let d = from
  for (; d < even; d += 2) {
    let sum = v128.load(g + d * 8)
    let u = rows + d * 4
    for (let r: usize = 0; r < R; r++) {
      sum = addProduct(sum, pair(u), v128.load64_splat(p + r * 8))
      u += row
    }
    v128.store(g + d * 8, sum)
  }
  if (d == D) return
  let sum = load<f64>(g + d * 8)
  for (let r: usize = 0; r < R; r++) sum += <f64>load<f32>(rows + r * row + d * 4) * load<f64>(p + r * 8)
  store<f64>(g + d * 8, sum)
}

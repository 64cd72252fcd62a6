/*
 * A block of rows [R, D] of a float32 matrix against vectors [B, D] of float64, summed in float64. Each sum is taken in the
 * same order whatever B is: over even and odd dimensions apart.
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

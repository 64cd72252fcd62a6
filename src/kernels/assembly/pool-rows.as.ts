/*
 * The sums or means of runs of rows of float32, in float64. Each number's sum is taken over the rows in order.
 */

/** Two float32 as float64. */
@inline function pair(at: usize): v128 { return f64x2.promote_low_f32x4(v128.load64_zero(at)) }

/**
 * into [B, D] = the sum of each run, or its mean.
 * @param starts [B + 1]: run b is the rows starts[b] to starts[b + 1] - 1 of `rows` [starts[B], D]
 */
export function pool(rows: usize, starts: usize, B: usize, D: usize, mean: bool, into: usize): void {
  const row = D * 4
  for (let b: usize = 0; b < B; b++) {
    const from = load<u32>(starts + b * 4), to = load<u32>(starts + b * 4, 4)
    const share = mean ? <f64>(to - from) : 1, shares = f64x2.splat(share)
    const end = rows + to * row
    let at = rows + from * row, out = into + b * D * 8
    let d: usize = 0
    for (; d + 8 <= D; d += 8, at += 32, out += 64) {
      let a = f64x2.splat(0), b = a, c = a, e = a
      for (let u = at; u < end; u += row) {
        a = f64x2.add(a, pair(u)); b = f64x2.add(b, pair(u + 8)); c = f64x2.add(c, pair(u + 16)); e = f64x2.add(e, pair(u + 24))
      }
      v128.store(out, f64x2.div(a, shares)); v128.store(out, f64x2.div(b, shares), 16)
      v128.store(out, f64x2.div(c, shares), 32); v128.store(out, f64x2.div(e, shares), 48)
    }
    for (; d < D; d++, at += 4, out += 8) {
      let sum: f64 = 0
      for (let u = at; u < end; u += row) sum += <f64>load<f32>(u)
      store<f64>(out, sum / share)
    }
  }
}

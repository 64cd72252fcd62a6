/* From the scores of output rows to the steps they take. */

import { add, all, expOfMinusAbs, mul, sigmoid, softplus, sum } from './simd-math'

/**
 * Makes of the scores, in place, the steps of their rows: -rate * (sigmoid(score) - label), the label being 1 where the
 * sign says that the score is to be raised. Afterwards no row is listed twice: for a negative that is the target, which
 * stands first, or that repeats, `spare` is listed, with no step. Returns the loss.
 */
@inline export function stepsOf(rows: usize, signs: usize, scores: usize, count: i32, spare: usize, rate: f32): f32 {
  const target = i32x4.splat(load<u32>(rows)), number = i32x4.splat(count)
  let isTarget = i32x4(-1, 0, 0, 0), places = i32x4(0, 1, 2, 3)
  let losses = all(0)
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    // A score that is to be raised enters with its sign turned.
    const sign = v128.load(signs + at), x = v128.xor(v128.load(scores + at), sign), t = expOfMinusAbs(x)
    const listed = v128.load(rows + at)
    const mask = v128.and(v128.or(i32x4.ne(listed, target), isTarget), i32x4.lt_s(places, number))
    v128.store(rows + at, v128.bitselect(listed, i32x4.splat(spare), mask))
    v128.store(scores + at, v128.and(mul(sigmoid(x, t), v128.xor(all(-rate), sign)), mask))
    losses = add(losses, v128.and(softplus(x, t), mask))
    places = i32x4.add(places, i32x4.splat(4))
    isTarget = i32x4.splat(0)
  }
  mergeRepeated(rows, scores, count, spare)
  return sum(losses)
}

/** The steps of rows that are listed more than once are added to the first of them. */
@inline function mergeRepeated(rows: usize, steps: usize, count: i32, spare: usize): void {
  const end = rows + (<usize>count << 2)
  let found = i32x4.splat(0)
  for (let i = rows + 4; i < end - 4; i += 4) {
    const row = v128.load32_splat(i)
    for (let j = i + 4; j < end; j += 16) found = v128.or(found, i32x4.eq(row, v128.load(j)))
  }
  if (v128.any_true(found)) mergeSteps(rows, steps, count, spare)
}

function mergeSteps(rows: usize, steps: usize, count: i32, spare: usize): void {
  for (let i = 1; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2)), first = steps + (<usize>i << 2)
    for (let j = i + 1; j < count; j++) {
      const other = rows + (<usize>j << 2), step = steps + (<usize>j << 2)
      if (load<u32>(other) != row) continue
      store<f32>(first, load<f32>(first) + load<f32>(step))
      store<f32>(step, 0)
      store<u32>(other, spare)
    }
  }
}

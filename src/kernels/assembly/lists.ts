/*
 * The lists of output rows that centres are trained against: addresses of rows, filled up with `spare`, a row of zeros;
 * then as many weights: -1 where the score is to be raised, 1 where it is to be lowered, more where a row is meant more
 * than once, 0 where the place is empty. No row but `spare` is listed twice.
 */

import { drawForCentres, poolOf } from './draws'
import {
  DRAWN, FLAGS, HIERARCHICAL, LIST_SLOTS, NEGATIVE, OUTPUT, PATH_STARTS, PATHS, POOL_POSITIONS_LOG2, POSITIONS, ROW, SENTENCE,
  SOFTMAX, WINDOW, WORDS,
} from './layout'
import { all } from './simd-math'

/** Bytes of a list of rows, or of their weights. */
@inline export function bytesOfList(p: usize): usize { return <usize>load<u32>(p, LIST_SLOTS) << 2 }

/** Blocks of draws for a centre: 4 bytes for its window, one for each negative. */
@inline export function blocksOf(negative: i32): i32 { return (negative + 19) >> 4 }

/**
 * Draws for the places `from` to `to` - 1 of the sentence, at most a batch: leaves their reduced windows, how many rows
 * are listed, and whether any of them is meant more than once in the first three words of their draws, and their lists,
 * each after the other, at `lists`.
 */
export function prepare(p: usize, scratch: usize, start: u64, epoch: u32, from: i32, to: i32, lists: usize, stride: usize,
  spare: usize): void {
  const negative = load<i32>(p, NEGATIVE), perCentre = blocksOf(negative), drawn = <usize>load<u32>(scratch, DRAWN)
  const positions = <usize>load<u32>(scratch, POSITIONS) + (<usize>from << 2), flags = load<u32>(p, FLAGS)
  const targets = <usize>load<u32>(scratch, SENTENCE) + (<usize>from << 2), listBytes = bytesOfList(p)
  const window = <u64>load<u32>(p, WINDOW), output = load<u32>(p, OUTPUT), centres = to - from
  drawForCentres(p, drawn, start, positions, centres, perCentre, epoch)
  let pool: usize = 0, poolBlock: u64 = -1
  for (let c = 0; c < centres; c++) {
    const draws = drawn + (<usize>(c * perCentre) << 4), list = lists + <usize>c * stride
    const target = load<u32>(targets + (<usize>c << 2))
    let count = negative + 1
    if (flags & HIERARCHICAL) count = listPath(p, list, list + listBytes, target, spare)
    else if (flags & SOFTMAX) count = load<i32>(p, WORDS)
    else {
      const block = (start + load<u32>(positions + (<usize>c << 2))) >> POOL_POSITIONS_LOG2
      if (block != poolBlock) pool = poolOf(p, scratch, block, epoch)
      poolBlock = block
      listNegatives(list, list + listBytes, output + target, pool, draws + 4, negative, spare)
    }
    store<u32>(draws, 1 + <u32>((<u64>load<u32>(draws) * window) >> 32), 0)
    store<i32>(draws, count, 4)
    store<i32>(draws, 0, 8)
  }
  if (flags & (HIERARCHICAL | SOFTMAX)) return
  for (let c = 0; c < centres; c++) {
    const list = lists + <usize>c * stride
    if (!isRepeated(list, negative + 1)) continue
    merge(list, list + listBytes, negative + 1, spare)
    store<i32>(drawn + (<usize>(c * perCentre) << 4), 1, 8)
  }
}

@inline function listNegatives(rows: usize, weights: usize, target: u32, pool: usize, bytes: usize, negative: i32, spare: usize): void {
  store<u32>(rows, target)
  for (let i: usize = 0; i < <usize>negative; i++) {
    store<u32>(rows + (i << 2), load<u32>(pool + (<usize>load<u8>(bytes + i) << 2)), 4)
  }
  v128.store(weights, f32x4(-1, 1, 1, 1))
  let at: usize = 16
  for (const end = <usize>negative << 2; at <= end; at += 16) v128.store(weights + at, all(1))
  endList(rows, weights, negative + 1, spare)
}

function listPath(p: usize, rows: usize, weights: usize, target: u32, spare: usize): i32 {
  const output = load<u32>(p, OUTPUT), starts = <usize>load<u32>(p, PATH_STARTS), paths = <usize>load<u32>(p, PATHS)
  const at = starts + (<usize>(target / load<u32>(p, ROW)) << 2)
  const from = load<u32>(at, 0), count = <i32>(load<u32>(at, 4) - from)
  const path = paths + (<usize>from << 2)
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    // A row's offset, which is a multiple of 64, and in the lowest bit the turn.
    const step = load<u32>(path + i)
    store<u32>(rows + i, output + (step & ~1))
    store<f32>(weights + i, step & 1 ? 1 : -1)
  }
  endList(rows, weights, count, spare)
  return count
}

/** All rows of the output matrix; which is raised is known by its place. */
export function listAll(p: usize, rows: usize): void {
  const output = load<u32>(p, OUTPUT), row = load<u32>(p, ROW), words = load<u32>(p, WORDS)
  for (let word: u32 = 0; word < words; word++) store<u32>(rows + (<usize>word << 2), output + word * row)
}

/** Fills up the last four places of a list. */
@inline function endList(rows: usize, weights: usize, count: i32, spare: usize): void {
  for (let i = count; i & 3; i++) {
    store<u32>(rows + (<usize>i << 2), spare)
    store<f32>(weights + (<usize>i << 2), 0)
  }
}

/** Whether a row may be listed twice: surely where it is. What stands after the list is compared as well. */
@inline function isRepeated(rows: usize, count: i32): bool {
  const end = rows + (<usize>count << 2)
  let found = i32x4.splat(0)
  for (let i = rows; i < end - 4; i += 4) {
    const row = v128.load32_splat(i)
    for (let j = i + 4; j < end; j += 16) found = v128.or(found, i32x4.eq(row, v128.load(j)))
  }
  return v128.any_true(found)
}

/** Of rows that are listed more than once the first takes the weight of all; a negative that is the target is left out. */
function merge(rows: usize, weights: usize, count: i32, spare: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = load<u32>(rows + i)
    if (row == spare) continue
    for (let j = i + 4; j < <usize>count << 2; j += 4) {
      if (load<u32>(rows + j) != row) continue
      store<u32>(rows + j, spare)
      store<f32>(weights + j, 0)
      if (i > 0) store<f32>(weights + i, load<f32>(weights + i) + 1)
    }
  }
}

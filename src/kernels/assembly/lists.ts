/* The lists of output rows that a centre is trained against. */

import { FLAGS, HIERARCHICAL, LONGEST_LIST, NEGATIVE, OUTPUT, PATH_STARTS, PATHS, ROW } from './layout'

/** Bytes of a list of rows, or of their signs; eight words more than the longest needs. */
@inline export function bytesOfList(p: usize): usize {
  return ((<usize>load<u32>(p, LONGEST_LIST) + 16) * 4 + 63) & ~63
}

/**
 * Lists the addresses of a centre's output rows, then `spare` eight times, and beside each its sign: the highest bit
 * where its score is to be raised. Negative sampling: the target, then the negatives. Hierarchical softmax: the nodes of
 * the target's path. Returns their number.
 * @param target where the target's row offset stands
 * @param negatives where the row offsets of the negatives stand
 */
@inline export function listRows(p: usize, rows: usize, signs: usize, target: usize, negatives: usize, spare: usize): i32 {
  return load<u32>(p, FLAGS) & HIERARCHICAL
    ? listPath(p, rows, signs, load<u32>(target), spare)
    : listNegatives(p, rows, signs, load<u32>(target), negatives, spare)
}

@inline function listNegatives(p: usize, rows: usize, signs: usize, target: u32, negatives: usize, spare: usize): i32 {
  const output = load<u32>(p, OUTPUT), count = load<i32>(p, NEGATIVE) + 1
  const base = i32x4.splat(output), end = rows + (<usize>count << 2)
  store<u32>(rows, output + target)
  v128.store(signs, i32x4(0x80000000, 0, 0, 0))
  for (let to = rows + 4; to < end; to += 16, negatives += 16) {
    signs += 16
    v128.store(signs, i32x4.splat(0))
    v128.store(to, i32x4.add(v128.load(negatives), base))
  }
  endList(end, spare)
  return count
}

function listPath(p: usize, rows: usize, signs: usize, target: u32, spare: usize): i32 {
  const output = load<u32>(p, OUTPUT), starts = <usize>load<u32>(p, PATH_STARTS), paths = <usize>load<u32>(p, PATHS)
  const at = starts + (<usize>(target / load<u32>(p, ROW)) << 2)
  const from = load<u32>(at, 0), count = <i32>(load<u32>(at, 4) - from)
  const path = paths + (<usize>from << 2)
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    // A row's offset, which is a multiple of 64, and in the lowest bit the turn.
    const step = load<u32>(path + i)
    store<u32>(rows + i, output + (step & ~1))
    store<u32>(signs + i, ~step << 31)
  }
  endList(rows + (<usize>count << 2), spare)
  return count
}

@inline function endList(end: usize, spare: usize): void {
  v128.store(end, i32x4.splat(spare), 0)
  v128.store(end, i32x4.splat(spare), 16)
}

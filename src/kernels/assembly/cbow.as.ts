/*
 * The CBOW training kernel: WebAssembly SIMD-128, one call for about a thousand words. It computes what
 * `kernels/cbow-reference.ts` says, word by word, in float32, with the draws of `cbow/draws.ts`.
 *
 * AssemblyScript is as fast as C here only when it is written for the machine: pointers in locals, constant offsets,
 * small counts unrolled. Loads and stores are unchecked; the layout of memory is `kernels/cbow-kernel.ts`.
 *
 * A row is whole cache lines of 16 numbers, the last of each a spare that is zero (see `fetchSix`), and zeros to the end
 * of the last line. They stay zero by themselves: h, u and e are zero there.
 */

import { drawForCentres, drawForWords, turnDraws } from './draws'
import {
  CENTRES, DIVIDED, DRAWN, FLAGS, HIDDEN, INPUT, KEEP, LEARNING_RATE, LOSS, MEAN, NEGATIVE, OUTPUT, POSITIONS, ROW, ROWS,
  SCORES, SENTENCE, SENTENCE_END, TOKENS, TOTAL_WORDS, TRAINS_INPUT, TRAINS_OUTPUT, WINDOW, WORDS_PER_EPOCH,
} from './layout'
import { bytesOfList, listRows } from './lists'
import { dotAll, fetchOne, fetchSix, gatherContext, scatterContext, updateSix, updateThree } from './rows'
import { add, all, mul, sum } from './simd-math'
import { stepsOf } from './steps'

export { trainTogether } from './together'

/** Both matrices learn. `spare` is a row of zeros, which takes no step: it fills up the last six or three rows. */
@inline function trainBoth(h: usize, e: usize, input: usize, row: usize, first: usize, last: usize, rows: usize, signs: usize,
  scores: usize, count: i32, spare: usize, scale: v128, share: v128, rate: f32): f32 {
  gatherContext(h, input, row, first, last, scale)
  dotAll(h, row, rows, scores, count)
  const loss = stepsOf(rows, signs, scores, count, spare, rate)
  // Of a vocabulary of one word there is nothing to tell.
  if (count == 0) return 0
  let before = spare, i = 0
  for (; i + 3 < count; i += 6) {
    updateSix(h, before, e, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
    before = e
  }
  if (i < count) updateThree(h, before, e, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
  scatterContext(e, input, row, first, last, share)
  return loss
}

/** One matrix learns, the other is only read. */
function trainOne(h: usize, e: usize, input: usize, row: usize, first: usize, last: usize, rows: usize, signs: usize,
  scores: usize, count: i32, spare: usize, scale: v128, share: v128, rate: f32, trainsInput: bool): f32 {
  gatherContext(h, input, row, first, last, scale)
  const end = <usize>count << 2
  for (let j: usize = 0; j < end; j += 4) {
    const u = load<u32>(rows + j)
    let a = all(0)
    for (let i: usize = 0; i < row; i += 16) a = add(a, mul(v128.load(h + i), v128.load(u + i)))
    store<f32>(scores + j, sum(a))
  }
  const loss = stepsOf(rows, signs, scores, count, spare, rate)
  for (let i: usize = 0; i < row; i += 16) {
    const x = v128.load(h + i)
    let z = all(0)
    for (let j: usize = 0; j < end; j += 4) {
      const u = load<u32>(rows + j) + i, step = v128.load32_splat(scores + j), y = v128.load(u)
      if (trainsInput) z = add(z, mul(step, y))
      else v128.store(u, add(y, mul(step, x)))
    }
    v128.store(e + i, z)
  }
  if (trainsInput) scatterContext(e, input, row, first, last, share)
  return loss
}

/**
 * Trains on n words: whole sentences that begin at `position` of the corpus, already copied to the scratch region's
 * tokens. Adds to the scratch region's loss and count of centres.
 */
export function train(p: usize, scratch: usize, n: i32, position: f64, epoch: u32): void {
  const input = <usize>load<u32>(p, INPUT), output = <usize>load<u32>(p, OUTPUT), row = <usize>load<u32>(p, ROW)
  const keep = <usize>load<u32>(p, KEEP), negative = load<i32>(p, NEGATIVE), flags = load<u32>(p, FLAGS)
  const window = load<i32>(p, WINDOW)
  const learningRate = load<f64>(p, LEARNING_RATE), total = load<f64>(p, TOTAL_WORDS)
  const done = <f64>epoch * load<f64>(p, WORDS_PER_EPOCH)
  const h = <usize>load<u32>(scratch, HIDDEN), tokens = <usize>load<u32>(scratch, TOKENS)
  const sentence = <usize>load<u32>(scratch, SENTENCE), positions = <usize>load<u32>(scratch, POSITIONS)
  const drawn = <usize>load<u32>(scratch, DRAWN), scores = <usize>load<u32>(scratch, SCORES)
  const e = h + row, spare = e + row, listBytes = bytesOfList(p)
  const perCentre = (negative + 4) >> 2, stride = <usize>perCentre << 4
  const trainsInput = (flags & TRAINS_INPUT) != 0, trainsBoth = trainsInput && (flags & TRAINS_OUTPUT) != 0
  let loss = load<f64>(scratch, LOSS)
  let centres = load<u32>(scratch, CENTRES)

  for (let begin = 0; begin < n;) {
    const from = tokens + (<usize>begin << 2), start = <u64>position + begin
    let length = 1
    while (load<u32>(from + (<usize>(length - 1) << 2)) < SENTENCE_END) length++
    begin += length

    const lane = <i32>(start & 3)
    drawForWords(p, drawn, start >> 2, (lane + length + 3) >> 2, epoch)
    let kept = 0
    for (let i = 0; i < length; i++) {
      const word = load<u32>(from + (<usize>i << 2)) & ~SENTENCE_END
      store<u32>(sentence + (<usize>kept << 2), word * <u32>row)
      store<u32>(positions + (<usize>kept << 2), i)
      kept += i32(load<u32>(drawn + (<usize>(lane + i) << 2)) <= load<u32>(keep + (<usize>word << 2)))
    }
    if (kept < 2) continue

    const rate = <f32>Math.max(1e-4 * learningRate, learningRate * (1 - (done + <f64>start) / total))
    drawForCentres(p, drawn, start, positions, kept, perCentre, epoch)
    turnDraws(p, drawn, kept, perCentre)
    // Two lists of rows, of the present centre and of the next one, which is fetched meanwhile.
    let rows = <usize>load<u32>(scratch, ROWS), nextRows = rows + 2 * listBytes
    let count = listRows(p, rows, rows + listBytes, sentence, drawn + 4, spare), nextCount = 0
    for (let c = 0; c < kept; c++) {
      const draws = drawn + <usize>c * stride, b = load<i32>(draws)
      const low = c - b < 0 ? 0 : c - b, high = c + b >= kept ? kept - 1 : c + b
      const first = sentence + (<usize>low << 2), centre = sentence + (<usize>c << 2), last = sentence + (<usize>high << 2)
      const part = <f32>1 / <f32>(high - low)
      const scale = all(flags & MEAN ? part : 1), share = all(flags & DIVIDED ? part : 1)
      if (c + 1 < kept) {
        nextCount = listRows(p, nextRows, nextRows + listBytes, centre + 4, draws + stride + 4, spare)
        for (let i = 0; i < nextCount; i += 6) fetchSix(nextRows + (<usize>i << 2), row)
        if (c + window + 1 < kept) fetchOne(input + load<u32>(centre + (<usize>(window + 1) << 2)), row)
      }
      // The first context word takes the centre's place, so that the context is one list, and gives it back.
      const target = load<u32>(centre)
      store<u32>(centre, load<u32>(first))
      loss += <f64>(trainsBoth
        ? trainBoth(h, e, input, row, first, last, rows, rows + listBytes, scores, count, spare, scale, share, rate)
        : trainOne(h, e, input, row, first, last, rows, rows + listBytes, scores, count, spare, scale, share, rate, trainsInput))
      store<u32>(centre, target)
      const used = rows
      rows = nextRows
      nextRows = used
      count = nextCount
    }
    centres += kept
  }
  store<f64>(scratch, loss, LOSS)
  store<u32>(scratch, centres, CENTRES)
}

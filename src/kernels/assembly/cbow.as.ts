/*
 * The CBOW training kernel: WebAssembly SIMD-128, one call for about a thousand words. It computes what
 * `kernels/cbow-reference.ts` says, word by word, in float32, with the draws of `cbow/draws.ts`.
 *
 * AssemblyScript is as fast as C here only when it is written for the machine: pointers in locals, constant offsets,
 * small counts unrolled. Loads and stores are unchecked; the layout of memory is `kernels/kernel-layout.ts`.
 *
 * A row is whole cache lines of 16 numbers, the last of each a spare that is zero (see `fetch.ts`), and zeros to the end
 * of the last line. They stay zero by themselves: h, u and e are zero there.
 */

import { gatherContext, scatterContext } from './context'
import { drawForWords } from './draws'
import { FETCH_AHEAD, fetchAhead, fetchList } from './fetch'
import {
  BATCH, CENTRES, COLUMNS, DIVIDED, DRAWN, FLAGS, HIDDEN, HIERARCHICAL, INPUT, KEEP, LEARNING_RATE, LISTS, LOSS, MEAN, NEGATIVE,
  OUTPUT, POSITIONS, PRODUCTS, ROW, SCORES, SENTENCE, SENTENCE_END, SOFTMAX, TOKENS, TOTAL_WORDS, TRAINS_INPUT, TRAINS_OUTPUT, WINDOW,
  WORDS_PER_EPOCH,
} from './layout'
import { blocksOf, bytesOfList, listAll, prepare } from './lists'
import { addToAll, dotAll, sumAll, updateAll } from './rows'
import { all } from './simd-math'
import { beginProducts, factorsOf, MOST_FACTORS, stepsOf, stepsOfDistinct, stepsOfSoftmax, takeLogs } from './steps'

export { trainTogether } from './together'

/**
 * Trains on n words: whole sentences that begin at `position` of the corpus, already copied to the scratch region's
 * tokens. Adds to the scratch region's loss and count of centres.
 */
export function train(p: usize, scratch: usize, n: i32, position: f64, epoch: u32): void {
  const input = <usize>load<u32>(p, INPUT), output = <usize>load<u32>(p, OUTPUT), row = <usize>load<u32>(p, ROW)
  const keep = <usize>load<u32>(p, KEEP), flags = load<u32>(p, FLAGS), window = load<i32>(p, WINDOW)
  const learningRate = load<f64>(p, LEARNING_RATE), total = load<f64>(p, TOTAL_WORDS)
  const done = <f64>epoch * load<f64>(p, WORDS_PER_EPOCH)
  const h = <usize>load<u32>(scratch, HIDDEN), tokens = <usize>load<u32>(scratch, TOKENS)
  const sentence = <usize>load<u32>(scratch, SENTENCE), positions = <usize>load<u32>(scratch, POSITIONS)
  const drawn = <usize>load<u32>(scratch, DRAWN), scores = <usize>load<u32>(scratch, SCORES)
  const lists = <usize>load<u32>(scratch, LISTS), listBytes = bytesOfList(p)
  const columns = load<i32>(p, COLUMNS), products = scratch + PRODUCTS
  const e = h + row, spare = e + row, drawStride = <usize>blocksOf(load<i32>(p, NEGATIVE)) << 4
  const isTree = (flags & HIERARCHICAL) != 0
  const isSoftmax = (flags & SOFTMAX) != 0, listStride = isSoftmax ? 0 : 2 * listBytes
  const trainsInput = (flags & TRAINS_INPUT) != 0, trainsBoth = trainsInput && (flags & TRAINS_OUTPUT) != 0
  let loss = load<f64>(scratch, LOSS)
  let centres = load<u32>(scratch, CENTRES)
  let room = MOST_FACTORS
  beginProducts(products)
  if (isSoftmax) listAll(p, lists)

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
    for (let batch = 0; batch < kept; batch += BATCH) {
      const batchEnd = min(batch + BATCH, kept)
      prepare(p, scratch, start, epoch, batch, batchEnd, lists, listStride, spare)
      let draws = drawn, rows = lists
      for (let c = batch; c < batchEnd; c++, draws += drawStride, rows += listStride) {
        const b = load<i32>(draws, 0), count = load<i32>(draws, 4)
        const low = c - b < 0 ? 0 : c - b, high = c + b >= kept ? kept - 1 : c + b
        const first = sentence + (<usize>low << 2), centre = sentence + (<usize>c << 2), last = sentence + (<usize>high << 2)
        const part = <f32>1 / <f32>(high - low)
        const share = all(flags & DIVIDED ? part : 1)
        // The first context word takes the centre's place, so that the context is one list, and gives it back.
        const target = load<u32>(centre)
        store<u32>(centre, load<u32>(first))
        gatherContext(h, input, columns, first, last, all(flags & MEAN ? part : 1))
        dotAll(h, columns, rows, scores, count)
        if (isSoftmax) loss += <f64>stepsOfSoftmax(scores, count, <i32>(target / row), rate)
        else if (load<i32>(draws, 8) != 0 || factorsOf(count) > MOST_FACTORS) {
          loss += <f64>stepsOf(rows + listBytes, scores, count, rate)
        } else {
          room -= factorsOf(count)
          if (room < 0) {
            loss += takeLogs(products)
            room = MOST_FACTORS - factorsOf(count)
          }
          loss += <f64>stepsOfDistinct(rows + listBytes, scores, count, rate, products)
        }
        // Here, since the steps wait for the scores anyway.
        if (((c - batch) & (FETCH_AHEAD - 1)) == 0) {
          fetchAhead(input, output, row, sentence, c + FETCH_AHEAD, window, kept, !isTree)
        }
        if (isTree && c + 1 < batchEnd) fetchList(rows + listStride, load<i32>(draws + drawStride, 4), row)
        if (trainsBoth) {
          // Of a vocabulary of one word there is nothing to tell: its tree has no node.
          if (count > 0) {
            updateAll(h, spare, e, columns, rows, scores, count)
            scatterContext(e, input, columns, first, last, share)
          }
        } else if (trainsInput) {
          sumAll(e, row, rows, scores, count)
          scatterContext(e, input, columns, first, last, share)
        } else addToAll(h, row, rows, scores, count)
        store<u32>(centre, target)
      }
    }
    centres += kept
  }
  store<f64>(scratch, loss + takeLogs(products), LOSS)
  store<u32>(scratch, centres, CENTRES)
}

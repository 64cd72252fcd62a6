/*
 * The reproducible way for several threads. They go through the same words in lockstep, a batch of centres at a time:
 * first each computes its part of the batch at weights that stand still, then each applies the steps of all to the rows
 * that it owns, in the order of the centres. Who owns a row, and how many threads there are, changes no sum: the bytes
 * are the same for any number of threads.
 */

import { gatherContext } from './context'
import { drawForWords } from './draws'
import { FETCH_AHEAD, fetchAhead } from './fetch'
import {
  ARRIVED, BATCH, CENTRE_LOSS, CENTRES, COLUMNS, COUNT, DIVIDED, DRAWN, FIRST, FLAGS, GENERATION, HIDDEN, HIERARCHICAL, INPUT, KEEP, LAST,
  LEARNING_RATE, LIST, LISTS, LOSS, MEAN, NEGATIVE, OUTPUT, PLAN, POSITIONS, RATE_SHARE, RECORDS, ROW, SENTENCE, SENTENCE_END,
  SOFTMAX, TOKENS, TOTAL_WORDS, TRAINS_INPUT, TRAINS_OUTPUT, WINDOW, WORDS_PER_EPOCH,
} from './layout'
import { blocksOf, bytesOfList, listAll, prepare } from './lists'
import { addScaled, dotAll, sumAll } from './rows'
import { all } from './simd-math'
import { stepsOf, stepsOfSoftmax } from './steps'

/** Times looked whether the others have come before the thread is laid to sleep. */
const SPINS: i32 = 4000

/** Waits until all threads have come here. */
function waitForAll(shared: usize, threads: i32): void {
  const generation = atomic.load<i32>(shared, GENERATION)
  if (atomic.add<i32>(shared, 1, ARRIVED) + 1 == threads) {
    atomic.store<i32>(shared, 0, ARRIVED)
    atomic.store<i32>(shared, generation + 1, GENERATION)
    atomic.notify(shared + GENERATION, -1)
    return
  }
  for (let i = 0; i < SPINS; i++) if (atomic.load<i32>(shared, GENERATION) != generation) return
  while (atomic.load<i32>(shared, GENERATION) == generation) atomic.wait<i32>(shared + GENERATION, generation, -1)
}

/**
 * Thins out all sentences of the slice: row offsets and positions (from the slice's begin) of the words that stay, and
 * for each the first and last place of its sentence and its learning rate. Returns their number.
 */
function plan(p: usize, scratch: usize, n: i32, start: u64, epoch: u32): i32 {
  const row = load<u32>(p, ROW), keep = <usize>load<u32>(p, KEEP), tokens = <usize>load<u32>(scratch, TOKENS)
  const sentence = <usize>load<u32>(scratch, SENTENCE), positions = <usize>load<u32>(scratch, POSITIONS)
  const drawn = <usize>load<u32>(scratch, DRAWN), places = <usize>load<u32>(scratch, PLAN)
  const learningRate = load<f64>(p, LEARNING_RATE), total = load<f64>(p, TOTAL_WORDS)
  const done = <f64>epoch * load<f64>(p, WORDS_PER_EPOCH)
  let kept = 0
  for (let begin = 0; begin < n;) {
    const from = tokens + (<usize>begin << 2), at = start + begin, first = kept
    let length = 1
    while (load<u32>(from + (<usize>(length - 1) << 2)) < SENTENCE_END) length++
    const lane = <i32>(at & 3)
    drawForWords(p, drawn, at >> 2, (lane + length + 3) >> 2, epoch)
    for (let i = 0; i < length; i++) {
      const word = load<u32>(from + (<usize>i << 2)) & ~SENTENCE_END
      store<u32>(sentence + (<usize>kept << 2), word * row)
      store<u32>(positions + (<usize>kept << 2), begin + i)
      kept += i32(load<u32>(drawn + (<usize>(lane + i) << 2)) <= load<u32>(keep + (<usize>word << 2)))
    }
    begin += length
    if (kept - first < 2) {
      kept = first
      continue
    }
    const rate = <f32>Math.max(1e-4 * learningRate, learningRate * (1 - (done + <f64>at) / total))
    for (let c = first; c < kept; c++) {
      const place = places + (<usize>c << 4)
      store<i32>(place, first, 0)
      store<i32>(place, kept - 1, 4)
      store<f32>(place, rate, 8)
    }
  }
  return kept
}

/** Whether a row is the thread's: rows are spread evenly, by a multiplicative hash of their offsets. */
@inline function isMine(offset: u32, thread: u32, threads: u32): bool {
  return <u32>((<u64>((offset >> 6) * 0x9e3779b1) * threads) >> 32) == thread
}

/**
 * Trains on n words as `train` does, but in batches, together with the other threads, which are called with the same
 * words. Thread 0 adds up the loss.
 */
export function trainTogether(p: usize, scratch: usize, shared: usize, n: i32, position: f64, epoch: u32, thread: i32,
  threads: i32): void {
  const input = <usize>load<u32>(p, INPUT), output = <usize>load<u32>(p, OUTPUT), row = <usize>load<u32>(p, ROW)
  const window = load<i32>(p, WINDOW), flags = load<u32>(p, FLAGS), isSoftmax = (flags & SOFTMAX) != 0
  const sentence = <usize>load<u32>(scratch, SENTENCE), drawn = <usize>load<u32>(scratch, DRAWN)
  const places = <usize>load<u32>(scratch, PLAN), spare = <usize>load<u32>(scratch, HIDDEN) + 2 * row
  const drawStride = <usize>blocksOf(load<i32>(p, NEGATIVE)) << 4, listBytes = bytesOfList(p)
  const columns = load<i32>(p, COLUMNS)
  const size = LIST + 3 * listBytes + 2 * row
  // With softmax the same list for all centres.
  const allRows = <usize>load<u32>(scratch, LISTS)
  if (isSoftmax) listAll(p, allRows)
  const kept = plan(p, scratch, n, <u64>position, epoch)
  let loss = load<f64>(scratch, LOSS)

  for (let from = 0; from < kept; from += BATCH) {
    const to = from + BATCH < kept ? from + BATCH : kept
    const mine = from + (to - from) * thread / threads, next = from + (to - from) * (thread + 1) / threads
    let record = shared + RECORDS + <usize>(mine - from) * size
    prepare(p, scratch, <u64>position, epoch, mine, next, record + LIST, size, spare)
    for (let c = mine, draws = drawn; c < next; c++, draws += drawStride, record += size) {
      const b = load<i32>(draws, 0), count = load<i32>(draws, 4), place = places + (<usize>c << 4)
      const begin = load<i32>(place, 0), end = load<i32>(place, 4)
      const low = c - b < begin ? begin : c - b, high = c + b > end ? end : c + b
      const first = sentence + (<usize>low << 2), centre = sentence + (<usize>c << 2), last = sentence + (<usize>high << 2)
      const part = <f32>1 / <f32>(high - low), rate = load<f32>(place, 8)
      const rows = isSoftmax ? allRows : record + LIST
      const weights = record + LIST + listBytes, steps = weights + listBytes, h = steps + listBytes, e = h + row
      if (((c - mine) & (FETCH_AHEAD - 1)) == 0) {
        fetchAhead(input, output, row, sentence, c + FETCH_AHEAD, window, next, (flags & HIERARCHICAL) == 0)
      }
      const target = load<u32>(centre)
      store<u32>(centre, load<u32>(first))
      gatherContext(h, input, columns, first, last, all(flags & MEAN ? part : 1))
      store<u32>(centre, target)
      dotAll(h, columns, rows, steps, count)
      store<f32>(record, isSoftmax
        ? stepsOfSoftmax(steps, count, <i32>(target / row), rate)
        : stepsOf(weights, steps, count, rate), CENTRE_LOSS)
      sumAll(e, row, rows, steps, count)
      store<i32>(record, low, FIRST)
      store<i32>(record, high, LAST)
      store<f32>(record, flags & DIVIDED ? part : 1, RATE_SHARE)
      store<i32>(record, count, COUNT)
    }
    waitForAll(shared, threads)
    record = shared + RECORDS
    for (let c = from; c < to; c++, record += size) {
      const rows = isSoftmax ? allRows : record + LIST, steps = record + LIST + 2 * listBytes, h = steps + listBytes, e = h + row
      const count = load<i32>(record, COUNT)
      if (flags & TRAINS_OUTPUT) {
        for (let i: usize = 0; i < <usize>count << 2; i += 4) {
          const u = load<u32>(rows + i)
          if (load<u32>(steps + i) << 1 == 0 || !isMine(u - output, thread, threads)) continue
          addScaled(u, h, row, v128.load32_splat(steps + i))
        }
      }
      if (flags & TRAINS_INPUT) {
        const share = v128.load32_splat(record, RATE_SHARE), last = load<i32>(record, LAST)
        for (let j = load<i32>(record, FIRST); j <= last; j++) {
          const offset = load<u32>(sentence + (<usize>j << 2))
          if (j != c && isMine(offset, thread, threads)) addScaled(input + offset, e, row, share)
        }
      }
      if (thread == 0) loss += <f64>load<f32>(record, CENTRE_LOSS)
    }
    waitForAll(shared, threads)
  }
  if (thread != 0) return
  store<f64>(scratch, loss, LOSS)
  store<u32>(scratch, load<u32>(scratch, CENTRES) + kept, CENTRES)
}

/*
 * The CBOW training kernel: WebAssembly SIMD-128, one call for about a thousand words. It computes what
 * `kernels/cbow-reference.ts` says, word by word, in float32, with the draws of `cbow/draws.ts`.
 *
 * AssemblyScript is as fast as C here only when it is written for the machine: pointers in locals, constant offsets,
 * small counts unrolled. Loads and stores are unchecked; the layout of memory is `kernels/cbow-kernel.ts`.
 *
 * Rows are padded with zeros to a multiple of 16 bytes. The padding stays zero by itself: h, u and e are zero there.
 */

import { lows, philox } from './philox'
import { add, all, expOfMinusAbs, mul, sigmoid, softplus, sum, sums } from './simd-math'

// Fields of the parameters (byte offsets). The same numbers stand in cbow-kernel.ts.
const INPUT: usize = 0
const OUTPUT: usize = 4
const ROW: usize = 8
const WINDOW: usize = 12
const NEGATIVE: usize = 16
const KEEP: usize = 20
const NOISE: usize = 24
const WORDS: usize = 28
const SEED_LOW: usize = 32
const SEED_HIGH: usize = 36
const FLAGS: usize = 40
const LEARNING_RATE: usize = 48
const TOTAL_WORDS: usize = 56
const WORDS_PER_EPOCH: usize = 64

const MEAN: u32 = 1
const DIVIDED: u32 = 2
const TRAINS_INPUT: u32 = 4
const TRAINS_OUTPUT: u32 = 8

// Fields of a thread's scratch region: two results, and where its buffers lie.
const LOSS: usize = 0
const CENTRES: usize = 8
const HIDDEN: usize = 16
const TOKENS: usize = 20
const SENTENCE: usize = 24
const POSITIONS: usize = 28
const DRAWN: usize = 32
const SCORES: usize = 36
const ROWS: usize = 40

const SUBSAMPLE: u32 = 2
const WINDOW_AND_NEGATIVES: u32 = 3
const SENTENCE_END: u32 = 0x80000000

// --- draws ---

/** Draws blocks 0 of the indices from `first` on: a uint32 for each of 4 * count positions. */
function drawForWords(p: usize, to: usize, first: u64, count: i32, epoch: u32): void {
  const low = load<u32>(p, SEED_LOW), high = load<u32>(p, SEED_HIGH), purpose = epoch * 256 + SUBSAMPLE
  const zero = i32x4.splat(0)
  for (let i = 0; i < count; i += 4, to += 64) {
    const a = first + i, b = a + 1, c = a + 2, d = a + 3
    philox(lows(a, b, c, d), lows(a >> 32, b >> 32, c >> 32, d >> 32), zero, purpose, low, high, to)
  }
}

/** Draws blocks 0 to perCentre - 1 of each of `centres` positions (`start` and what the list adds to it). */
function drawForCentres(p: usize, to: usize, start: u64, positions: usize, centres: i32, perCentre: i32, epoch: u32): void {
  const low = load<u32>(p, SEED_LOW), high = load<u32>(p, SEED_HIGH), purpose = epoch * 256 + WINDOW_AND_NEGATIVES
  let block = 0
  for (let i = 0, n = centres * perCentre; i < n; i += 4, to += 64) {
    const a = start + load<u32>(positions), x = block
    if (++block == perCentre) { block = 0; positions += 4 }
    const b = start + load<u32>(positions), y = block
    if (++block == perCentre) { block = 0; positions += 4 }
    const c = start + load<u32>(positions), z = block
    if (++block == perCentre) { block = 0; positions += 4 }
    const d = start + load<u32>(positions), w = block
    if (++block == perCentre) { block = 0; positions += 4 }
    philox(lows(a, b, c, d), lows(a >> 32, b >> 32, c >> 32, d >> 32), lows(x, y, z, w), purpose, low, high, to)
  }
}

/** Makes of each centre's draws, in place, its reduced window (lane 0) and the row offsets of its negatives. */
function turnDraws(p: usize, drawn: usize, centres: i32, perCentre: i32): void {
  const window = <u64>load<u32>(p, WINDOW), words = <u64>load<u32>(p, WORDS), negative = load<i32>(p, NEGATIVE)
  const noise = <usize>load<u32>(p, NOISE), row = load<u32>(p, ROW)
  for (let c = 0; c < centres; c++, drawn += <usize>perCentre << 4) {
    store<u32>(drawn, 1 + <u32>((<u64>load<u32>(drawn) * window) >> 32))
    for (let at = drawn + 4, end = at + (<usize>negative << 2); at < end; at += 4) {
      const product = <u64>load<u32>(at) * words
      const slot = <u32>(product >> 32), entry = noise + (<usize>slot << 3)
      store<u32>(at, (<u32>product < load<u32>(entry) ? slot : load<u32>(entry, 4)) * row)
    }
  }
}

// --- the context: row offsets stand in the sentence from `first` to `last`, the centre's own at `centre` ---

/** h = scale * sum of the context rows. */
@inline function gatherContext(h: usize, input: usize, row: usize, first: usize, centre: usize, last: usize, scale: v128): void {
  let at = input
  const end = input + row
  for (; at + 64 <= end; at += 64, h += 64) {
    let a = all(0), b = all(0), c = all(0), d = all(0)
    for (let j = first; j < centre; j += 4) {
      const v = at + load<u32>(j)
      a = add(a, v128.load(v, 0)); b = add(b, v128.load(v, 16)); c = add(c, v128.load(v, 32)); d = add(d, v128.load(v, 48))
    }
    for (let j = centre + 4; j <= last; j += 4) {
      const v = at + load<u32>(j)
      a = add(a, v128.load(v, 0)); b = add(b, v128.load(v, 16)); c = add(c, v128.load(v, 32)); d = add(d, v128.load(v, 48))
    }
    v128.store(h, mul(a, scale), 0); v128.store(h, mul(b, scale), 16)
    v128.store(h, mul(c, scale), 32); v128.store(h, mul(d, scale), 48)
  }
  for (; at < end; at += 16, h += 16) {
    let a = all(0)
    for (let j = first; j < centre; j += 4) a = add(a, v128.load(at + load<u32>(j)))
    for (let j = centre + 4; j <= last; j += 4) a = add(a, v128.load(at + load<u32>(j)))
    v128.store(h, mul(a, scale))
  }
}

@inline function addToContext(at: usize, first: usize, centre: usize, last: usize, e: v128): void {
  for (let j = first; j < centre; j += 4) { const v = at + load<u32>(j); v128.store(v, add(v128.load(v), e)) }
  for (let j = centre + 4; j <= last; j += 4) { const v = at + load<u32>(j); v128.store(v, add(v128.load(v), e)) }
}

@inline function addPairToContext(at: usize, first: usize, centre: usize, last: usize, e: v128, f: v128): void {
  for (let j = first; j < centre; j += 4) {
    const v = at + load<u32>(j)
    v128.store(v, add(v128.load(v, 0), e), 0); v128.store(v, add(v128.load(v, 16), f), 16)
  }
  for (let j = centre + 4; j <= last; j += 4) {
    const v = at + load<u32>(j)
    v128.store(v, add(v128.load(v, 0), e), 0); v128.store(v, add(v128.load(v, 16), f), 16)
  }
}

/** Begins to fetch a row: a dropped load for each cache line. All in one burst, so that the misses overlap. */
@inline function touch(at: usize, row: usize): void {
  for (let i: usize = 0; i < row; i += 64) load<u32>(at + i)
}

/**
 * Rows are updated one after the other, so a row that is listed twice would see its first update in the second: the
 * steps of repeated rows are added to the first of them, and the others are left with none.
 */
function mergeRepeated(rows: usize, steps: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2)), first = steps + (<usize>i << 2)
    for (let j = i + 1; j < count; j++) {
      const other = steps + (<usize>j << 2)
      if (load<u32>(rows + (<usize>j << 2)) != row) continue
      store<f32>(first, load<f32>(first) + load<f32>(other))
      store<f32>(other, 0)
    }
  }
}

// --- one centre ---

/** e and u of one output row over 16 bytes: e += step * u, then u += step * h. */
@inline function passRow(u: usize, h: v128, step: v128, e: v128): v128 {
  const y = v128.load(u)
  v128.store(u, add(y, mul(step, h)))
  return add(e, mul(step, y))
}

/**
 * Five negatives, both matrices learn: the target and all negatives in one pass over h, their six dot products sharing
 * each load; then e stays in registers and goes straight to the context. `negatives` points at their row offsets, with
 * one word before them and two after them readable. Returns the loss.
 */
function trainFive(h: usize, input: usize, output: usize, row: usize, first: usize, centre: usize, last: usize,
  negatives: usize, scale: v128, share: v128, rate: f32, steps: usize): f64 {
  const t = load<u32>(centre)
  const n1 = load<u32>(negatives, 0), n2 = load<u32>(negatives, 4), n3 = load<u32>(negatives, 8)
  const n4 = load<u32>(negatives, 12), n5 = load<u32>(negatives, 16)
  const u0 = output + t, u1 = output + n1, u2 = output + n2, u3 = output + n3, u4 = output + n4, u5 = output + n5
  touch(u0, row); touch(u1, row); touch(u2, row); touch(u3, row); touch(u4, row); touch(u5, row)
  gatherContext(h, input, row, first, centre, last, scale)

  let a = all(0), b = all(0), c = all(0), d = all(0), f = all(0), g = all(0)
  for (let i: usize = 0; i < row; i += 16) {
    const x = v128.load(h + i)
    a = add(a, mul(x, v128.load(u0 + i))); b = add(b, mul(x, v128.load(u1 + i))); c = add(c, mul(x, v128.load(u2 + i)))
    d = add(d, mul(x, v128.load(u3 + i))); f = add(f, mul(x, v128.load(u4 + i))); g = add(g, mul(x, v128.load(u5 + i)))
  }
  // The target's score enters with its sign turned: softplus and sigmoid of (-s0, s1, s2, s3) and (s4, s5, -, -).
  const x = v128.xor(sums(a, b, c, d), i32x4(0x80000000, 0, 0, 0)), y = sums(f, g, f, g)
  const tx = expOfMinusAbs(x), ty = expOfMinusAbs(y)
  const early = v128.load(negatives, 0), target = i32x4.splat(t)
  const isOther = v128.not(i32x4.eq(early, target))
  const maskX = v128.or(v128.shuffle<i32>(isOther, isOther, 0, 0, 1, 2), i32x4(-1, 0, 0, 0))
  const maskY = v128.and(v128.not(i32x4.eq(v128.load(negatives, 12), target)), i32x4(-1, -1, 0, 0))
  let stepX = v128.and(mul(sigmoid(x, tx), v128.xor(all(-rate), i32x4(0x80000000, 0, 0, 0))), maskX)
  let stepY = v128.and(mul(sigmoid(y, ty), all(-rate)), maskY)
  const losses = add(v128.and(softplus(x, tx), maskX), v128.and(softplus(y, ty), maskY))

  const next = v128.shuffle<i32>(early, early, 1, 2, 3, 0), afterNext = v128.shuffle<i32>(early, early, 2, 3, 0, 1)
  const repeated = v128.or(v128.or(i32x4.eq(early, next), i32x4.eq(early, afterNext)), i32x4.eq(early, i32x4.splat(n5)))
  if (v128.any_true(repeated)) {
    v128.store(steps, stepX, 0)
    v128.store(steps, stepY, 16)
    mergeRepeated(negatives, steps + 4, 5)
    stepX = v128.load(steps, 0)
    stepY = v128.load(steps, 16)
  }
  const g0 = v128.shuffle<f32>(stepX, stepX, 0, 0, 0, 0), g1 = v128.shuffle<f32>(stepX, stepX, 1, 1, 1, 1)
  const g2 = v128.shuffle<f32>(stepX, stepX, 2, 2, 2, 2), g3 = v128.shuffle<f32>(stepX, stepX, 3, 3, 3, 3)
  const g4 = v128.shuffle<f32>(stepY, stepY, 0, 0, 0, 0), g5 = v128.shuffle<f32>(stepY, stepY, 1, 1, 1, 1)

  let i: usize = 0
  for (; i + 32 <= row; i += 32) {
    const p = v128.load(h + i, 0), q = v128.load(h + i, 16)
    let e = all(0), k = all(0)
    e = passRow(u0 + i, p, g0, e); k = passRow(u0 + i + 16, q, g0, k)
    e = passRow(u1 + i, p, g1, e); k = passRow(u1 + i + 16, q, g1, k)
    e = passRow(u2 + i, p, g2, e); k = passRow(u2 + i + 16, q, g2, k)
    e = passRow(u3 + i, p, g3, e); k = passRow(u3 + i + 16, q, g3, k)
    e = passRow(u4 + i, p, g4, e); k = passRow(u4 + i + 16, q, g4, k)
    e = passRow(u5 + i, p, g5, e); k = passRow(u5 + i + 16, q, g5, k)
    addPairToContext(input + i, first, centre, last, mul(e, share), mul(k, share))
  }
  for (; i < row; i += 16) {
    const p = v128.load(h + i)
    let e = passRow(u0 + i, p, g0, all(0))
    e = passRow(u1 + i, p, g1, e); e = passRow(u2 + i, p, g2, e); e = passRow(u3 + i, p, g3, e)
    e = passRow(u4 + i, p, g4, e); e = passRow(u5 + i, p, g5, e)
    addToContext(input + i, first, centre, last, mul(e, share))
  }
  return <f64>sum(losses)
}

/** Any number of negatives, either matrix or both learn. `rows` and `scores` have room for negative + 4 words. */
function trainAny(h: usize, input: usize, output: usize, row: usize, first: usize, centre: usize, last: usize,
  negatives: usize, count: i32, scale: v128, share: v128, rate: f32, flags: u32, scores: usize, rows: usize): f64 {
  const t = load<u32>(centre), end = rows + (<usize>count << 2)
  store<u32>(rows, t)
  memory.copy(rows + 4, negatives, <usize>count << 2)
  for (let at = rows; at <= end; at += 4) touch(output + load<u32>(at), row)
  gatherContext(h, input, row, first, centre, last, scale)

  for (let at = rows, to = scores; at <= end; at += 4, to += 4) {
    const u = output + load<u32>(at)
    let a = all(0)
    for (let i: usize = 0; i < row; i += 16) a = add(a, mul(v128.load(h + i), v128.load(u + i)))
    store<f32>(to, sum(a))
  }
  store<f32>(scores, -load<f32>(scores))
  let loss: f64 = 0
  for (let at: usize = 0; at <= <usize>count << 2; at += 16) {
    const x = v128.load(scores + at), e = expOfMinusAbs(x), lane = <i32>(at >> 2)
    const places = i32x4.add(i32x4.splat(lane), i32x4(0, 1, 2, 3))
    const isThere = i32x4.le_s(places, i32x4.splat(count))
    const isOther = v128.not(i32x4.eq(v128.load(rows + at), i32x4.splat(t)))
    const mask = v128.and(isThere, v128.or(isOther, i32x4.eq(places, i32x4.splat(0))))
    loss += <f64>sum(v128.and(softplus(x, e), mask))
    v128.store(scores + at, v128.and(mul(sigmoid(x, e), all(-rate)), mask))
  }
  store<f32>(scores, -load<f32>(scores))
  mergeRepeated(rows + 4, scores + 4, count)

  const trainsInput = (flags & TRAINS_INPUT) != 0, trainsOutput = (flags & TRAINS_OUTPUT) != 0
  for (let i: usize = 0; i < row; i += 16) {
    const p = v128.load(h + i)
    let e = all(0)
    for (let at = rows, from = scores; at <= end; at += 4, from += 4) {
      const u = output + load<u32>(at) + i, step = v128.load32_splat(from), y = v128.load(u)
      e = add(e, mul(step, y))
      if (trainsOutput) v128.store(u, add(y, mul(step, p)))
    }
    if (trainsInput) addToContext(input + i, first, centre, last, mul(e, share))
  }
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
  const rows = <usize>load<u32>(scratch, ROWS)
  const perCentre = (negative + 4) >> 2, stride = <usize>perCentre << 4
  const isFast = negative == 5 && (flags & (TRAINS_INPUT | TRAINS_OUTPUT)) == (TRAINS_INPUT | TRAINS_OUTPUT)
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
    for (let c = 0; c < kept; c++) {
      const draws = drawn + <usize>c * stride, b = load<i32>(draws)
      const low = c - b < 0 ? 0 : c - b, high = c + b >= kept ? kept - 1 : c + b
      const first = sentence + (<usize>low << 2), centre = sentence + (<usize>c << 2), last = sentence + (<usize>high << 2)
      const part = <f32>1 / <f32>(high - low)
      const scale = all(flags & MEAN ? part : 1), share = all(flags & DIVIDED ? part : 1)
      if (c + window + 1 < kept) touch(input + load<u32>(centre + (<usize>(window + 1) << 2)), row)
      loss += isFast
        ? trainFive(h, input, output, row, first, centre, last, draws + 4, scale, share, rate, scores)
        : trainAny(h, input, output, row, first, centre, last, draws + 4, negative, scale, share, rate, flags, scores, rows)
    }
    centres += kept
  }
  store<f64>(scratch, loss, LOSS)
  store<u32>(scratch, centres, CENTRES)
}

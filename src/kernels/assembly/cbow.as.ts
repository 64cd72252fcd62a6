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
      store<u32>(at, select<u32>(slot, load<u32>(entry, 4), <u32>product < load<u32>(entry)) * row)
    }
  }
}

// --- the context: row offsets of its words stand after `first` up to and with `last` ---

/** h = scale * sum of the context rows. */
@inline function gatherContext(h: usize, input: usize, row: usize, first: usize, last: usize, scale: v128): void {
  for (let at = input, end = input + row; at < end; at += 64, h += 64) {
    let a = all(0), b = all(0), c = all(0), d = all(0)
    for (let j = first + 4; j <= last; j += 4) {
      const v = at + load<u32>(j)
      a = add(a, v128.load(v, 0)); b = add(b, v128.load(v, 16)); c = add(c, v128.load(v, 32)); d = add(d, v128.load(v, 48))
    }
    v128.store(h, mul(a, scale), 0); v128.store(h, mul(b, scale), 16)
    v128.store(h, mul(c, scale), 32); v128.store(h, mul(d, scale), 48)
  }
}

/** Each context row takes scale * e. */
@inline function scatterContext(e: usize, input: usize, row: usize, first: usize, last: usize, scale: v128): void {
  for (let at = input, end = input + row; at < end; at += 64, e += 64) {
    const a = mul(v128.load(e, 0), scale), b = mul(v128.load(e, 16), scale)
    const c = mul(v128.load(e, 32), scale), d = mul(v128.load(e, 48), scale)
    for (let j = first + 4; j <= last; j += 4) {
      const v = at + load<u32>(j)
      v128.store(v, add(v128.load(v, 0), a), 0); v128.store(v, add(v128.load(v, 16), b), 16)
      v128.store(v, add(v128.load(v, 32), c), 32); v128.store(v, add(v128.load(v, 48), d), 48)
    }
  }
}

// --- fetching rows early ---

/** The last number of each cache line of a row is a spare that is always zero. */
const SPARE: usize = 60

/**
 * Begins to fetch six rows. WebAssembly has no prefetch, and a load holds up all that comes after it until its line is
 * there; a store does not. So zero is stored to each line's spare, which is zero already.
 */
@inline function fetchSix(rows: usize, row: usize): void {
  const a = load<u32>(rows, 0), b = load<u32>(rows, 4), c = load<u32>(rows, 8)
  const d = load<u32>(rows, 12), e = load<u32>(rows, 16), f = load<u32>(rows, 20)
  for (let i: usize = 0; i < row; i += 64) {
    store<u32>(a + i, 0, SPARE); store<u32>(b + i, 0, SPARE); store<u32>(c + i, 0, SPARE)
    store<u32>(d + i, 0, SPARE); store<u32>(e + i, 0, SPARE); store<u32>(f + i, 0, SPARE)
  }
}

@inline function fetchOne(at: usize, row: usize): void {
  for (const end = at + row; at < end; at += 64) store<u32>(at, 0, SPARE)
}

// --- output rows, six or three in one pass over h ---
// V8 computes a value right before its use, but loads where they stand: a column at a time fits its 15 registers.

/** The dot products of h with six rows, to scores [6] (and two words after). */
@inline function dotSix(h: usize, row: usize, rows: usize, scores: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  const u3 = load<u32>(rows, 12) - h, u4 = load<u32>(rows, 16) - h, u5 = load<u32>(rows, 20) - h
  let a = all(0), b = all(0), c = all(0), d = all(0), f = all(0), g = all(0)
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i)
    a = add(a, mul(x, v128.load(u0 + i))); b = add(b, mul(x, v128.load(u1 + i))); c = add(c, mul(x, v128.load(u2 + i)))
    d = add(d, mul(x, v128.load(u3 + i))); f = add(f, mul(x, v128.load(u4 + i))); g = add(g, mul(x, v128.load(u5 + i)))
  }
  v128.store(scores, sums(a, b, c, d), 0)
  v128.store(scores, sums(f, g, f, g), 16)
}

/** The dot products of h with three rows, to scores [3] (and one word after). */
@inline function dotThree(h: usize, row: usize, rows: usize, scores: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  let a = all(0), b = all(0), c = all(0)
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i)
    a = add(a, mul(x, v128.load(u0 + i))); b = add(b, mul(x, v128.load(u1 + i))); c = add(c, mul(x, v128.load(u2 + i)))
  }
  v128.store(scores, sums(a, b, c, c))
}

/** e = before + sum of step * u over six rows; then u += step * h. */
@inline function updateSix(h: usize, before: usize, e: usize, row: usize, rows: usize, steps: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  const u3 = load<u32>(rows, 12) - h, u4 = load<u32>(rows, 16) - h, u5 = load<u32>(rows, 20) - h
  const g0 = v128.load32_splat(steps, 0), g1 = v128.load32_splat(steps, 4), g2 = v128.load32_splat(steps, 8)
  const g3 = v128.load32_splat(steps, 12), g4 = v128.load32_splat(steps, 16), g5 = v128.load32_splat(steps, 20)
  before -= h
  e -= h
  for (let i = h, end = h + row; i < end; i += 32) {
    const i0 = u0 + i, i1 = u1 + i, i2 = u2 + i, i3 = u3 + i, i4 = u4 + i, i5 = u5 + i
    {
      const x = v128.load(i), z = v128.load(before + i)
      const a = v128.load(i0), b = v128.load(i1), c = v128.load(i2)
      const d = v128.load(i3), f = v128.load(i4), g = v128.load(i5)
      v128.store(i0, add(a, mul(g0, x))); v128.store(i1, add(b, mul(g1, x))); v128.store(i2, add(c, mul(g2, x)))
      v128.store(i3, add(d, mul(g3, x))); v128.store(i4, add(f, mul(g4, x))); v128.store(i5, add(g, mul(g5, x)))
      const early = add(add(add(z, mul(g0, a)), mul(g1, b)), mul(g2, c))
      v128.store(e + i, add(add(add(early, mul(g3, d)), mul(g4, f)), mul(g5, g)))
    }
    {
      const x = v128.load(i, 16), z = v128.load(before + i, 16)
      const a = v128.load(i0, 16), b = v128.load(i1, 16), c = v128.load(i2, 16)
      const d = v128.load(i3, 16), f = v128.load(i4, 16), g = v128.load(i5, 16)
      v128.store(i0, add(a, mul(g0, x)), 16); v128.store(i1, add(b, mul(g1, x)), 16); v128.store(i2, add(c, mul(g2, x)), 16)
      v128.store(i3, add(d, mul(g3, x)), 16); v128.store(i4, add(f, mul(g4, x)), 16); v128.store(i5, add(g, mul(g5, x)), 16)
      const early = add(add(add(z, mul(g0, a)), mul(g1, b)), mul(g2, c))
      v128.store(e + i, add(add(add(early, mul(g3, d)), mul(g4, f)), mul(g5, g)), 16)
    }
  }
}

/** The same of three rows. */
@inline function updateThree(h: usize, before: usize, e: usize, row: usize, rows: usize, steps: usize): void {
  const u0 = load<u32>(rows, 0) - h, u1 = load<u32>(rows, 4) - h, u2 = load<u32>(rows, 8) - h
  const g0 = v128.load32_splat(steps, 0), g1 = v128.load32_splat(steps, 4), g2 = v128.load32_splat(steps, 8)
  before -= h
  e -= h
  for (let i = h, end = h + row; i < end; i += 16) {
    const x = v128.load(i), z = v128.load(before + i)
    const a = v128.load(u0 + i), b = v128.load(u1 + i), c = v128.load(u2 + i)
    v128.store(u0 + i, add(a, mul(g0, x))); v128.store(u1 + i, add(b, mul(g1, x))); v128.store(u2 + i, add(c, mul(g2, x)))
    v128.store(e + i, add(add(add(z, mul(g0, a)), mul(g1, b)), mul(g2, c)))
  }
}

// --- from scores to steps ---

/**
 * Makes of the scores, in place, the steps of their rows: -rate * (sigmoid(score) - label). Afterwards no row is listed
 * twice: for a negative that is the target, or that repeats, `spare` is listed, with no step. Returns the loss. The
 * target's row and score stand first.
 */
@inline function stepsOf(rows: usize, scores: usize, count: i32, spare: usize, rate: f32): f32 {
  const target = i32x4.splat(load<u32>(rows)), number = i32x4.splat(count)
  // The target's score enters with its sign turned: softplus and sigmoid of (-s0, s1, s2, ...).
  let sign = i32x4(0x80000000, 0, 0, 0), isTarget = i32x4(-1, 0, 0, 0), places = i32x4(0, 1, 2, 3)
  let losses = all(0)
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    const x = v128.xor(v128.load(scores + at), sign), t = expOfMinusAbs(x)
    const listed = v128.load(rows + at)
    const mask = v128.and(v128.or(i32x4.ne(listed, target), isTarget), i32x4.lt_s(places, number))
    v128.store(rows + at, v128.bitselect(listed, i32x4.splat(spare), mask))
    v128.store(scores + at, v128.and(mul(sigmoid(x, t), v128.xor(all(-rate), sign)), mask))
    losses = add(losses, v128.and(softplus(x, t), mask))
    places = i32x4.add(places, i32x4.splat(4))
    sign = isTarget = i32x4.splat(0)
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

// --- one centre ---

/** Lists the addresses of a centre's output rows: the target, the negatives, then `spare` to the end of the list. */
@inline function listRows(rows: usize, output: usize, target: usize, negatives: usize, count: i32, spare: usize): void {
  const base = i32x4.splat(output), end = rows + (<usize>count << 2)
  store<u32>(rows, output + load<u32>(target))
  for (let to = rows + 4; to < end; to += 16, negatives += 16) v128.store(to, i32x4.add(v128.load(negatives), base))
  v128.store(end, i32x4.splat(spare), 0)
  v128.store(end, i32x4.splat(spare), 16)
}

/** Both matrices learn. `spare` is a row of zeros, which takes no step: it fills up the last six or three rows. */
@inline function trainBoth(h: usize, e: usize, input: usize, row: usize, first: usize, last: usize, rows: usize,
  scores: usize, count: i32, spare: usize, scale: v128, share: v128, rate: f32): f32 {
  gatherContext(h, input, row, first, last, scale)
  let i = 0
  for (; i + 3 < count; i += 6) dotSix(h, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
  if (i < count) dotThree(h, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
  const loss = stepsOf(rows, scores, count, spare, rate)
  let before = spare
  for (i = 0; i + 3 < count; i += 6) {
    updateSix(h, before, e, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
    before = e
  }
  if (i < count) updateThree(h, before, e, row, rows + (<usize>i << 2), scores + (<usize>i << 2))
  scatterContext(e, input, row, first, last, share)
  return loss
}

/** One matrix learns, the other is only read. */
function trainOne(h: usize, e: usize, input: usize, row: usize, first: usize, last: usize, rows: usize,
  scores: usize, count: i32, spare: usize, scale: v128, share: v128, rate: f32, trainsInput: bool): f32 {
  gatherContext(h, input, row, first, last, scale)
  const end = <usize>count << 2
  for (let j: usize = 0; j < end; j += 4) {
    const u = load<u32>(rows + j)
    let a = all(0)
    for (let i: usize = 0; i < row; i += 16) a = add(a, mul(v128.load(h + i), v128.load(u + i)))
    store<f32>(scores + j, sum(a))
  }
  const loss = stepsOf(rows, scores, count, spare, rate)
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
  const e = h + row, spare = e + row, listBytes = (<usize>negative + 16) << 2
  const perCentre = (negative + 4) >> 2, stride = <usize>perCentre << 4, count = negative + 1
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
    let rows = <usize>load<u32>(scratch, ROWS), nextRows = rows + listBytes
    listRows(rows, output, sentence, drawn + 4, count, spare)
    for (let c = 0; c < kept; c++) {
      const draws = drawn + <usize>c * stride, b = load<i32>(draws)
      const low = c - b < 0 ? 0 : c - b, high = c + b >= kept ? kept - 1 : c + b
      const first = sentence + (<usize>low << 2), centre = sentence + (<usize>c << 2), last = sentence + (<usize>high << 2)
      const part = <f32>1 / <f32>(high - low)
      const scale = all(flags & MEAN ? part : 1), share = all(flags & DIVIDED ? part : 1)
      if (c + 1 < kept) {
        listRows(nextRows, output, centre + 4, draws + stride + 4, count, spare)
        for (let i = 0; i < count; i += 6) fetchSix(nextRows + (<usize>i << 2), row)
        if (c + window + 1 < kept) fetchOne(input + load<u32>(centre + (<usize>(window + 1) << 2)), row)
      }
      // The first context word takes the centre's place, so that the context is one list, and gives it back.
      const target = load<u32>(centre)
      store<u32>(centre, load<u32>(first))
      loss += <f64>(trainsBoth
        ? trainBoth(h, e, input, row, first, last, rows, scores, count, spare, scale, share, rate)
        : trainOne(h, e, input, row, first, last, rows, scores, count, spare, scale, share, rate, trainsInput))
      store<u32>(centre, target)
      const used = rows
      rows = nextRows
      nextRows = used
    }
    centres += kept
  }
  store<f64>(scratch, loss, LOSS)
  store<u32>(scratch, centres, CENTRES)
}

import type { ReadOnlyVictim } from '../../gradient/read-only-victim.js'
import { reachesGoal } from '../goal.js'
import { IterateBatches } from './iterate-batches.js'
import type { Loss } from './losses.js'
import type { Point, Question, Reading, Walk } from './walk.js'

/** Points that walk in step, at most: what many more hold is more than a processor's caches do. */
const IN_STEP = 128

/** Walks all points, many of them in step: what those that still walk ask is one call of the victim. */
export function walkTogether(victim: ReadOnlyVictim, points: readonly Point[], walkFrom: (point: Point) => Walk): void {
  const batches = new IterateBatches(victim.embeddings.dimensions)
  for (let from = 0; from < points.length; from += IN_STEP) {
    const walkers = points.slice(from, from + IN_STEP).map((point) => new Walker(point, walkFrom(point)))
    walkInStep(victim, walkers, batches)
  }
}

function walkInStep(victim: ReadOnlyVictim, walkers: readonly Walker[], batches: IterateBatches): void {
  for (;;) {
    const climbing: Walker[] = []
    const judged: Walker[] = []
    for (const walker of walkers) {
      if (walker.hasEnded) continue
      if (walker.question.gradients) climbing.push(walker)
      else if (!walker.isSpent(victim)) judged.push(walker)
    }
    if (climbing.length === 0 && judged.length === 0) return
    if (climbing.length > 0) tellGradients(victim, climbing, batches)
    if (judged.length > 0) tellLogits(victim, judged, batches)
  }
}

/** A walk and what it asks. */
class Walker {
  /** The last one, where the walk has ended. */
  question: Question = { losses: [], gradients: false }
  hasEnded = false
  readonly #walk: Walk

  constructor(
    readonly point: Point,
    walk: Walk,
  ) {
    this.#walk = walk
    this.#take(walk.next())
  }

  tell(reading: Reading): void {
    this.#take(this.#walk.next(reading))
  }

  /** Ends the walk where no forward pass is left to its example. */
  isSpent(victim: ReadOnlyVictim): boolean {
    this.hasEnded ||= victim.remaining(this.point.member) <= 0
    return this.hasEnded
  }

  #take(next: IteratorResult<Question, void>): void {
    if (next.done) this.hasEnded = true
    else this.question = next.value
  }
}

/** A gradient for each loss: a point stands in the batch once for each. */
function tellGradients(victim: ReadOnlyVictim, walkers: readonly Walker[], batches: IterateBatches): void {
  const K = victim.labelCount
  const points: Point[] = []
  const losses: Loss[] = []
  for (const { point, question } of walkers) {
    for (const loss of question.losses) {
      points.push(point)
      losses.push(loss)
    }
  }
  const batch = batches.forGradients(points)
  const own: Float32Array[] = []
  const values: number[] = []
  const weigh = (logits: Float32Array) => {
    const weights = new Float32Array(logits.length)
    losses.forEach((loss, b) => {
      own.push(logits.subarray(b * K, (b + 1) * K))
      values.push(loss(own[b], weights.subarray(b * K, (b + 1) * K)))
    })
    return weights
  }
  const members = points.map(({ member }) => member)
  const { gradient } = victim.pullback(batch, weigh, members)
  let b = 0
  for (const walker of walkers) {
    const { point, question } = walker
    const first = b
    const gradients: Float32Array[] = []
    let reached = reachesGoal(own[first], point.example)
    for (; b < first + question.losses.length; b++) {
      const [start, end] = [batch.offsets[b] * batch.dimensions, batch.offsets[b + 1] * batch.dimensions]
      const part = gradient.subarray(start, end)
      if (reached && b === first) reached = leadsClearly(own[b], batch.embedded.subarray(start, end), part)
      gradients.push(point.layout.pull(part))
    }
    walker.tell({ logits: own[first], reached, losses: values.slice(first, b), gradients })
  }
}

/** A lead of this share of the numbers that it is the sum of is more than the rounding of float32, of x + δ too. */
const CLEAR = 4e-7

/**
 * Whether the highest logit leads by more than rounding. The logits beside a gradient may be another sum of the same
 * numbers than those by which a result is judged: what leads by a hair in one may not lead in the other. At the boundary
 * between two labels all logits may be near 0 while the numbers they are sums of are not; errors add up as squares do.
 * @param read what the victim has read, and
 * @param gradient the gradient there: a number times its gradient is what it adds to a margin that is linear
 */
function leadsClearly(logits: Float32Array, read: Float32Array, gradient: Float32Array): boolean {
  let [highest, second, largest] = [-Infinity, -Infinity, 0]
  for (const value of logits) {
    if (value > highest) {
      second = highest
      highest = value
    } else if (value > second) second = value
    largest = Math.max(largest, Math.abs(value))
  }
  let squares = 0
  for (let i = 0; i < read.length; i++) squares += (gradient[i] * read[i]) ** 2
  return highest - second > CLEAR * (largest + Math.sqrt(squares))
}

function tellLogits(victim: ReadOnlyVictim, walkers: readonly Walker[], batches: IterateBatches): void {
  const K = victim.labelCount
  const batch = batches.texts(walkers.map(({ point }) => point))
  const members = walkers.map(({ point }) => point.member)
  const logits = victim.logits(batch, members)
  const unused = new Float32Array(K)
  walkers.forEach((walker, b) => {
    const own = logits.subarray(b * K, (b + 1) * K)
    const losses = walker.question.losses.map((loss) => loss(own, unused))
    walker.tell({ logits: own, reached: reachesGoal(own, walker.point.example), losses, gradients: [] })
  })
}

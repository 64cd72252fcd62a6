import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import { reachesGoal } from './goal.js'
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

/**
 * A lead of this share of the largest logit that the walk has met is more than the rounding of float32, of x + δ too. At
 * 2e-6 two of 535 reviews are told to flip at an L2 norm at which it is judged not to.
 */
const CLEAR = 5e-6

/** A walk and what it asks. */
class Walker {
  /** The last one, where the walk has ended. */
  question: Question = { losses: [], gradients: false }
  hasEnded = false
  readonly #walk: Walk
  /** Of the logits beside gradients so far: at the boundary between two labels all logits may be near 0. */
  #largest = 0

  constructor(
    readonly point: Point,
    walk: Walk,
  ) {
    this.#walk = walk
    this.#take(walk.next())
  }

  tell(logits: Float32Array, losses: readonly number[], gradients: readonly Float32Array[]): void {
    const isClear = gradients.length === 0 || this.#leadsClearly(logits)
    const reached = isClear && reachesGoal(logits, this.point.example)
    const reading: Reading = { logits, reached, losses, gradients }
    this.#take(this.#walk.next(reading))
  }

  /** Ends the walk where no forward pass is left to its example. */
  isSpent(victim: ReadOnlyVictim): boolean {
    this.hasEnded ||= victim.remaining(this.point.member) <= 0
    return this.hasEnded
  }

  /**
   * Whether the highest logit leads by more than rounding. The logits beside a gradient may be another sum of the same
   * numbers than those by which a result is judged: what leads by a hair in one may not lead in the other.
   */
  #leadsClearly(logits: Float32Array): boolean {
    let [highest, second] = [-Infinity, -Infinity]
    for (const value of logits) {
      if (value > highest) {
        second = highest
        highest = value
      } else if (value > second) second = value
      this.#largest = Math.max(this.#largest, Math.abs(value))
    }
    return highest - second > CLEAR * this.#largest
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
    const first = b
    const gradients: Float32Array[] = []
    for (; b < first + walker.question.losses.length; b++) {
      const [start, end] = [batch.offsets[b] * batch.dimensions, batch.offsets[b + 1] * batch.dimensions]
      gradients.push(walker.point.layout.pull(gradient.subarray(start, end)))
    }
    walker.tell(own[first], values.slice(first, b), gradients)
  }
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
    walker.tell(own, losses, [])
  })
}

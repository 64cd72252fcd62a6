import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import { reachesGoal } from './goal.js'
import { IterateBatches } from './iterate-batches.js'
import type { Point, Question, Reading, Walk } from './walk.js'

/** Walks all points in step: what all that still walk ask is one call of the victim. */
export function walkTogether(victim: ReadOnlyVictim, points: readonly Point[], walkFrom: (point: Point) => Walk): void {
  const batches = new IterateBatches(victim.embeddings.dimensions)
  const walkers = points.map((point) => new Walker(point, walkFrom(point)))
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

/** A lead of this share of the largest logit that the walk has met is more than the rounding of float32. */
const CLEAR = 1e-6

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
  const asked = walkers.flatMap(({ point, question }) => question.losses.map((loss) => ({ point, loss })))
  const batch = batches.forGradients(asked.map(({ point }) => point))
  const values = new Float64Array(asked.length)
  const weigh = (logits: Float32Array) => {
    const weights = new Float32Array(logits.length)
    asked.forEach(({ loss }, b) => {
      values[b] = loss(logits.subarray(b * K, (b + 1) * K), weights.subarray(b * K, (b + 1) * K))
    })
    return weights
  }
  const members = asked.map(({ point }) => point.member)
  const { logits, gradient } = victim.pullback(batch, weigh, members)
  let b = 0
  for (const walker of walkers) {
    const own = logits.subarray(b * K, (b + 1) * K)
    const losses: number[] = []
    const gradients: Float32Array[] = []
    for (const _ of walker.question.losses) {
      const [start, end] = [batch.offsets[b] * batch.dimensions, batch.offsets[b + 1] * batch.dimensions]
      losses.push(values[b])
      gradients.push(walker.point.layout.pull(gradient.subarray(start, end)))
      b++
    }
    walker.tell(own, losses, gradients)
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

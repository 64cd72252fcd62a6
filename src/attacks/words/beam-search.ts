import { dot } from '../../base/dot.js'
import type { SwapSpace } from '../../constraints/swap-space.js'
import type { Embeddings } from '../../embeddings/embeddings.js'
import { type Edit, inOrder, keyOfEdits, type Move } from '../../gradient/edit.js'
import { wordId } from '../../text/vocabulary.js'
import { lossSign } from '../goal.js'
import { type Child, type EditsInOrder, RankedEdits } from './ranked-edits.js'
import { MOST_WORDS_REJECTED, type Reading, type State } from './read-states.js'
import { areEqual, type RankedWords, type WordScores } from './word-scores.js'

/** More edited texts than this are not tried at one depth, however many of them the constraints reject. */
const MOST_TRIED = 1024

export interface BeamOptions {
  /** States carried on. */
  readonly beam: number
  readonly moves: readonly Move[]
}

/** The beam search of one example by the gradients that are read for it. */
export class BeamSearch {
  /** What to read next; none where the search has ended. */
  states: readonly State[]
  /** The best edits so far: none until they raise the loss. */
  best: readonly Edit[] = []
  /** Edited texts that the constraints did not allow. */
  rejected = 0
  #reached = false
  #bestLoss = -Infinity
  /** For each position. */
  readonly #candidates: readonly Int32Array[]

  /** @param states the text itself, once for each rival that is followed */
  constructor(
    states: readonly State[],
    readonly space: SwapSpace,
    readonly scores: WordScores,
    readonly options: BeamOptions,
  ) {
    this.states = states
    this.#candidates = space.candidates(states[0].example.encoded)
  }

  /** Keeps the best state seen; one that reaches the goal is better than any that does not. */
  judge(readings: readonly Reading[]): void {
    for (const { state, reached, loss } of readings) {
      // The text itself is where the attack comes from, not where it may end.
      const success = reached && state.edits.length > 0
      if (this.#reached && !success) continue
      if (this.#reached === success && !(loss > this.#bestLoss)) continue
      this.#reached = success
      this.#bestLoss = loss
      this.best = state.edits
    }
  }

  /**
   * Goes on with the best children of the states read that the constraints allow: the best towards each rival first, then
   * those of the highest estimated loss.
   * @param left edits that may still be made; with 1 the children are the last, with 0 there are none
   */
  expand(readings: readonly Reading[], left: number): void {
    this.states = this.#reached || left === 0 ? [] : this.#children(readings, left === 1)
  }

  /** Says what {@link expand} will look for: of the first place, which stands for all where the victim takes a mean. */
  expect(readings: readonly Reading[]): void {
    if (this.#reached) return
    for (const { words, gradient } of readings) {
      const position = words.origins[0]
      const candidates = position < 0 ? NONE : this.#candidates[position]
      this.scores.expect(gradient.subarray(0, this.scores.embeddings.dimensions), candidates, this.#firstTried)
    }
  }

  /** For each rival the children looked for at first. */
  get #firstTried(): number {
    return 2 * this.options.beam + 8
  }

  #children(readings: readonly Reading[], areLast: boolean): State[] {
    const { beam } = this.options
    const verdicts = new Map<string, boolean>()
    const taken = new Set<string>()
    const children: State[] = []
    const take = ({ parent, edit }: Child): boolean => {
      const edits = inOrder([...parent.edits, edit])
      const text = keyOfEdits(edits)
      // What is only judged is asked once, whatever rival led there.
      const key = areLast ? text : `${parent.rival}:${text}`
      if (taken.has(key)) return false
      let allowed = verdicts.get(text)
      if (allowed === undefined) {
        if (this.rejected * parent.example.encoded.ids.length >= MOST_WORDS_REJECTED) return false
        allowed = this.space.allowsEdits(parent.example.encoded, edits)
        verdicts.set(text, allowed)
        if (!allowed) this.rejected++
      }
      if (!allowed) return false
      taken.add(key)
      children.push({ ...parent, edits })
      return true
    }
    for (let tried = this.#firstTried; ; tried *= 2) {
      const ranked = this.#rank(readings, tried)
      const byRival = ranked.toSorted((a, b) => b.estimate(0) - a.estimate(0) || 0)
      if (children.length === 0) {
        for (const rival of byRival) {
          if (children.length === beam) return children
          let child = rival.child(0)
          for (let rank = 1; child && !take(child); rank++) child = rival.child(rank)
        }
      }
      const ranks = byRival.map(() => 0)
      for (;;) {
        if (children.length === beam) return children
        let best = 0
        byRival.forEach((rival, i) => {
          if (rival.estimate(ranks[i]) > byRival[best].estimate(ranks[best])) best = i
        })
        const child = byRival[best]?.child(ranks[best]++)
        if (child === undefined) break
        take(child)
      }
      if (tried >= MOST_TRIED || !ranked.some(({ full }) => full)) return children
    }
  }

  /** For each rival the single edits, added to the states read, that are estimated to raise the loss most. */
  #rank(readings: readonly Reading[], count: number): RankedEdits[] {
    const { moves } = this.options
    const lists = new Map<number | undefined, EditsInOrder[]>()
    for (const reading of readings) {
      const { rival } = reading.state
      let own = lists.get(rival)
      if (!own) lists.set(rival, (own = []))
      if (moves.includes('substitute')) this.#addSwaps(reading, count, own)
      if (moves.includes('delete')) this.#addDeletions(reading, own)
      if (moves.includes('insert')) this.#addInsertions(reading, count, own)
    }
    return Array.from(lists.values(), (own) => new RankedEdits(own, count))
  }

  /** a -> b at i is worth g_i · (v_b - v_a). */
  #addSwaps({ state, words, loss, gradient }: Reading, count: number, lists: EditsInOrder[]): void {
    const { scores } = this
    const sign = lossSign(state.example)
    const D = scores.embeddings.dimensions
    for (let place = 0; place < words.ids.length; place++) {
      const position = words.origins[place]
      const candidates = position < 0 ? NONE : this.#candidates[position]
      if (candidates.length === 0) continue
      const g = gradient.subarray(place * D, (place + 1) * D)
      const out = sign * scores.score(g, words.ids[place])
      const into = scores.best(g, sign, candidates, count)
      lists.push({
        parent: state,
        length: above(into, out),
        estimate: (i) => loss + into.scores[i] - out,
        edit: (i) => ({ move: 'substitute', position, word: wordId(into.items[i]) }),
      })
    }
  }

  /** As if the mean of the other words were put in: exact where the victim takes the mean. */
  #addDeletions({ state, words, loss, gradient }: Reading, lists: EditsInOrder[]): void {
    const C = words.ids.length
    if (C < 2) return
    const { scores } = this
    const sign = lossSign(state.example)
    const D = scores.embeddings.dimensions
    const mean = meanVector(scores.embeddings, words.ids)
    for (let place = 0; place < C; place++) {
      const position = words.origins[place]
      if (position < 0 || !this.space.mayChange(state.example.encoded, position)) continue
      const g = gradient.subarray(place * D, (place + 1) * D)
      const out = scores.score(g, words.ids[place])
      const others = (C * dot(g, mean) - out) / (C - 1)
      const worth = sign * (others - out)
      if (!(worth > 0)) continue
      lists.push({
        parent: state,
        length: 1,
        estimate: () => loss + worth,
        edit: () => ({ move: 'delete', position }),
      })
    }
  }

  /**
   * A word b more is worth g · (v_b - mean) C / (C + 1), g the gradient where it comes in: exact where the victim takes
   * the mean. Where one gradient stands at several places they are worth the same, and only the first is tried.
   */
  #addInsertions({ state, words, loss, gradient }: Reading, count: number, lists: EditsInOrder[]): void {
    const { scores } = this
    const sign = lossSign(state.example)
    const D = scores.embeddings.dimensions
    const C = words.ids.length
    const mean = meanVector(scores.embeddings, words.ids)
    const seen: { g: Float32Array; candidates: Int32Array }[] = []
    for (let place = 0; place < C; place++) {
      const position = words.origins[place]
      if (position < 0 || state.edits.some((edit) => edit.move === 'insert' && edit.position === position)) continue
      const g = gradient.subarray(place * D, (place + 1) * D)
      const candidates = this.#candidates[position]
      if (candidates.length === 0) continue
      if (seen.some((other) => other.candidates === candidates && areEqual(other.g, g))) continue
      seen.push({ g, candidates })
      const own = sign * dot(g, mean)
      const into = scores.best(g, sign, candidates, count)
      lists.push({
        parent: state,
        length: above(into, own),
        estimate: (i) => loss + ((into.scores[i] - own) * C) / (C + 1),
        edit: (i) => ({ move: 'insert', position, word: wordId(into.items[i]) }),
      })
    }
  }
}

/** How many of the ranked words score more. */
function above({ scores }: RankedWords, score: number): number {
  let count = 0
  while (count < scores.length && scores[count] > score) count++
  return count
}

const NONE = new Int32Array()

/** The mean vector of words, [D]. */
function meanVector({ vectors, dimensions }: Embeddings, ids: Int32Array): Float64Array {
  const mean = new Float64Array(dimensions)
  for (const id of ids) {
    for (let d = 0; d < dimensions; d++) mean[d] += vectors[id * dimensions + d] / ids.length
  }
  return mean
}

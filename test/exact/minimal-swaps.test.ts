import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { ExactSwaps, minimalSwaps, type SwapProblem } from '#src/exact/minimal-swaps.js'
import { swapWords } from '#src/gradient/swap.js'
import { wordId } from '#src/text/vocabulary.js'
import {
  LinearVictim,
  logitsOf,
  normals,
  predict,
  smallEmbeddings,
  smallExamples,
  vectorsOf,
} from '../attacks/small-victims.js'

const WORDS = 14
const embeddings = smallEmbeddings(WORDS, 6, 1)
const everyWord = Int32Array.from({ length: WORDS }, (_, id) => id)
const victim = (labels: number, confidence: number) =>
  new LinearVictim(embeddings, normals(labels * 6, 2), normals(labels, 3, confidence))

/** Short random lists for each position, or the whole vocabulary. */
function problems(linear: LinearVictim, whole: boolean): SwapProblem[] {
  return smallExamples(linear, 14, 4).map(({ row, encoded: { ids }, label }) => {
    const stream = new CounterStream(5, Purpose.Demonstration, row)
    const few = () => Int32Array.from({ length: stream.below(6) }, () => stream.below(WORDS))
    const candidates = Array.from(ids, () => (whole ? everyWord : few()))
    return { ids, candidates, logits: logitsOf(linear, vectorsOf(embeddings, ids)), label }
  })
}

/** Whether any k swaps leave the label, by trying all. */
function leavesWith(linear: LinearVictim, { ids, candidates, label }: SwapProblem, k: number, from = 0): boolean {
  if (k === 0) return predict(linear, ids) !== label
  for (let position = from; position < ids.length; position++) {
    for (const word of candidates[position]) {
      const swapped = swapWords(ids, [{ position, word: wordId(word) }])
      if (leavesWith(linear, { ids: swapped, candidates, logits: [], label }, k - 1, position + 1)) return true
    }
  }
  return false
}

describe('Word swaps: the minimal set', () => {
  it.each([
    [2, 0.5, false],
    [2, 3, true],
    [5, 0.5, false],
    [5, 3, true],
  ])('%d labels, bias %d, whole vocabulary %s: equal to brute force for one and two swaps', (labels, bias, whole) => {
    const linear = victim(labels, bias)
    const exact = new ExactSwaps(linear.linear, embeddings)
    const sizes = new Set<number | undefined>()
    for (const problem of problems(linear, whole)) {
      const minimum = exact.minimal(problem)
      sizes.add(minimum?.swaps.length)
      expect(minimum?.swaps.length === 1).toBe(leavesWith(linear, problem, 1))
      if (minimum?.swaps.length !== 1) expect(minimum?.swaps.length === 2).toBe(leavesWith(linear, problem, 2))
      // A bound on the size is a certificate of its own.
      expect(exact.minimal(problem, 1)?.swaps.length).toBe(minimum?.swaps.length === 1 ? 1 : undefined)
    }
    expect(sizes.size).toBeGreaterThan(1)
  })

  it('flips, toward the label it names, and no strict subset of it does', () => {
    const linear = victim(5, 3)
    for (const problem of problems(linear, true)) {
      const minimum = minimalSwaps(linear.linear, embeddings, problem)
      if (!minimum) continue
      const label = (swaps: typeof minimum.swaps) => predict(linear, swapWords(problem.ids, swaps))
      expect(label(minimum.swaps)).not.toBe(problem.label)
      const after = logitsOf(linear, vectorsOf(embeddings, swapWords(problem.ids, minimum.swaps)))
      expect(after[minimum.target]).toBeGreaterThan(after[problem.label])
      minimum.swaps.forEach((left) => {
        expect(label(minimum.swaps.filter((swap) => swap !== left))).toBe(problem.label)
      })
    }
  })

  it('is empty where the label is left already', () => {
    const linear = victim(3, 1)
    const [problem] = problems(linear, false)
    const other = (problem.label + 1) % 3
    expect(minimalSwaps(linear.linear, embeddings, { ...problem, label: other })?.swaps).toEqual([])
  })

  it('is undefined where no candidate is', () => {
    const linear = victim(3, 1)
    const [problem] = problems(linear, false)
    const candidates = problem.candidates.map(() => new Int32Array())
    expect(minimalSwaps(linear.linear, embeddings, { ...problem, candidates })).toBeUndefined()
  })

  it('works on lists long enough to be remembered as on short ones', () => {
    const large = smallEmbeddings(400, 6, 8)
    const linear = new LinearVictim(large, normals(3 * 6, 9), normals(3, 10, 3))
    const all = Int32Array.from({ length: 400 }, (_, id) => id)
    const exact = new ExactSwaps(linear.linear, large)
    for (const {
      encoded: { ids },
      label,
    } of smallExamples(linear, 10, 11)) {
      const logits = logitsOf(linear, vectorsOf(large, ids))
      const remembered = exact.minimal({ ids, candidates: Array.from(ids, () => all), logits, label })
      const words = new Set(remembered?.swaps.map(({ word }) => word))
      const short = Int32Array.from([...words])
      const again = minimalSwaps(linear.linear, large, { ids, candidates: Array.from(ids, () => short), logits, label })
      expect(again?.swaps.length).toBe(remembered?.swaps.length)
    }
  })
})

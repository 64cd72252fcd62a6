import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { ExactSwaps, minimalSwaps, type SwapProblem } from '#src/exact/minimal-swaps.js'
import { swapWords } from '#src/gradient/swap.js'
import { everyWord, logitsOf, predict, smallExamples } from '../attacks/small-examples.js'
import { type LinearVictim, linearVictim, smallEmbeddings } from '../attacks/small-victims.js'

const embeddings = smallEmbeddings(14, 6, 1)
const vocabulary = everyWord(embeddings)
const victim = (labels: number, confidence: number) => linearVictim(embeddings, labels, 2, confidence)

/** Short random lists for each position, or the whole vocabulary. */
function problems(linear: LinearVictim, whole: boolean): SwapProblem[] {
  return smallExamples(linear, 14, 4).map(({ row, encoded: { ids }, label }) => {
    const stream = new CounterStream(5, Purpose.Demonstration, row)
    const few = () => Int32Array.from({ length: stream.below(6) }, () => stream.below(vocabulary.length))
    const candidates = Array.from(ids, () => (whole ? vocabulary : few()))
    return { ids, candidates, logits: logitsOf(linear, ids), label }
  })
}

describe('the minimal set of swaps', () => {
  it('flips toward the label it names', () => {
    const linear = victim(5, 3)
    for (const problem of problems(linear, true)) {
      const minimum = minimalSwaps(linear.linear, embeddings, problem)
      if (!minimum) continue
      const label = (swaps: typeof minimum.swaps) => predict(linear, swapWords(problem.ids, swaps))
      expect(label(minimum.swaps)).not.toBe(problem.label)
      const after = logitsOf(linear, swapWords(problem.ids, minimum.swaps))
      expect(after[minimum.target]).toBeGreaterThan(after[problem.label])
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
    const linear = linearVictim(large, 3, 9, 3)
    const all = Int32Array.from({ length: 400 }, (_, id) => id)
    const exact = new ExactSwaps(linear.linear, large)
    for (const {
      encoded: { ids },
      label,
    } of smallExamples(linear, 10, 11)) {
      const logits = logitsOf(linear, ids)
      const remembered = exact.minimal({ ids, candidates: Array.from(ids, () => all), logits, label })
      const words = new Set(remembered?.swaps.map(({ word }) => word))
      const short = Int32Array.from([...words])
      const again = minimalSwaps(linear.linear, large, { ids, candidates: Array.from(ids, () => short), logits, label })
      expect(again?.swaps.length).toBe(remembered?.swaps.length)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { WordScores } from '#src/attacks/words/word-scores.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { ListSearches } from '#src/embeddings/list-searches.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { exact } from '#src/exact/index.js'
import type { SwapProblem } from '#src/exact/minimal-swaps.js'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { lossOf } from '#src/gradient/objective.js'
import { swapWords } from '#src/gradient/swap.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'
import { drain } from '../evaluate/collect.js'
import {
  alongOneLine,
  batchOf,
  type Case,
  caseOf,
  casesOf,
  classifierTrial,
  D,
  differenceOf,
  type LinearVictim,
  linearTrials,
  logitsAt,
  predictedAt,
  weightOf,
} from './trials.js'

const everyWord = ({ embeddings }: LinearVictim) =>
  Int32Array.from({ length: embeddings.vocabulary.size }, (_, id) => id)

const swapped = ({ ids }: Case, position: number, word: number) => swapWords(ids, [{ position, word: wordId(word) }])

const logitsOfWords = (victim: LinearVictim, ids: Int32Array) =>
  logitsAt(victim, embed(victim.embeddings, [ids]).embedded)

const predictedOf = (victim: LinearVictim, ids: Int32Array) =>
  predictedAt(victim, embed(victim.embeddings, [ids]).embedded)

/** direction · (v_b - v_a). */
function wayAlong(victim: LinearVictim, direction: ArrayLike<number>, a: number, b: number): number {
  const { vectors } = victim.embeddings
  let sum = 0
  for (let d = 0; d < D; d++) sum += direction[d] * (vectors[b * D + d] - vectors[a * D + d])
  return sum
}

describe('Word swaps: one swap a -> b', () => {
  it.each(linearTrials)(
    '%s: the cross-entropy rises by at least g (v_b - v_a), and by at most max(0, max_t a du_t (v_b - v_a)) (1e-5 of L)',
    (_, { victim, cases }) => {
      for (const each of cases) {
        const { x, ids, positions, label } = each
        const { loss, gradient } = lossGradient(victim, batchOf(x), Int32Array.of(label))
        const position = (7 * positions) % positions
        const rivals = victim.labels.flatMap((_, t) => (t === label ? [] : [differenceOf(victim, t, label)]))
        for (let word = 0; word < 40; word += 3) {
          const logits = logitsOfWords(victim, swapped(each, position, word))
          const rise = lossOf('cross-entropy', logits, label) - loss[0]
          const slack = 1e-5 * Math.max(1, rise + loss[0])
          expect(rise).toBeGreaterThan(wayAlong(victim, gradient.subarray(position * D), ids[position], word) - slack)
          const ways = rivals.map((du) => weightOf(victim, positions) * wayAlong(victim, du, ids[position], word))
          expect(rise).toBeLessThan(Math.max(0, ...ways) + slack)
        }
      }
    },
  )

  it.each(linearTrials)(
    '%s: on the margin z_t - z_y the first-order estimate is exact (1e-4)',
    (_, { victim, cases }) => {
      for (const each of cases) {
        const { x, ids, positions, label } = each
        const rival = (label + 1) % victim.labels.length
        const { loss, gradient } = lossGradient(
          victim,
          batchOf(x),
          Int32Array.of(label),
          'margin',
          Int32Array.of(rival),
        )
        const position = positions - 1
        for (let word = 0; word < 40; word += 3) {
          const after = lossOf('margin', logitsOfWords(victim, swapped(each, position, word)), label, rival)
          const estimate = wayAlong(victim, gradient.subarray(position * D), ids[position], word)
          expect(Math.abs(after - loss[0] - estimate)).toBeLessThan(1e-4)
        }
      }
    },
  )

  it('score(a -> a) = 0, and score(a -> b) + score(b -> c) = score(a -> c) (1e-12)', () => {
    const { victim, cases } = classifierTrial(5)
    const scores = new WordScores(new ListSearches(victim.embeddings))
    for (const { x, label } of cases) {
      const g = lossGradient(victim, batchOf(x), Int32Array.of(label)).gradient.subarray(0, D)
      const score = (a: number, b: number) => scores.score(g, b) - scores.score(g, a)
      for (let a = 0; a < 40; a += 7) {
        expect(score(a, a)).toBe(0)
        for (let b = 0; b < 40; b += 9) {
          const c = (3 * a + b + 1) % 40
          expect(Math.abs(score(a, b) + score(b, c) - score(a, c))).toBeLessThan(1e-12)
        }
      }
    }
  })
})

const WORDS = 11

/** Short texts, each with candidates that every position may take: the whole vocabulary, or lists of up to 5 words. */
function problems(victim: LinearVictim, whole: boolean): SwapProblem[] {
  return casesOf(victim, 60, 21, 5).map(({ ids, logits, label }, row) => {
    const few = (position: number) =>
      Int32Array.from({ length: (row + position) % 6 }, (_, i) => (3 * row + 5 * i + position) % WORDS)
    return { ids, candidates: Array.from(ids, (_, i) => (whole ? everyWord(victim) : few(i))), logits, label }
  })
}

/** The fewest swaps, of at most `most`, that leave the label, by trying all of them. */
function byBruteForce(victim: LinearVictim, { ids, candidates, label }: SwapProblem, most: number): number {
  const leaves = (words: Int32Array, left: number, from: number): boolean => {
    if (left === 0) return predictedOf(victim, words) !== label
    for (let position = from; position < ids.length; position++) {
      for (const word of candidates[position]) {
        if (leaves(swapWords(words, [{ position, word: wordId(word) }]), left - 1, position + 1)) return true
      }
    }
    return false
  }
  for (let count = 0; count <= Math.min(most, ids.length); count++) if (leaves(ids, count, 0)) return count
  return Infinity
}

describe('Word swaps: margins are affine and separable over positions', () => {
  const victims = [
    ['two labels', classifierTrial(2, 0, { words: WORDS, bias: 1.5 }).victim],
    ['five labels', classifierTrial(5, 0, { words: WORDS, bias: 1.5 }).victim],
    ['twelve labels along one line', alongOneLine(12, 0, WORDS).victim],
  ] as const
  const lists = [
    ['the whole vocabulary', true],
    ['short lists', false],
  ] as const
  const all = victims.flatMap(([name, victim]) => lists.map(([of, whole]) => [name, of, victim, whole] as const))

  it.each(all)(
    '%s, %s: an untargeted flip with at most k swaps exists iff the k largest gains exceed m_t for some t: equal to brute force for k = 1, 2',
    (_, __, victim, whole) => {
      const seen = new Set<number>()
      for (const problem of problems(victim, whole)) {
        const fewest = byBruteForce(victim, problem, 2)
        seen.add(fewest)
        const found = exact.minimalSwaps(victim.linear, victim.embeddings, problem)
        if (fewest <= 2) expect(found?.swaps).toHaveLength(fewest)
        else expect(found?.swaps.length ?? Infinity).toBeGreaterThan(2)
        for (const k of [1, 2]) {
          const within = exact.minimalSwaps(victim.linear, victim.embeddings, problem, k)
          expect(within?.swaps.length).toBe(fewest <= k ? fewest : undefined)
        }
      }
      expect(seen.size).toBeGreaterThan(1)
    },
  )

  it('the sum must exceed m_t: a swap that makes two logits equal leaves the first of them predicted', () => {
    const words = new Vocabulary(['over', 'on', 'under'], new Float64Array(3))
    const embeddings = new Embeddings(words, Float32Array.of(1, 0, -1), 1)
    const linear = { output: Float32Array.of(1, 0), bias: new Float32Array(2), pooling: 'mean' } as const
    const of = (...candidates: number[]) =>
      exact.minimalSwaps(linear, embeddings, {
        ids: Int32Array.of(0),
        candidates: [Int32Array.from(candidates)],
        logits: [1, 0],
        label: 0,
      })
    expect(of(0, 1)).toBeUndefined()
    expect(of(0, 1, 2)?.swaps).toEqual([{ position: 0, word: 2 }])
  })

  it.each(all)(
    '%s, %s: the best k swaps toward t gain the sum of the k largest gains of single positions (1e-4)',
    (_, __, victim, whole) => {
      for (const { ids, candidates, logits, label } of problems(victim, whole)) {
        const t = (label + 1) % victim.labels.length
        const lead = (words: Int32Array) => lossOf('margin', logitsOfWords(victim, words), label, t)
        const gains = Array.from(ids, (a, i) =>
          Math.max(
            0,
            ...Array.from(
              candidates[i],
              (b) => weightOf(victim, ids.length) * wayAlong(victim, differenceOf(victim, t, label), a, b),
            ),
          ),
        )
        const [first, second = 0] = gains.sort((a, b) => b - a)
        const tried = [lead(ids)]
        for (let i = 0; i < ids.length; i++) {
          for (const a of candidates[i]) {
            const once = swapWords(ids, [{ position: i, word: wordId(a) }])
            tried.push(lead(once))
            for (let j = 0; j < i; j++) {
              for (const b of candidates[j]) tried.push(lead(swapWords(once, [{ position: j, word: wordId(b) }])))
            }
          }
        }
        expect(Math.abs(Math.max(...tried) - (logits[t] - logits[label]) - first - second)).toBeLessThan(1e-4)
      }
    },
  )

  it.each(victims)('%s: a certificate covers every set of swaps: equal to trying all of up to three', (_, victim) => {
    const seen = new Set<number>()
    for (const problem of problems(victim, true).slice(0, 25)) {
      const most = Math.min(3, problem.ids.length)
      const { swaps, flip } = exact.certificate(victim.linear, victim.embeddings, problem, 3)
      seen.add(swaps)
      expect(swaps).toBe(Math.min(most, byBruteForce(victim, problem, most) - 1))
      if (flip) expect(predictedOf(victim, swapWords(problem.ids, flip.swaps))).not.toBe(problem.label)
      expect(flip?.swaps.length).toBe(swaps < most ? swaps + 1 : undefined)
    }
    expect(seen.size).toBeGreaterThan(1)
  })

  it('so the gap of any untargeted swap attack is known: words changed over the fewest, less 1', async () => {
    const { victim } = classifierTrial(5, 0, { words: WORDS, bias: 1.5 })
    const rows = casesOf(victim, 60, 22).map(({ example }) => ({ text: example.encoded.text }))
    const attack = attacks.random({ candidates: 'vocabulary', maxWords: 4, tries: 30 })
    const { items } = await drain(generateAdversarial(victim, attack, rows))
    let gaps = 0
    for (const [i, { resultType, wordsChanged = 0, exactMinimum, gap }] of items.entries()) {
      const { ids, logits, label } = caseOf(victim, rows[i].text)
      const candidates = Array.from(ids, () => everyWord(victim))
      const fewest = exact.minimalSwaps(victim.linear, victim.embeddings, { ids, candidates, logits, label })
      expect(exactMinimum).toBe(fewest?.swaps.length)
      if (resultType !== 'Successful') continue
      expect(gap).toBe(wordsChanged / (exactMinimum ?? 0) - 1)
      if (gap !== 0) gaps++
    }
    expect(gaps).toBeGreaterThan(3)
  })
})

describe('Word swaps: where nothing exact is claimed', () => {
  const { victim } = classifierTrial(3, 0, { words: WORDS })
  const rows = casesOf(victim, 20, 23).map(({ example }) => ({ text: example.encoded.text }))
  const claims = async (options: Parameters<typeof attacks.hotflip>[0], target?: string, of = victim) => {
    const attack = attacks.hotflip({ candidates: 'vocabulary', ...options })
    const { items } = await drain(generateAdversarial(of, attack, rows, { target }))
    return items.filter(
      ({ exactMinimum, certifiedSwaps }) => exactMinimum !== undefined || certifiedSwaps !== undefined,
    )
  }

  it.each<[string, Parameters<typeof attacks.hotflip>[0], string?]>([
    ['a target among three labels', {}, 'label 1'],
    ['no word twice', { distinctWords: true }],
    ['a distance of the whole text', { maxEdits: 6 }],
    ['parts of speech, which words around a word decide', { samePartOfSpeech: true }],
    ['insertions and deletions', { moves: ['substitute', 'insert', 'delete'] }],
  ])('%s', async (_, options, target) => {
    expect(await claims(options, target)).toEqual([])
  })

  it('without them each row has its claim, and with a target between two labels', async () => {
    expect(await claims({})).toHaveLength(rows.length)
    const { victim: two } = classifierTrial(2, 0, { words: WORDS })
    expect((await claims({}, 'label 0', two)).length).toBeGreaterThan(3)
  })

  it('exact-swaps refuses a target among three labels', async () => {
    const run = drain(generateAdversarial(victim, attacks.exactSwaps(), rows, { target: 'label 1' }))
    await expect(run).rejects.toThrow('attack exact-swaps: among more than two labels it only leaves one')
  })
})

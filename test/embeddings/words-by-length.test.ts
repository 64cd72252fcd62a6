import { expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { WordsByLength } from '#src/embeddings/words-by-length.js'
import { Vocabulary } from '#src/text/vocabulary.js'

const D = 5
const V = 203
const stream = new CounterStream(7, Purpose.AttackStart, 0, 0)
const normal = (length: number) => Float32Array.from({ length }, () => stream.normal())
const vectors = normal(V * D).map((value, i) => value * (Math.floor(i / D) % 9))
const words = Array.from({ length: V }, (_, i) => `w${i}`)
const embeddings = new Embeddings(new Vocabulary(words, new Float64Array(V).fill(1)), vectors, D)
const every = Int32Array.from(words.keys())
const odd = every.filter((word) => word % 2 === 1)

it.each([
  ['the whole vocabulary', every, 1],
  ['the whole vocabulary', every, 30],
  ['every other word', odd, 7],
  ['three words', odd.slice(0, 3), 30],
  ['no word', odd.slice(0, 0), 4],
])('finds in %s the highest products that a search of all finds', (_, list, count) => {
  const sorted = new WordsByLength(embeddings, list)
  for (let round = 0; round < 20; round++) {
    const direction = Float64Array.from(normal(D))
    const product = (word: number) => direction.reduce((sum, value, d) => sum + value * vectors[word * D + d], 0)
    const expected = [...list].sort((a, b) => product(b) - product(a)).slice(0, count)
    const found = sorted.highest(direction, count)
    expect([...found.products]).toEqual(expected.map(product))
    expect([...found.words].filter((word) => word % 9 > 0)).toEqual(expected.filter((word) => word % 9 > 0))
    const { along, against } = sorted.ends([direction], [count])[0]
    expect(along).toEqual(found)
    expect(against).toEqual(
      sorted.highest(
        direction.map((value) => -value),
        count,
      ),
    )
  }
})

it.each([3, 4, 70])('finds the ends of %d directions together as of each alone, bit by bit', (together) => {
  const sorted = new WordsByLength(embeddings, every)
  const directions = Array.from({ length: together }, () => Float64Array.from(normal(D)))
  const counts = directions.map((_, i) => 1 + (i % 9))
  const ends = directions.map((direction, i) => sorted.ends([direction], [counts[i]])[0])
  expect(sorted.ends(directions, counts)).toEqual(ends)
})

it('lists each word once, under bounds that fall and that no later vector exceeds by more than rounding (1e-12)', () => {
  const { words: sorted, bounds, longest } = new WordsByLength(embeddings, every)
  expect([...sorted].sort((a, b) => a - b)).toEqual([...every])
  const lengths = Array.from(sorted, (word) => Math.hypot(...vectors.subarray(word * D, (word + 1) * D)))
  expect(longest).toBeCloseTo(Math.max(...lengths), 12)
  for (let i = 0; i < V; i++) {
    expect(lengths[i]).toBeLessThanOrEqual(bounds[i] + 1e-12)
    if (i > 0) expect(bounds[i]).toBeLessThanOrEqual(bounds[i - 1])
  }
})

it('takes vectors that are all zeros', () => {
  const zeros = new Embeddings(embeddings.vocabulary, new Float32Array(V * D), D)
  const { words: found, products } = new WordsByLength(zeros, odd).highest(Float64Array.of(1, 2, 3, 4, 5), 3)
  expect([[...found], [...products]]).toEqual([
    [1, 3, 5],
    [0, 0, 0],
  ])
})

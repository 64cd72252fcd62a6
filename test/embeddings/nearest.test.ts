import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { solveAnalogy } from '#src/embeddings/analogy.js'
import { firstRows } from '#src/embeddings/first-rows.js'
import { NeighbourTable } from '#src/embeddings/nearest.js'
import { NearestHeap } from '#src/embeddings/nearest-heap.js'
import { readEmbeddings } from '#src/embeddings/read-vectors.js'
import { cosine } from '#src/embeddings/similarity.js'
import { dotRows } from '#src/embeddings/unit-rows.js'
import { type WordId, wordId } from '#src/text/vocabulary.js'
import { drawnEmbeddings, embeddingsOf, fixture, haveFixtures } from './vectors.js'

const drawn = drawnEmbeddings(1003, 17)
const table = new NeighbourTable(drawn)

/** All words by cosine in float64, sorted whole. */
function allByCosine(query: Float32Array, without: readonly WordId[] = []) {
  return drawn.vocabulary.words
    .map((_, id) => ({ id: wordId(id), similarity: cosine(drawn.vectorOf(wordId(id)), query) }))
    .filter(({ id }) => !without.includes(id))
    .sort((a, b) => b.similarity - a.similarity)
}

describe('nearest words', () => {
  it.each([1, 2, 20, 1002, 5000])('the %d nearest are those of sorting all words, cosines to 1e-6', (k) => {
    for (const id of [0, 500, 1002].map(wordId)) {
      const expected = allByCosine(drawn.vectorOf(id), [id]).slice(0, k)
      const found = table.nearestTo(id, k)
      expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
      for (const [i, { similarity }] of found.entries()) expect(similarity).toBeCloseTo(expected[i].similarity, 6)
    }
  })

  it('to a vector of any length, without words that are not wanted', () => {
    const query = Float32Array.from({ length: 17 }, (_, d) => 1e10 * (d - 5))
    const exclude = allByCosine(query)
      .slice(0, 3)
      .map(({ id }) => id)
    const found = table.nearest(query, 5, { exclude })
    expect(found.map(({ id }) => id)).toEqual(
      allByCosine(query, exclude)
        .slice(0, 5)
        .map(({ id }) => id),
    )
  })

  it('among the first words only, as if there were no others', () => {
    const few = new NeighbourTable(firstRows(drawn, 100))
    expect(table.nearestTo(wordId(7), 10, 100)).toEqual(few.nearestTo(wordId(7), 10))
  })

  it('of equally near words the first comes first, and each exactly 1 or -1 at most', () => {
    const same = embeddingsOf({ a: [1, 1, 1], b: [3, 3, 3], c: [-2, -2, -2], d: [0.1, 0.1, 0.1], e: [7, 7, 7] })
    const found = new NeighbourTable(same).nearestTo(wordId(1), 3)
    expect(found.map(({ id }) => id)).toEqual([0, 3, 4])
    for (const { similarity } of new NeighbourTable(same).nearestTo(wordId(1), 4)) {
      expect(Math.abs(similarity)).toBeLessThanOrEqual(1)
      expect(Math.abs(similarity)).toBeCloseTo(1, 6)
    }
  })

  it('a vector of zeros is at 0 from all, never NaN, and tiny and huge ones are no different', () => {
    const odd = embeddingsOf({ zero: [0, 0], tiny: [1e-44, 0], huge: [3e38, 3e38], b: [0, 1] })
    const found = new NeighbourTable(odd).nearestTo(wordId(1), 3)
    expect(found.map(({ id, similarity }) => [id, similarity.toFixed(4)])).toEqual([
      [2, '0.7071'],
      [0, '0.0000'],
      [3, '0.0000'],
    ])
    expect(new NeighbourTable(odd).nearestTo(wordId(0), 3).map(({ similarity }) => similarity)).toEqual([0, 0, 0])
  })

  it('none are wanted, or there is no other', () => {
    expect(table.nearestTo(wordId(0), 0)).toEqual([])
    expect(new NeighbourTable(embeddingsOf({ only: [1] })).nearestTo(wordId(0), 5)).toEqual([])
  })
})

it('a dot product is the same bits whatever rows stand beside it', () => {
  const query = drawn.vectorOf(wordId(3))
  const whole = new Float64Array(1003)
  dotRows(drawn.vectors, query, 0, 1003, whole)
  const alone = new Float64Array(1)
  for (const row of [0, 1, 2, 3, 998, 1002]) {
    dotRows(drawn.vectors, query, row, row + 1, alone)
    expect(alone[0]).toBe(whole[row])
  }
})

it('the heap keeps what sorting would, scores that are equal among them', () => {
  const random = new CounterStream(3, Purpose.Demonstration, 0)
  for (let round = 0; round < 200; round++) {
    const scores = Array.from({ length: random.below(30) }, () => random.below(8))
    const heap = new NearestHeap(random.below(12))
    scores.forEach((score, item) => {
      if (score > heap.threshold) heap.add(item, score)
    })
    const expected = scores.map((score, item) => ({ item, score })).sort((a, b) => b.score - a.score)
    expect(heap.sorted()).toEqual(expected.slice(0, heap.capacity))
  }
})

describe('analogies', () => {
  const plane = embeddingsOf({
    man: [1, 0, 0.1],
    woman: [1, 1, 0.1],
    king: [1, 0, 2],
    queen: [1, 1, 2],
    apple: [-1, 0, 0],
  })
  const [man, woman, king, queen] = [0, 1, 2, 3].map(wordId)

  it('man is to woman as king is to queen', () => {
    const [best] = solveAnalogy(new NeighbourTable(plane), { a: man, b: woman, c: king }, 1)
    expect(best.id).toBe(queen)
  })

  it('never answers with a word of the question, even where it is nearest', () => {
    const answers = solveAnalogy(new NeighbourTable(plane), { a: man, b: man, c: king }, 10)
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 3, 4])
  })

  it('scores by the cosine to b - a + c of unit vectors, to 1e-6', () => {
    const question = { a: wordId(5), b: wordId(6), c: wordId(7) }
    const unit = (id: number) => {
      const vector = drawn.vectorOf(wordId(id))
      return Array.from(vector, (value) => value / Math.hypot(...vector))
    }
    const query = unit(6).map((value, d) => value - unit(5)[d] + unit(7)[d])
    const expected = allByCosine(Float32Array.from(query), [5, 6, 7].map(wordId)).slice(0, 5)
    const found = solveAnalogy(table, question, 5)
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
    for (const [i, { similarity }] of found.entries()) expect(similarity).toBeCloseTo(expected[i].similarity, 6)
  })

  it.skipIf(!haveFixtures)('finds what other programs find in the vectors of finalfusion', async () => {
    const embeddings = await readEmbeddings(fixture('vectors/analogy.bin'))
    const [a, b, c] = ['Paris', 'Frankreich', 'Berlin'].map((word) => embeddings.vocabulary.idOf(word)!)
    const [best] = solveAnalogy(new NeighbourTable(embeddings), { a, b, c }, 1)
    expect(embeddings.vocabulary.words[best.id]).toBe('Deutschland')
  })
})

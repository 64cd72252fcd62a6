import { describe, expect, it } from 'vitest'
import { ListSearch, ListSearches } from '#src/embeddings/list-searches.js'
import { drawnEmbeddings, embeddingsOf } from './vectors.js'

const D = 6
const embeddings = drawnEmbeddings(500, D)
const list = Int32Array.from({ length: 400 }, (_, i) => (7 * i) % 500)
const directions = Array.from({ length: 40 }, (_, i) =>
  Float64Array.from(embeddings.vectorOf(embeddings.vocabulary.idOf(`w${i}`)!)),
)
const product = (direction: Float64Array, word: number) =>
  direction.reduce((sum, value, d) => sum + value * embeddings.vectors[word * D + d], 0)
const best = (direction: Float64Array) => list.reduce((a, b) => (product(direction, b) > product(direction, a) ? b : a))

describe('ListSearch', () => {
  it.each([
    ['nothing', () => {}],
    ['the same direction', (search: ListSearch, d: Float64Array) => search.directions.likely(d, 1, 8)],
    ['the opposite direction', (search: ListSearch, d: Float64Array) => search.directions.likely(d, -1, 8)],
    [
      'nearly the same direction',
      (search: ListSearch, d: Float64Array) =>
        search.directions.likely(
          d.map((value) => 3 * value + 1e-9),
          1,
          1,
        ),
    ],
    ['itself', (search: ListSearch, d: Float64Array) => search.highest(d)],
  ])('finds the highest word where %s was looked for before, bit by bit', (_, before) => {
    const search = new ListSearch(embeddings, list)
    for (const direction of directions) {
      before(search, direction)
      const word = best(direction)
      expect(search.highest(direction)).toMatchObject({ word, product: product(direction, word) })
    }
  })

  it.each([
    ['three', (word: number) => word % 120 === 50],
    ['all', () => true],
  ])(
    'gives the first in the list of equal products, whatever their lengths and whatever came before: %s',
    (_, isHigh) => {
      // Along the first axis some words are at 3 and the others at 1; the second makes later words the longer ones.
      const rows = Array.from({ length: 400 }, (_, word) => [`w${word}`, [isHigh(word) ? 3 : 1, word]] as const)
      const level = embeddingsOf(Object.fromEntries(rows))
      const axis = Float64Array.of(1, 0)
      const rising = Int32Array.from(rows.keys())
      for (const order of [rising, rising.toReversed()]) {
        const asked = new ListSearch(level, order)
        asked.directions.likely(axis, 1, 8)
        const found = [new ListSearch(level, order), asked].map((search) => search.highest(axis))
        const first = { word: order.find(isHigh), product: 3 }
        expect(found).toEqual([first, first])
      }
    },
  )

  it('leaves no word above the bound out of the likely ones, along a direction and against it', () => {
    const search = new ListSearch(embeddings, list)
    for (const [i, direction] of directions.entries()) {
      const turned = direction.map((value, d) => (value + 1e-6 * d) / (i + 1))
      for (const sign of [1, -1] as const) {
        search.directions.likely(direction, sign, 1)
        const { words, othersAtMost } = search.directions.likely(turned, sign, 5)
        const others = list.filter((word) => !words.includes(word)).map((word) => word)
        const highest = others.reduce((most, word) => Math.max(most, sign * product(turned, word)), -Infinity)
        expect(highest).toBeLessThanOrEqual(othersAtMost)
        // The bound is of use: some of the likely words are above it.
        expect([...words].filter((word) => sign * product(turned, word) > othersAtMost).length).toBeGreaterThan(4)
      }
    }
  })

  it('bounds nothing where the direction is none', () => {
    const { words, othersAtMost } = new ListSearch(embeddings, list).directions.likely(new Float32Array(D), 1, 3)
    expect([words.length, othersAtMost]).toEqual([0, Infinity])
  })

  it('is one for a list', () => {
    const searches = new ListSearches(embeddings)
    expect(searches.of(list)).toBe(searches.of(list))
    expect(searches.of(list.slice())).not.toBe(searches.of(list))
  })
})

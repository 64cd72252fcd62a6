import { describe, expect, it } from 'vitest'
import { WordScores } from '#src/attacks/words/word-scores.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { ListSearches } from '#src/embeddings/list-searches.js'
import { normals, smallEmbeddings } from '../small-victims.js'

const D = 12
const embeddings = smallEmbeddings(3000, D, 1)
const vocabulary = Int32Array.from({ length: 3000 }, (_, id) => id)
const shuffled = new CounterStream(1, Purpose.Demonstration, 5).shuffle(vocabulary.slice()).subarray(0, 2000)

/** Sorts all of them. */
function sorted(gradient: Float32Array, sign: number, candidates: Int32Array, count: number) {
  const score = (word: number) => {
    let sum = 0
    for (let d = 0; d < D; d++) sum += gradient[d] * embeddings.vectors[word * D + d]
    return sign * sum
  }
  const all = Array.from(candidates, (word) => ({ word, score: score(word) })).sort((a, b) => b.score - a.score)
  return all.slice(0, count)
}

describe('WordScores', () => {
  it.each([
    ['the whole vocabulary', vocabulary],
    ['a long list in any order', shuffled],
    ['a short list', shuffled.subarray(0, 100)],
  ])('ranks %s as sorting all of it does, whatever was asked before (bit by bit)', (_, candidates) => {
    const scores = new WordScores(new ListSearches(embeddings))
    const directions = [0, 1, 2].map((seed) => normals(D, 10 + seed))
    for (let i = 0; i < 60; i++) {
      const direction = directions[i % 3]
      // Nearly one direction, of other lengths; now and then a turn that matters.
      const turn = normals(D, 100 + i, i % 5 === 0 ? 0.02 : 1e-7)
      const gradient = direction.map((value, d) => (value + turn[d]) / (1 + (i % 7)))
      const sign = i % 2 === 0 ? 1 : -1
      const count = [1, 8, 40][i % 3]
      const best = scores.best(gradient, sign, candidates, count)
      const expected = sorted(gradient, sign, candidates, count)
      expect([...best.items]).toEqual(expected.map(({ word }) => word))
      expect([...best.scores]).toEqual(expected.map(({ score }) => score))
    }
  })

  it('keeps the order of the list where a gradient of zeros scores all words alike', () => {
    const best = new WordScores(new ListSearches(embeddings)).best(new Float32Array(D), 1, shuffled, 5)
    expect([...best.items]).toEqual([...shuffled.subarray(0, 5)])
  })

  it.each([
    ['long', shuffled],
    ['short', shuffled.subarray(0, 100)],
  ])('answers for a gradient that was overwritten since it was asked about: a %s list', (_, candidates) => {
    const scores = new WordScores(new ListSearches(embeddings))
    const gradient = normals(D, 20)
    const before = [...scores.best(gradient, 1, candidates, 5).items]
    gradient.set(normals(D, 21))
    const after = [...scores.best(gradient, 1, candidates, 5).items]
    expect(after).toEqual(sorted(gradient, 1, candidates, 5).map(({ word }) => word))
    expect(after).not.toEqual(before)
  })

  it('gives fewer where the list has fewer', () => {
    const list = vocabulary.subarray(0, 300)
    expect(new WordScores(new ListSearches(embeddings)).best(normals(D, 3), 1, list, 1000).items).toHaveLength(300)
  })
})

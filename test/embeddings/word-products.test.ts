import { expect, it } from 'vitest'
import { wordProducts } from '#src/embeddings/word-products.js'
import { drawnEmbeddings } from './vectors.js'

it.each([1, 3, 4, 9, 16])('gives the products of %d listed words as one sum each gives them, bit by bit', (count) => {
  const D = 7
  const embeddings = drawnEmbeddings(40, D)
  const vector = Float64Array.from({ length: D }, (_, d) => Math.sin(d + 1))
  const list = Int32Array.from({ length: 25 }, (_, i) => (11 * i) % 40)
  const products = new Float64Array(20).fill(-1)
  const from = 5
  wordProducts(embeddings, vector, list, from, from + count, products)
  const expected = Array.from(list.subarray(from, from + count), (word) =>
    vector.reduce((sum, value, d) => sum + value * embeddings.vectors[word * D + d], 0),
  )
  expect([...products.subarray(0, count)]).toEqual(expected)
  expect([...products.subarray(count)]).toEqual(new Array(20 - count).fill(-1))
})

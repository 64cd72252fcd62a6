import { describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { whitespaceTokenizer } from '#src/text/whitespace-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { logits as referenceLogits } from '../gradient/reference.js'
import { smallCentreWord, smallClassifier, smallEmbeddings } from '../gradient/small-victims.js'

const EXAMPLES = [[4], [1, 2, 3], [0, 5, 0, 7, 0, 9], [8, 11]].map((ids) => Int32Array.from(ids))

describe.each([
  { name: 'TextClassifier', victim: smallClassifier() },
  { name: 'CentreWord over the mean', victim: smallCentreWord('mean') },
  { name: 'CentreWord over the sum', victim: smallCentreWord('sum') },
  { name: 'CentreWord of 3 dimensions', victim: smallCentreWord('mean', 3) },
])('logits of $name', ({ victim }) => {
  const D = victim.embeddings.dimensions
  const K = victim.labels.length
  const batch = embed(victim.embeddings, EXAMPLES)
  const all = victim.logits(batch)

  it('are those of the definition in float64, rounded (1e-6)', () => {
    EXAMPLES.forEach((ids, b) => {
      const x = Float64Array.from(embed(victim.embeddings, [ids]).embedded)
      referenceLogits(victim.linear, x, D).forEach((z, k) => {
        expect(Math.abs(all[b * K + k] - z)).toBeLessThan(1e-6)
      })
    })
  })

  it('have the same bytes alone as in any batch', () => {
    EXAMPLES.forEach((ids, b) => {
      expect(victim.logits(embed(victim.embeddings, [ids]))).toEqual(all.slice(b * K, (b + 1) * K))
    })
    expect(victim.logits(embed(victim.embeddings, [...EXAMPLES].reverse())).slice(-K)).toEqual(all.slice(0, K))
  })

  it('leave the batch as it was', () => {
    expect(batch).toEqual(embed(victim.embeddings, EXAMPLES))
  })
})

describe('encode', () => {
  it('keeps the known words in order with their places, and counts the unknown', () => {
    const text = "The  QUICK wombat, doesn't jump over… the dog."
    const { ids, spans, unknown } = smallClassifier().encode(text)
    expect([...ids]).toEqual([0, 1, 5, 0, 8])
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(['The', 'QUICK', 'over', 'the', 'dog'])
    expect(unknown).toBe(3)
  })

  it.each(['', '   ', 'xyzzy', '—…!'])('gives no words for %j', (text) => {
    expect(smallClassifier().encode(text).ids).toHaveLength(0)
  })

  it('leaves the blank of a window out, whatever the tokenizer', () => {
    const embeddings = smallEmbeddings(2)
    const victim = new CentreWord(embeddings, new Float32Array(24), 'mean', whitespaceTokenizer)
    const { ids, spans, unknown } = victim.encode('the quick ___ jumps over')
    expect([...ids]).toEqual([0, 1, 4, 5])
    expect(spans[2]).toEqual({ start: 14, end: 19 })
    expect(unknown).toBe(0)
  })
})

describe('constructors', () => {
  const embeddings = smallEmbeddings(2)
  it.each([
    ['one label', 2, 1, ['only']],
    ['a label twice', 4, 2, ['a', 'a']],
    ['too few weights', 3, 2, ['a', 'b']],
    ['too many biases', 4, 3, ['a', 'b']],
  ])('refuse %s', (_, weights, bias, labels) => {
    const make = () => {
      return new TextClassifier(
        embeddings,
        new Float32Array(weights),
        new Float32Array(bias),
        labels,
        whitespaceTokenizer,
      )
    }
    expect(make).toThrow(RangeError)
  })

  it('refuse output embeddings of another size', () => {
    expect(() => new CentreWord(embeddings, new Float32Array(23), 'mean', whitespaceTokenizer)).toThrow('23 output')
  })
})

it('linear has the weights of a classifier by label', () => {
  const { weights, bias, linear } = smallClassifier()
  expect(linear.output[2 * 7 + 4]).toBe(weights[4 * 3 + 2])
  expect(linear.bias).toBe(bias)
  expect(linear.pooling).toBe('mean')
})

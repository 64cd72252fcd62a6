import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { encodeCorpus } from '#src/cbow/encoded-corpus.js'
import { PairTable } from '#src/cbow/pair-table.js'

/** Sentences of rare and frequent words, among which some pairs and one triple are far more frequent than chance. */
function* sentences(): Generator<string[]> {
  const random = new CounterStream(3, Purpose.Demonstration, 0)
  const fixed = ['new york', 'new york city', 'hong kong', 'hot dog', 'la la']
  for (let index = 0; index < 3000; index++) {
    const words = Array.from({ length: random.below(12) }, () => `w${Math.floor(200 * random.uniform() ** 2)}`)
    if (random.below(3) === 0) words.splice(random.below(words.length + 1), 0, ...fixed[random.below(5)].split(' '))
    if (words.length > 0) yield words
  }
}

async function* stream(source: Iterable<readonly string[]>): AsyncGenerator<readonly string[]> {
  yield* source
}

/** The definition, on strings: the pairs of one pass, with their scores. */
function plainPairs(source: readonly (readonly string[])[], minCount: number, threshold: number): Map<string, number> {
  const words = new Map<string, number>()
  const pairs = new Map<string, number>()
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
  for (const sentence of source) {
    for (const word of sentence) count(words, word)
    for (let i = 1; i < sentence.length; i++) count(pairs, `${sentence[i - 1]} ${sentence[i]}`)
  }
  const total = source.reduce((sum, sentence) => sum + sentence.length, 0)
  const found = new Map<string, number>()
  for (const [pair, times] of pairs) {
    const [a, b] = pair.split(' ').map((word) => words.get(word)!)
    if (Math.min(a, b, times) < minCount) continue
    const score = ((times - minCount) * total) / (a * b)
    if (score > threshold) found.set(pair, score)
  }
  return found
}

describe('encodeCorpus with phrases', () => {
  const all = [...sentences()]

  it.each([1, 2, 3])('of %d passes finds the pairs of the definition, and joins them', async (passes) => {
    const options = { minCount: 5, phrases: passes, phraseThreshold: 20 }
    const corpus = await encodeCorpus(stream(all), options)
    const phrases = corpus.phrases!
    let joined: readonly (readonly string[])[] = all
    for (const pass of phrases.passes) {
      const expected = plainPairs(joined, 5, 20)
      expect(pass.map(({ first, second }) => `${first} ${second}`).sort()).toEqual([...expected.keys()].sort())
      for (const { first, second, score } of pass) expect(score).toBeCloseTo(expected.get(`${first} ${second}`)!, 8)
      joined = joined.map((sentence) => joinOnce(sentence, expected))
    }
    expect(phrases.passes.length).toBe(Math.min(passes, 2))
    expect(corpus.vocabulary.words).toContain(passes === 1 ? 'new_york' : 'new_york_city')
    expect(all.map((sentence) => phrases.joinWords(sentence))).toEqual(joined)
    expect(corpus.sha256).toBe((await encodeCorpus(stream(joined), { minCount: 5 })).sha256)
  })

  it('is the same from a file of numbers as in memory', async () => {
    const options = { minCount: 5, phrases: 2, phraseThreshold: 20 }
    const small = await encodeCorpus(stream(all), options)
    const large = await encodeCorpus(stream(all), { ...options, memoryWords: 0 })
    expect(large.sha256).toBe(small.sha256)
    large.window.close()
  })

  it('says of none found that there are none', async () => {
    const corpus = await encodeCorpus(stream(all), { minCount: 5, phrases: 2, phraseThreshold: 1e9 })
    expect(corpus.phrases).toBeUndefined()
    expect(corpus.sha256).toBe((await encodeCorpus(stream(all), { minCount: 5 })).sha256)
  })

  it('takes a phrase for the word that is written so', async () => {
    const written = [...Array(20).fill(['hot', 'dog']), ...Array(20).fill(['hot_dog']), ['a', 'b', 'c']]
    const { vocabulary } = await encodeCorpus(stream(written), { minCount: 2, phrases: 1, phraseThreshold: 2 })
    expect(vocabulary.words).toContain('hot_dog')
    expect(vocabulary.counts[vocabulary.idOf('hot_dog')!]).toBe(20 + 20)
  })
})

function joinOnce(sentence: readonly string[], pairs: ReadonlyMap<string, number>): string[] {
  const joined: string[] = []
  for (let i = 0; i < sentence.length; i++) {
    if (pairs.has(`${sentence[i]} ${sentence[i + 1]}`)) joined.push(`${sentence[i]}_${sentence[++i]}`)
    else joined.push(sentence[i])
  }
  return joined
}

describe('PairTable', () => {
  it('counts as a map does (50,000 pairs)', () => {
    const random = new CounterStream(1, Purpose.Demonstration, 0)
    const table = new PairTable(1e9)
    const expected = new Map<string, number>()
    for (let index = 0; index < 50_000; index++) {
      const [first, second] = [random.below(300), random.below(300)]
      table.count(first, second)
      expected.set(`${first} ${second}`, (expected.get(`${first} ${second}`) ?? 0) + 1)
    }
    const found = Array.from(table.pairs(1), ({ first, second, count }) => [`${first} ${second}`, count] as const)
    expect(new Map(found)).toEqual(expected)
    expect(table.size).toBe(expected.size)
    expect([...table.pairs(2)]).toHaveLength([...expected.values()].filter((count) => count >= 2).length)
  })

  it('drops the rarest pairs when more come than it may hold', () => {
    const table = new PairTable(4)
    for (const [first, times] of [3, 1, 2, 3].entries()) for (let i = 0; i < times; i++) table.count(first, 0)
    expect(table.size).toBe(4)
    table.count(9, 9)
    expect(Array.from(table.pairs(1), ({ first, count }) => [first, count]).sort()).toEqual([
      [0, 3],
      [2, 2],
      [3, 3],
    ])
  })
})

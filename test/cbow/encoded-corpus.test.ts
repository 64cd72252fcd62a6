import { describe, expect, it } from 'vitest'
import { encodeCorpus, SENTENCE_END } from '#src/cbow/encoded-corpus.js'

async function* sentences(...lines: string[]): AsyncGenerator<string[]> {
  for (const line of lines) yield line.split(' ')
}

/** The corpus as text again. */
function decoded({ words, vocabulary }: Awaited<ReturnType<typeof encodeCorpus>>): string {
  return [...words].map((word) => vocabulary.words[word % SENTENCE_END] + (word >= SENTENCE_END ? '.' : '')).join(' ')
}

describe('encodeCorpus', () => {
  it('numbers words by frequency and ends each sentence', async () => {
    const corpus = await encodeCorpus(sentences('b a', 'a', 'c a b'), { minCount: 1 })
    expect(corpus.vocabulary.words).toEqual(['a', 'b', 'c'])
    expect([...corpus.vocabulary.counts]).toEqual([3, 2, 1])
    expect(decoded(corpus)).toBe('b a. a. c a b.')
  })

  it('leaves rare words out, and ends the sentence at the last word that stays', async () => {
    const corpus = await encodeCorpus(sentences('a rare', 'other', 'a b odd b', 'b'), { minCount: 2 })
    expect(decoded(corpus)).toBe('a. a b b. b.')
  })

  it('keeps the most frequent words of --max-vocabulary', async () => {
    const corpus = await encodeCorpus(sentences('a a b b c', 'c b'), { minCount: 1, maxVocabulary: 2 })
    expect(corpus.vocabulary.words).toEqual(['b', 'a'])
    expect(decoded(corpus)).toBe('a a b b. b.')
  })

  it('cuts sentences after 1,000 words', async () => {
    const corpus = await encodeCorpus(sentences(new Array(2500).fill('a').join(' ')), { minCount: 1 })
    const ends = [...corpus.words].flatMap((word, position) => (word >= SENTENCE_END ? [position + 1] : []))
    expect(ends).toEqual([1000, 2000, 2500])
  })

  it('hashes words, their order and their sentences', async () => {
    const hashOf = async (...lines: string[]) => (await encodeCorpus(sentences(...lines), { minCount: 1 })).sha256
    const first = await hashOf('a b', 'a')
    expect(await hashOf('a b', 'a')).toBe(first)
    for (const other of [['b a', 'a'], ['a b a'], ['a c', 'a']]) expect(await hashOf(...other)).not.toBe(first)
  })

  it('refuses a corpus without words, and one without frequent words', async () => {
    await expect(encodeCorpus(sentences(), { minCount: 1 })).rejects.toThrow(/^the corpus holds no words; /)
    await expect(encodeCorpus(sentences('a b', 'a'), { minCount: 3 })).rejects.toThrow(
      'no word of the corpus is seen at least 3 times (the most frequent is seen 2 times); lower --min-count',
    )
  })
})

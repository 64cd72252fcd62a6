import { describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { encodeCorpus, encodeFiles, SENTENCE_END } from '#src/cbow/encoded-corpus.js'
import { temporaryFile } from '../text/temporary-files.js'
import { smallSentences } from './small-corpus.js'

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

  it.each(['', 'a\tb', 'a\nb'])('refuses the word %j, which a vocabulary file cannot hold', async (word) => {
    async function* withWord() {
      yield ['fine', word]
    }
    await expect(encodeCorpus(withWord(), { minCount: 1 })).rejects.toThrow(/^the corpus holds the word '.*'; words /)
  })

  it('says what stopped it: the signal, or an error of the sentences', async () => {
    const signal = AbortSignal.abort()
    await expect(encodeCorpus(sentences('a'), { minCount: 1, signal })).rejects.toThrow(InterruptedError)
    async function* broken() {
      yield ['a']
      throw new Error('no more')
    }
    await expect(encodeCorpus(broken(), { minCount: 1, signal: new AbortController().signal })).rejects.toThrow(
      'no more',
    )
  })
})

describe('a signal that fires when all is read', () => {
  it.each([{ phrases: 0 }, { phrases: 2 }])(
    'is heard while words are renumbered, and phrases learnt: %o',
    async (learn) => {
      const controller = new AbortController()
      async function* corpus() {
        yield* smallSentences(1_000)
        controller.abort()
      }
      const encoding = encodeCorpus(corpus(), { minCount: 1, signal: controller.signal, ...learn })
      await expect(encoding).rejects.toThrow('interrupted while reading the corpus; there was nothing to save')
      await expect(encoding).rejects.toThrow(InterruptedError)
    },
  )
})

describe('encodeCorpus with few words held', () => {
  it('keeps the frequent words, and counts what it encodes', async () => {
    let prunings = 0
    const options = { minCount: 20, mostWordsHeld: 1000, onPruning: () => prunings++ }
    const whole = await encodeCorpus(smallSentences(50_000, 3000), { minCount: 20 })
    const bounded = await encodeCorpus(smallSentences(50_000, 3000), options)
    expect(prunings).toBeGreaterThan(1)
    expect(bounded.vocabulary.words.slice(0, 20)).toEqual(whole.vocabulary.words.slice(0, 20))
    const counts = new Float64Array(bounded.vocabulary.size)
    for (const word of bounded.words) counts[word % SENTENCE_END]++
    expect(counts).toEqual(bounded.vocabulary.counts)
    expect((await encodeCorpus(smallSentences(50_000, 3000), options)).sha256).toBe(bounded.sha256)
  })
})

describe('encodeFiles', () => {
  it('encodes what encodeCorpus makes of the same sentences, by bytes and by any tokenizer', async () => {
    const path = await temporaryFile('a.txt', 'The dog’s bone, the\ncat\n\n---\nThe naïve dog')
    const hash = async (...lines: string[]) => (await encodeCorpus(sentences(...lines), { minCount: 1 })).sha256
    const options = { minCount: 1, tokenizer: 'word' }
    expect((await encodeFiles([path], options)).sha256).toBe(await hash("the dog's bone the", 'cat', 'the naïve dog'))
    const written = await encodeFiles([path], { ...options, tokenizer: 'whitespace' })
    expect(written.sha256).toBe(await hash('The dog’s bone, the', 'cat', '---', 'The naïve dog'))
  })
})

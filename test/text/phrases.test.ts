import { describe, expect, it } from 'vitest'
import { Phrases, phrasesOf, withPhrases } from '#src/text/phrases.js'
import { readPhrases, writePhrases } from '#src/text/phrases-file.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { temporaryFile } from './temporary-files.js'

const pass = (...pairs: string[]) =>
  pairs.map((pair, index) => ({ first: pair.split(' ')[0], second: pair.split(' ')[1], score: 1000.5 / (index + 3) }))

const phrases = new Phrases([pass('new york', 'york times', 'la la'), pass('new_york times', 'new_york city')])

describe('Phrases', () => {
  it.each([
    ['new york times', 'new_york_times'],
    ['the york times of new york', 'the york_times of new_york'],
    ['la la la la la', 'la_la la_la la'],
    ['new', 'new'],
    ['', ''],
    ['york new times', 'york new times'],
  ])('joins %j to %j', (words, joined) => {
    expect(phrases.joinWords(words.split(' ')).join(' ')).toBe(joined)
  })
})

describe('a tokenizer with phrases', () => {
  const tokenizer = withPhrases(wordTokenizer, phrases)

  it('gives a phrase the place of its words, whatever stands between', () => {
    const text = 'In New  York-City it rains'
    expect(tokenizer.words(text)).toEqual(['in', 'new_york_city', 'it', 'rains'])
    const [, phrase] = tokenizer.tokens(text)
    expect(text.slice(phrase.start, phrase.end)).toBe('New  York-City')
  })

  it('reads a phrase that was written as one word', () => {
    expect(tokenizer.words('in new_york_city')).toEqual(['in', 'new_york_city'])
  })

  it('keeps the name, and says its phrases; without phrases it is the tokenizer itself', () => {
    expect(tokenizer.name).toBe('word')
    expect(phrasesOf(tokenizer)).toBe(phrases)
    expect(withPhrases(wordTokenizer, undefined)).toBe(wordTokenizer)
    expect(phrasesOf(wordTokenizer)).toBeUndefined()
  })
})

describe('a file of phrases', () => {
  it('is read as it was written', async () => {
    const path = await temporaryFile('phrases.tsv', '')
    await writePhrases(path, phrases)
    expect((await readPhrases(path)).passes).toEqual(phrases.passes)
  })

  it.each(['1\ta\tb', '1\ta\tb\tmany', '0\ta\tb\t3', '1\t\tb\t3', '1\ta\tb\t3\r', '2\ta\tb\t3\n1\ta\tb\t3', '\n'])(
    'with %j in it is refused, with its line',
    async (bad) => {
      const path = await temporaryFile('phrases.tsv', `1\ta\tb\t3.5\n${bad}\n`)
      await expect(readPhrases(path)).rejects.toThrow(
        /phrases\.tsv line [23]: is no pass, two words and a score; take /,
      )
    },
  )
})

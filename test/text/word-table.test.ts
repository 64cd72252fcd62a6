import { describe, expect, it } from 'vitest'
import { type Pruning, pruningNote, WordTable } from '#src/text/word-table.js'
import { randomText, stream } from './random-text.js'

const contents = (table: WordTable) =>
  new Map(Array.from(table.words(), ({ word, number, count }) => [word, { number, count }]))

describe('WordTable', () => {
  it('numbers and counts as a map of strings does (100,000 words of 0 to 60 bytes)', () => {
    const random = stream(1)
    const table = new WordTable()
    const expected = new Map<string, { number: number; count: number }>()
    for (let read = 0; read < 100_000; read++) {
      const word = randomText(random, random.below(12)).replace(/\p{Surrogate}/gu, '')
      const known = expected.get(word) ?? { number: expected.size, count: 0 }
      expected.set(word, { ...known, count: known.count + 1 })
      expect(table.count(word)).toBe(known.number)
    }
    expect(contents(table)).toEqual(expected)
    expect(table.size).toBe(expected.size)
    expect(table.highestCount).toBe(Math.max(...Array.from(expected.values(), ({ count }) => count)))
  })

  it('tells words apart that differ in their length alone, or in one byte at any place', () => {
    const base = 'abcdefghijklmnop'
    const words = Array.from(base, (_, at) => [base.slice(0, at), `${base.slice(0, at)}\0${base.slice(at + 1)}`]).flat()
    const table = new WordTable()
    const numbers = words.map((word) => table.count(word))
    expect(numbers).toEqual(words.map((_, index) => index))
    expect(Array.from(table.words(), ({ word }) => word)).toEqual(words)
  })

  it('takes words of any length', () => {
    const table = new WordTable()
    const words = ['x'.repeat(1_000_000), '漢'.repeat(300_000), 'x'.repeat(1_000_001)]
    for (const word of [...words, ...words]) table.count(word)
    expect(Array.from(table.words(2), ({ word }) => word)).toEqual(words)
  })

  it('gives the words seen often enough', () => {
    const table = new WordTable()
    for (const word of ['a', 'b', 'a', 'c', 'c']) table.count(word)
    expect(Array.from(table.words(2), ({ word, count }) => `${word} ${count}`)).toEqual(['a 2', 'c 2'])
  })
})

describe('WordTable with a limit', () => {
  it('drops the rarest when one more comes, by a threshold that rises until a quarter is free', () => {
    const prunings: Pruning[] = []
    const table = new WordTable({ limit: 4, onPruning: (pruning) => prunings.push(pruning) })
    for (const word of ['a', 'a', 'a', 'b', 'b', 'c', 'c', 'd', 'd', 'd']) table.count(word)
    expect(prunings).toEqual([])
    table.count('e')
    expect(prunings).toEqual([{ held: 4, dropped: 2, threshold: 2 }])
    expect(contents(table)).toEqual(
      new Map([
        ['a', { number: 0, count: 3 }],
        ['d', { number: 3, count: 3 }],
        ['e', { number: 4, count: 1 }],
      ]),
    )
  })

  it('numbers a dropped word anew, and counts it from there', () => {
    const table = new WordTable({ limit: 2 })
    const numbers = ['a', 'a', 'b', 'c', 'b', 'a'].map((word) => table.count(word))
    expect(numbers).toEqual([0, 0, 1, 2, 3, 0])
    expect(table.numbers).toBe(4)
    expect(contents(table).get('b')).toEqual({ number: 3, count: 1 })
  })

  it('never holds more, and holds every word that is frequent throughout (of 200,000 words, most of them new)', () => {
    const table = new WordTable({ limit: 1000 })
    for (let read = 0; read < 200_000; read++) {
      table.count(read % 4 === 0 ? `frequent${(read / 4) % 100}` : `rare${read}`)
      if (table.size > 1000) expect.fail(`${table.size} words held`)
    }
    const held = contents(table)
    for (let word = 0; word < 100; word++) expect(held.get(`frequent${word}`)?.count).toBe(500)
  })

  it('says in one line what was dropped', () => {
    expect(pruningNote({ held: 10, dropped: 3, threshold: 1 })).toBe(
      'vocabulary: more than 10 distinct words; 3 seen once so far are dropped to save memory',
    )
    expect(pruningNote({ held: 10, dropped: 3, threshold: 4 })).toContain('3 seen at most 4 times so far')
  })
})

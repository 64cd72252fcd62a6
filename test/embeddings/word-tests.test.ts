import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { solveAnalogy } from '#src/embeddings/analogy.js'
import { analogyAccuracy } from '#src/embeddings/analogy-accuracy.js'
import { NeighbourTable } from '#src/embeddings/nearest.js'
import { similarityScore } from '#src/embeddings/similarity-score.js'
import { readAnalogies, readJudgedPairs } from '#src/embeddings/word-tests.js'
import { wordId } from '#src/text/vocabulary.js'
import { drawnEmbeddings, embeddingsOf, fixture, haveFixtures } from './vectors.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'word-tests-'))
})
afterEach(() => rm(folder, { recursive: true }))

const file = async (content: string | Uint8Array) => {
  await writeFile(join(folder, 'test.txt'), content)
  return join(folder, 'test.txt')
}

describe('reading', () => {
  it('analogies in sections, and before the first', async () => {
    const path = await file('a b c d\r\n: family\r\nboy girl  king\tqueen\r\n\r\n: empty\r\n')
    expect(await readAnalogies(path)).toEqual([
      { name: 'questions', questions: [{ a: 'a', b: 'b', c: 'c', answer: 'd' }] },
      { name: 'family', questions: [{ a: 'boy', b: 'girl', c: 'king', answer: 'queen' }] },
      { name: 'empty', questions: [] },
    ])
  })

  it('judged pairs, with a header and remarks', async () => {
    const path = await file('\ufeffWord 1\tWord 2\tHuman (mean)\n# remark\ntiger\tcat\t7.35\nice cream\tcake\t-1e1\n')
    expect(await readJudgedPairs(path)).toEqual([
      { words: ['tiger', 'cat'], score: 7.35 },
      { words: ['ice cream', 'cake'], score: -10 },
    ])
  })

  it.each<[string, typeof readAnalogies | typeof readJudgedPairs, string | Uint8Array, string]>([
    ['three words', readAnalogies, ': a\nx y z\n', 'test.txt line 2: has 3 words; four make a question'],
    ['no questions', readAnalogies, ': a\n: b\n', 'test.txt: holds no questions'],
    ['bytes', readAnalogies, Uint8Array.of(0x3a, 0x0a, 0xff, 0x0a), 'test.txt line 2: is not UTF-8'],
    ['two fields', readJudgedPairs, 'a\tb\t1\nc\td\n', 'test.txt line 2: is not word, tab, word, tab, score'],
    [
      'a word for a score',
      readJudgedPairs,
      'a\tb\t1\nc\td\tmuch\n',
      'test.txt line 2: has a score that is not a number',
    ],
    ['only a header', readJudgedPairs, 'a\tb\tscore\n', 'test.txt: holds no pairs'],
    ['nothing', readJudgedPairs, '', 'test.txt: is empty'],
  ])('%s is one line that names file and line', async (_, read, content, message) => {
    await expect(read(await file(content))).rejects.toThrow(message)
  })
})

describe('accuracy on analogies', () => {
  it('is that of solving each question by itself, whatever cosines are shared', async () => {
    const drawn = drawnEmbeddings(200, 6)
    const table = new NeighbourTable(drawn)
    const random = new CounterStream(4, Purpose.Demonstration, 0)
    const questions = Array.from({ length: 400 }, (_, i) => {
      const [a, b, c] = Array.from({ length: 3 }, () => wordId(random.below(200)))
      // Every second answer is right.
      const answer = i % 2 === 0 ? solveAnalogy(table, { a, b, c }, 1)[0].id : random.below(200)
      return { a, b, c, answer }
    })
    const correct = questions.filter(({ answer, ...q }) => solveAnalogy(table, q, 1)[0].id === answer).length
    const written = questions.map(({ a, b, c, answer }) => ({
      a: `w${a}`,
      b: `W${b}`,
      c: `w${c}`,
      answer: `w${answer}`,
    }))
    const { total } = await analogyAccuracy(drawn, [{ name: 'drawn', questions: written }])
    expect(total).toEqual({ name: 'total', questions: 400, outOfVocabulary: 0, correct, accuracy: correct / 400 })
    expect(correct).toBeGreaterThanOrEqual(200)
  })

  const words = embeddingsOf({
    man: [1, 0, 0.1],
    woman: [1, 1, 0.1],
    King: [1, 0, 2],
    queen: [1, 1, 2],
    king: [-1, 0, 0],
  })
  const right = { a: 'man', b: 'woman', c: 'king', answer: 'QUEEN' }
  const wrong = { a: 'man', b: 'woman', c: 'queen', answer: 'man' }
  const unknown = { a: 'man', b: 'woman', c: 'uncle', answer: 'aunt' }

  it('counts by section, without case, the first of two cases standing for both', async () => {
    const accuracy = await analogyAccuracy(words, [
      { name: 'family', questions: [right, wrong, unknown] },
      { name: 'gram1', questions: [right] },
      { name: 'gram2', questions: [unknown] },
    ])
    expect(accuracy.sections).toEqual([
      { name: 'family', questions: 3, outOfVocabulary: 1, correct: 1, accuracy: 0.5 },
      { name: 'gram1', questions: 1, outOfVocabulary: 0, correct: 1, accuracy: 1 },
      { name: 'gram2', questions: 1, outOfVocabulary: 1, correct: 0, accuracy: undefined },
    ])
    expect(accuracy.semantic).toMatchObject({ questions: 3, correct: 1, accuracy: 0.5 })
    expect(accuracy.syntactic).toMatchObject({ questions: 2, outOfVocabulary: 1, correct: 1, accuracy: 1 })
    expect(accuracy.total.accuracy).toBe(2 / 3)
  })

  it('among the first words knows no others', async () => {
    const { total } = await analogyAccuracy(words, [{ name: 'family', questions: [right] }], { first: 3 })
    expect(total).toEqual({ name: 'total', questions: 1, outOfVocabulary: 1, correct: 0, accuracy: undefined })
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort()
    await expect(analogyAccuracy(words, [{ name: 'a', questions: [right] }], { signal })).rejects.toThrow(
      InterruptedError,
    )
  })
})

describe('correlation with judgements', () => {
  const words = embeddingsOf({ a: [1, 0], b: [1, 0.1], c: [1, 1], d: [-1, 0] })

  it('is of the pairs that are known', () => {
    const pairs = [
      { words: ['A', 'b'], score: 10 },
      { words: ['a', 'c'], score: 7 },
      { words: ['a', 'd'], score: 1 },
      { words: ['a', 'x'], score: 5 },
    ] as const
    expect(similarityScore(words, pairs)).toEqual({ pairs: 4, outOfVocabulary: 1, spearman: 1 })
  })

  it('is undefined, not NaN, where nothing is known', () => {
    expect(similarityScore(words, [{ words: ['x', 'y'], score: 1 }])).toEqual({
      pairs: 1,
      outOfVocabulary: 1,
      spearman: undefined,
    })
  })
})

describe.skipIf(!haveFixtures)('the published tests', () => {
  it('have as many questions and pairs as they say', async () => {
    const sections = await readAnalogies(fixture('word-tests/questions-words.txt'))
    expect(sections).toHaveLength(14)
    expect(sections.reduce((sum, { questions }) => sum + questions.length, 0)).toBe(19_544)
    expect(await readJudgedPairs(fixture('word-tests/wordsim353.txt'))).toHaveLength(353)
    expect(await readJudgedPairs(fixture('word-tests/rg65.txt'))).toHaveLength(65)
  })
})

import { expect, it } from 'vitest'
import { restrict } from '#src/constraints/candidate-constraint.js'
import { matchingWords } from '#src/constraints/matching-words.js'
import { wholeVocabulary } from '#src/constraints/whole-vocabulary.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'

const vocabulary = new Vocabulary(['ant', 'bee', '42', 'cat'], Float64Array.of(9, 8, 7, 6))

it('keeps one list for all words where only the words put in are constrained', () => {
  const source = restrict(wholeVocabulary(vocabulary), [matchingWords(vocabulary, /[a-z]/u)])
  expect([...source.candidatesOf(wordId(0))]).toEqual([0, 1, 3])
  expect(source.candidatesOf(wordId(2))).toBe(source.candidatesOf(wordId(0)))
})

it('gives words that may not be replaced by each other lists of their own, and others the common one', () => {
  const whole = wholeVocabulary(vocabulary)
  const source = restrict(whole, [
    { name: 'no ant for a bee', mayReplace: (word, by) => !(word === wordId(1) && by === wordId(0)) },
  ])
  expect([...source.candidatesOf(wordId(1))]).toEqual([1, 2, 3])
  expect(source.candidatesOf(wordId(3))).toBe(whole.candidatesOf(wordId(3)))
})

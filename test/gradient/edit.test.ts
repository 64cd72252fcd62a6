import { describe, expect, it } from 'vitest'
import { type Edit, editWords, inOrder, keyOfEdits, substitutions, swapsAmong } from '#src/gradient/edit.js'
import { swapWords } from '#src/gradient/swap.js'
import { wordId } from '#src/text/vocabulary.js'
import { cut, put } from './edits.js'

const ids = Int32Array.of(10, 11, 12, 13)

describe('edits', () => {
  it.each<[string, Edit[], number[], number[]]>([
    ['nothing', [], [10, 11, 12, 13], [0, 1, 2, 3]],
    ['a word for another', [put('substitute', 2, 7)], [10, 11, 7, 13], [0, 1, -1, 3]],
    ['a word before the first', [put('insert', 0, 7)], [7, 10, 11, 12, 13], [-1, 0, 1, 2, 3]],
    ['a word behind the last', [put('insert', 4, 7)], [10, 11, 12, 13, 7], [0, 1, 2, 3, -1]],
    ['a word less', [cut(1)], [10, 12, 13], [0, 2, 3]],
    ['a word put in before one that goes', [cut(1), put('insert', 1, 7)], [10, 7, 12, 13], [0, -1, 2, 3]],
    ['all of it', [cut(3), put('substitute', 0, 8), put('insert', 4, 9), cut(2)], [8, 11, 9], [-1, 1, -1]],
    ['every word less', [cut(0), cut(1), cut(2), cut(3)], [], []],
  ])('make of four words: %s', (_, edits, expected, origins) => {
    const edited = editWords(ids, edits)
    expect([...edited.ids]).toEqual(expected)
    expect([...edited.origins]).toEqual(origins)
    expect([...ids]).toEqual([10, 11, 12, 13])
  })

  it('that are swaps do what swaps do', () => {
    const swaps = [
      { position: 3, word: wordId(1) },
      { position: 0, word: wordId(2) },
    ]
    expect(editWords(ids, substitutions(swaps)).ids).toEqual(swapWords(ids, swaps))
    expect(swapsAmong([cut(1), ...substitutions(swaps)])).toEqual(swaps)
  })

  it('have one order and one key however they are given', () => {
    const edits = [put('insert', 1, 7), put('substitute', 1, 8), cut(2), put('insert', 3, 9)]
    const orders = [edits, [...edits].reverse(), [edits[2], edits[0], edits[3], edits[1]]]
    for (const given of orders) {
      const before = [...given]
      expect(inOrder(given)).toEqual(edits)
      expect(given).toEqual(before)
      expect(keyOfEdits(given)).toBe(keyOfEdits(edits))
    }
    const others = [[], edits.slice(1), [...edits.slice(0, 3), put('insert', 3, 8)], [...edits.slice(0, 3), cut(3)]]
    expect(new Set([edits, ...others].map(keyOfEdits)).size).toBe(5)
  })
})

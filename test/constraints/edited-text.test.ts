import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { editedText } from '#src/constraints/edited-text.js'
import { tokenisesBack } from '#src/constraints/tokenises-back.js'
import { type Edit, editWords } from '#src/gradient/edit.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'
import { encodeWords } from '#src/victims/encode.js'
import { cut, put } from '../gradient/edits.js'

const words = ['a', 'warm', 'film', 'dull', "don't", '3.5']
const vocabulary = new Vocabulary(words, new Float64Array(words.length))
const encode = (text: string) => encodeWords(text, tokenizerOf('word'), vocabulary)
const putWord = (move: 'substitute' | 'insert', position: number, word: string) =>
  put(move, position, words.indexOf(word))

describe('editedText', () => {
  it.each<[Edit[], string]>([
    [[], 'A warm, new film.'],
    [[putWord('substitute', 1, 'dull')], 'A dull, new film.'],
    [[putWord('insert', 0, 'dull')], 'dull A warm, new film.'],
    [[putWord('insert', 2, 'dull')], 'A warm, new dull film.'],
    [[putWord('insert', 3, 'dull')], 'A warm, new film dull.'],
    [[cut(0)], 'warm, new film.'],
    [[cut(1)], 'A, new film.'],
    [[cut(2)], 'A warm, new.'],
    [[cut(0), cut(1), cut(2)], ', new.'],
    [[putWord('insert', 1, 'dull'), cut(1)], 'A dull , new film.'],
    [[putWord('insert', 1, 'dull'), putWord('substitute', 1, 'film')], 'A dull film, new film.'],
  ])('%j of "A warm, new film." is %j', (edits, expected) => {
    const encoded = encode('A warm, new film.')
    const { text, changedBefore, changedAfter } = editedText(encoded, edits, vocabulary)
    expect(text).toBe(expected)
    expect([...encode(text).ids]).toEqual([...editWords(encoded.ids, edits).ids])
    const count = (...moves: string[]) => edits.filter(({ move }) => moves.includes(move)).length
    expect(changedBefore).toHaveLength(count('substitute', 'delete'))
    expect(changedAfter.map(({ start, end }) => text.slice(start, end)).every((word) => words.includes(word))).toBe(
      true,
    )
    expect(changedAfter).toHaveLength(count('substitute', 'insert'))
  })

  it('reads back whenever tokenises-back says so, of 300 random edits', () => {
    const constraint = tokenisesBack({ encode }, vocabulary)
    const stream = new CounterStream(1, Purpose.Demonstration, 0)
    const encoded = encode("A film;a don't 'warm' a. film\tdull.5 a")
    const C = encoded.ids.length
    let allowed = 0
    for (let i = 0; i < 300; i++) {
      const edits: Edit[] = []
      for (let position = 0; position <= C; position++) {
        const word = wordId(stream.below(words.length))
        if (stream.below(5) === 0) edits.push({ move: 'insert', position, word })
        if (position === C || stream.below(3) > 0) continue
        edits.push(stream.below(2) === 0 ? { move: 'delete', position } : { move: 'substitute', position, word })
      }
      const read = encode(editedText(encoded, edits, vocabulary).text).ids
      const reads = String(read) === String(editWords(encoded.ids, edits).ids)
      expect(constraint.allowsEdits?.(encoded, edits)).toBe(reads)
      if (reads) allowed++
    }
    expect(allowed).toBeGreaterThan(30)
    expect(allowed).toBeLessThan(300)
  })
})

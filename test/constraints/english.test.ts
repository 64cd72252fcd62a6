import { describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { samePartOfSpeech } from '#src/constraints/same-part-of-speech.js'
import { stemsDiffer } from '#src/constraints/stems-differ.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { partsOfSpeech } from '#src/text/part-of-speech.js'
import { stemOf } from '#src/text/stem.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'
import { TextClassifier } from '#src/victims/text-classifier.js'

const words = ['the', 'film', 'films', 'movie', 'was', 'good', 'bad', 'walked', 'quickly']
const vocabulary = new Vocabulary(words, new Float64Array(words.length))
/** Every word but `film` and `films` speaks for the second label: the first order is the order above. */
const victim = new TextClassifier(
  new Embeddings(vocabulary, Float32Array.of(0, 3, -0.5, -1, 0, 0, -2, -3, -4), 1),
  Float32Array.of(1, -1),
  Float32Array.of(0, 0),
  ['first', 'second'],
  tokenizerOf('word'),
)
const encoded = victim.encode('the film was good')
const swap = (position: number, word: string) => [{ position, word: wordId(words.indexOf(word)) }]

describe("natural's Brill tagger and Porter's stems", () => {
  it('tag and stem', () => {
    expect(partsOfSpeech(['the', 'film', 'was', 'good'])).toEqual(['DT', 'NN', 'VBD', 'JJ'])
    expect([stemOf('films'), stemOf('film'), stemOf('movie')]).toEqual(['film', 'film', 'movi'])
  })
})

describe('same part of speech', () => {
  it.each([
    [1, 'movie', true],
    [3, 'bad', true],
    [1, 'walked', false],
    [3, 'quickly', false],
    [1, 'films', false],
  ] as const)('the word numbered %d may become %s: %s', (position, word, expected) => {
    expect(samePartOfSpeech(vocabulary).allows?.(encoded, swap(position, word))).toBe(expected)
  })
})

describe('stems differ', () => {
  it.each([
    [1, 'films', false],
    [1, 'film', false],
    [1, 'movie', true],
  ] as const)('the word numbered %d may become %s: %s', (position, word, expected) => {
    const [{ word: by }] = swap(position, word)
    expect(stemsDiffer(vocabulary).mayReplace?.(wordId(encoded.ids[position]), by)).toBe(expected)
  })
})

describe('hotflip under them', () => {
  it.each([
    [{}, 'the [[quickly]] was good'],
    [{ samePartOfSpeech: true }, 'the [[movie]] was good'],
    [{ samePartOfSpeech: true, stemsDiffer: true }, 'the [[movie]] was good'],
  ] as const)('with %o finds %s', async (options, expected) => {
    const attack = attacks.hotflip({ maxWords: 1, candidates: 'vocabulary', ...options })
    for await (const result of generateAdversarial(victim, attack, [{ text: 'the film was good', label: 'first' }])) {
      expect(result).toMatchObject({ resultType: 'Successful', perturbedText: expected })
    }
  })
})

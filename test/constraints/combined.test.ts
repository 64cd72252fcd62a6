import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAttack } from '#src/attacks/create-attack.js'
import { attackDefinitions, attacks } from '#src/attacks/index.js'
import { WordChoices, wordOptions } from '#src/attacks/words/word-options.js'
import { editedText } from '#src/constraints/edited-text.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { substitutions } from '#src/gradient/edit.js'
import { type Swap, swapWords } from '#src/gradient/swap.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { editDistance } from '#src/text/edit-distance.js'
import { stemOf } from '#src/text/stem.js'
import { englishStopWords } from '#src/text/stop-words.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { predict, readOnly } from '../attacks/small-examples.js'
import { normals } from '../attacks/small-victims.js'
import { drain } from '../evaluate/collect.js'

const folder = mkdtempSync(join(tmpdir(), 'constraints-'))
beforeAll(() => useTensorBackend('cpu'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const words = [
  'the',
  'film',
  'films',
  'filmed',
  'movie',
  'good',
  'goods',
  'bad',
  'dull',
  'warm',
  "don't",
  '3.5',
  'best',
]
const vocabulary = new Vocabulary(words, new Float64Array(words.length))
const embeddings = new Embeddings(vocabulary, normals(words.length * 4, 3), 4)
const victim = new TextClassifier(
  embeddings,
  normals(8, 5),
  Float32Array.of(0.1, 0),
  ['yes', 'no'],
  tokenizerOf('word'),
)
const ROWS = ['the film good', 'Good movie, the best', 'films bad', 'dull', 'the warm film the movie'].map((text) => ({
  text,
  label: victim.labels[predict(victim, victim.encode(text).ids)],
}))

const antonyms = file('antonyms.txt', 'good bad\nwarm dull film\n')
const kept = file('kept.txt', 'film\nmovie')
const wordOf = (id: number) => words[id]
const cosine = (a: number, b: number) => {
  const [x, y] = [a, b].map((id) => embeddings.vectorOf(wordId(id)))
  return x.reduce((sum, value, d) => sum + value * y[d], 0) / (Math.hypot(...x) * Math.hypot(...y))
}

/** Whether a word may replace another, and whether swaps may be made together: each constraint in its plainest form. */
interface Rule {
  readonly options: z.input<z.ZodObject<typeof wordOptions>>
  readonly single?: (word: number, by: number) => boolean
  readonly together?: (text: string, ids: Int32Array, swaps: readonly Swap[]) => boolean
  readonly couples?: boolean
  readonly most?: (count: number) => number
}

const RULES: Readonly<Record<string, Rule>> = {
  none: { options: {} },
  'least cosine': {
    options: { candidates: 'neighbours', neighbours: 99, minCosine: 0.2 },
    single: (word, by) => cosine(word, by) >= 0.2,
  },
  antonyms: {
    options: { antonyms },
    single: (word, by) =>
      !['good bad', 'warm dull', 'warm film'].some((pair) =>
        [`${wordOf(word)} ${wordOf(by)}`, `${wordOf(by)} ${wordOf(word)}`].includes(pair),
      ),
  },
  'protected words': { options: { protectedWords: kept }, single: (word) => !['film', 'movie'].includes(wordOf(word)) },
  'stop words': { options: { keepStopWords: true }, single: (word) => !englishStopWords().has(wordOf(word)) },
  stems: { options: { stemsDiffer: true }, single: (word, by) => stemOf(wordOf(word)) !== stemOf(wordOf(by)) },
  pattern: { options: { pattern: '^[a-f]' }, single: (_, by) => /^[a-f]/.test(wordOf(by)) },
  'edits of a word': {
    options: { maxWordEdits: 3 },
    single: (word, by) => editDistance(wordOf(word), wordOf(by)) <= 3,
  },
  share: { options: { maxShare: 0.5 }, most: (count) => Math.floor(count / 2) },
  'edits of the text': {
    options: { maxEdits: 4 },
    together: (text, ids, swaps) => {
      const encoded = { ...victim.encode(text), ids }
      const written = swaps.map(({ position }) =>
        text.slice(encoded.spans[position].start, encoded.spans[position].end),
      )
      return swaps.reduce((sum, { word }, i) => sum + editDistance(written[i], wordOf(word)), 0) <= 4
    },
    couples: true,
  },
  'distinct words': {
    options: { distinctWords: true },
    together: (_, ids, swaps) =>
      swaps.every(({ word }) => !ids.includes(word)) && new Set(swaps.map(({ word }) => word)).size === swaps.length,
    couples: true,
  },
}

const combined = (...names: (keyof typeof RULES)[]): [string, Rule] => {
  const rules = names.map((name) => RULES[name])
  return [
    names.join(' and '),
    {
      options: Object.assign({}, ...rules.map(({ options }) => options)),
      single: (word, by) => rules.every(({ single }) => single?.(word, by) !== false),
      together: (...given) => rules.every(({ together }) => together?.(...given) !== false),
      couples: rules.some(({ couples }) => couples),
      most: (count) => Math.min(count, ...rules.flatMap(({ most }) => (most ? [most(count)] : []))),
    },
  ]
}

const CASES: [string, Rule][] = [
  ...Object.entries(RULES),
  combined('antonyms', 'stems', 'pattern'),
  combined('least cosine', 'stop words', 'share'),
  combined('protected words', 'edits of a word', 'distinct words'),
  combined('edits of the text', 'stems', 'share'),
]

const spaceOf = (rule: Rule) => {
  const options = z.object(wordOptions).parse({ candidates: 'vocabulary', ...rule.options })
  return new WordChoices(options).space(readOnly(victim, []), { seed: 1 })
}

const swappedText = (text: string, swaps: readonly Swap[]) =>
  editedText(victim.encode(text), substitutions(swaps), vocabulary).text

/** All sets of up to `most` swaps that a rule allows and that read back. */
function* allowedSets(rule: Rule, text: string, most: number): Generator<Swap[]> {
  const encoded = victim.encode(text)
  const { ids } = encoded
  const limit = Math.min(most, rule.most?.(ids.length) ?? most)
  function* grow(from: number, made: Swap[]): Generator<Swap[]> {
    const together = rule.together?.(text, ids, made) !== false
    const read = victim.encode(swappedText(text, made)).ids
    if (made.length > 0 && together && read.join() === swapWords(ids, made).join()) yield made
    if (made.length === limit) return
    for (let position = from; position < ids.length; position++) {
      for (let by = 0; by < words.length; by++) {
        if (by === ids[position] || rule.single?.(ids[position], by) === false) continue
        yield* grow(position + 1, [...made, { position, word: wordId(by) }])
      }
    }
  }
  yield* grow(0, [])
}

const keyOf = (swaps: readonly Swap[]) => swaps.map(({ position, word }) => `${position}:${word}`).join()

describe.each(CASES)('constraints: %s', (_, rule) => {
  it('allow just what the plain rule allows: all sets of up to two swaps', () => {
    const space = spaceOf(rule)
    for (const { text } of ROWS) {
      const encoded = victim.encode(text)
      const candidates = space.candidates(encoded)
      const expected = new Set(Array.from(allowedSets(rule, text, 2), keyOf))
      const allowed = new Set(
        Array.from(allowedSets(RULES.none, text, 2))
          .filter((swaps) => swaps.every(({ position, word }) => candidates[position].includes(word)))
          .filter((swaps) => space.allows(encoded, swaps))
          .map(keyOf),
      )
      expect(allowed).toEqual(expected)
    }
  })

  it.each(attackDefinitions.filter(({ options }) => 'minCosine' in options.shape).map(({ name }) => name))(
    'hold %s, whose claims judging bears out',
    async (name) => {
      const definition = attackDefinitions.find((each) => each.name === name)!
      const attack = createAttack(definition, { candidates: 'vocabulary', ...rule.options, maxWords: 2 })
      const { items } = await drain(generateAdversarial(victim, attack, ROWS))
      items.forEach(({ perturbedText, resultType, exactMinimum, wordsChanged }, row) => {
        const { text } = ROWS[row]
        const sets = [...allowedSets(rule, text, 2)]
        const texts = sets.map((swaps) => swappedText(text, swaps))
        expect([text, ...texts]).toContain(perturbedText.replaceAll('[[', '').replaceAll(']]', ''))
        const label = predict(victim, victim.encode(text).ids)
        const flips = sets.filter((swaps) => predict(victim, swapWords(victim.encode(text).ids, swaps)) !== label)
        const fewest = Math.min(...flips.map((swaps) => swaps.length))
        if (rule.couples) expect(exactMinimum).toBeUndefined()
        else if (exactMinimum !== undefined) {
          // The minimum knows no limit on the number of swaps.
          const most = Math.min(2, rule.most?.(victim.encode(text).ids.length) ?? 2)
          expect(fewest).toBe(exactMinimum <= most ? exactMinimum : Infinity)
        }
        if (resultType === 'Successful') expect(wordsChanged).toBeGreaterThanOrEqual(fewest)
      })
      const report = await evaluate(victim, items, { attack })
      expect(report).toMatchObject({ differing: 0, unjudged: 0 })
    },
  )
})

describe('options of candidates', () => {
  it.each([
    [{ pattern: '(' }, 'attack hotflip: option pattern: no regular expression'],
    [{ antonyms: join(folder, 'none.txt') }, 'none.txt: no such file'],
    [{ protectedWords: join(folder, 'none.txt') }, 'none.txt: no such file'],
    [{ maxShare: 1.5 }, 'option maxShare'],
  ])('%o: one line', (options, message) => {
    expect(() => attacks.hotflip(options)).toThrow(message)
  })
})

import { describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { InterruptedError, UserError } from '#src/base/errors.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { generateAdversarial, type InputRow } from '#src/evaluate/generate-adversarial.js'
import { received, sendable } from '#src/evaluate/workers/worker-messages.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import type { Victim } from '#src/gradient/victim.js'
import { Phrases, withPhrases } from '#src/text/phrases.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { FunctionVictim } from '#src/victims/function-victim.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { normals } from '../attacks/small-victims.js'
import { drain, withoutSeconds } from './collect.js'
import { idle, smallVictim } from './small-victim.js'

await useTensorBackend('cpu')

const WORDS = Object.freeze(smallVictim().embeddings.vocabulary.words)

/** 60 texts of the small victim's words, some without a known word, some wrong before the attack. */
const ROWS: InputRow[] = Array.from({ length: 60 }, (_, row) => {
  const words = Array.from({ length: 1 + (row % 6) }, (_, i) => WORDS[(7 * row + 3 * i) % WORDS.length])
  return { text: row % 13 === 5 ? 'zxqv' : words.join(' '), label: row % 4 === 0 ? 'negative' : 'positive' }
})

/** Reads `good film` as one word. */
function phraseCentreWord(): CentreWord {
  const { embeddings } = smallVictim()
  const words = [...WORDS, 'good_film']
  const vectors = Float32Array.from([...embeddings.vectors, ...normals(3, 9)])
  const vocabulary = new Vocabulary(words, new Float64Array(words.length))
  const phrases = new Phrases([[{ first: 'good', second: 'film', score: 1 }]])
  return new CentreWord(
    new Embeddings(vocabulary, vectors, 3),
    normals(words.length * 3, 4),
    'sum',
    withPhrases(wordTokenizer, phrases),
  )
}

const windows: InputRow[] = ROWS.map(({ text }, row) => ({ text: `${text} ___ good film`, label: WORDS[row % 20] }))

async function run(victim: Victim, attack: Attack, rows: readonly InputRow[], options: object) {
  const perturbations: unknown[] = []
  const sink = { kept: 0, add: async (...each: unknown[]) => void perturbations.push(each) }
  const { items, returned } = await drain(
    generateAdversarial(victim, attack, rows, { batchSize: 4, ...options, perturbations: sink }),
  )
  const { seconds, rowsPerSecond, workers, ...summary } = returned
  return { results: withoutSeconds(items), summary, perturbations }
}

describe('workers', () => {
  it.each<[string, Victim, Attack, InputRow[], object]>([
    [
      'PGD from random starts at three epsilons',
      smallVictim(),
      attacks.pgd({ randomStart: true, steps: 3 }),
      ROWS,
      { epsilons: [0.2, 0.4, 1] },
    ],
    ['PGD snapped to words', smallVictim(), attacks.pgd({ epsilon: 1 }), ROWS, { snap: true }],
    ['HotFlip', smallVictim(), attacks.hotflip({ candidates: 'vocabulary', beam: 3 }), ROWS, {}],
    ['random swaps to a target', smallVictim(), attacks.random({ tries: 4 }), ROWS, { seed: 9, target: 'negative' }],
    ['a centre word with phrases', phraseCentreWord(), attacks.hotflip(), windows, { against: 'prediction' }],
  ])(
    'give the same rows, perturbations and summary, however many they are: %s',
    async (_, victim, attack, rows, options) => {
      const alone = await run(victim, attack, rows, options)
      expect(alone.summary.successful).toBeGreaterThan(0)
      expect(await run(victim, attack, rows, { ...options, workers: 2 })).toEqual(alone)
    },
  )

  it('say a line of the candidates once', async () => {
    const notes: string[] = []
    const progress = { start() {}, update() {}, stop() {}, note: (line: string) => notes.push(line) }
    const attack = attacks.hotflip({ candidates: new URL('./synonyms.json', import.meta.url).pathname })
    await run(smallVictim(), attack, ROWS, { workers: 2, progress })
    expect(notes).toEqual([expect.stringContaining('1 of its words are not in the vocabulary')])
  })

  it('go on with what an interrupted run left', async () => {
    const attack = attacks.hotflip({ candidates: 'vocabulary' })
    const { results, summary } = await run(smallVictim(), attack, ROWS, {})
    for (const kept of [3, 41]) {
      const rest = await run(smallVictim(), attack, ROWS, { workers: 2, resume: results.slice(0, kept) })
      expect(rest.results).toEqual(results.slice(kept))
      expect({ ...rest.summary, rejectedCandidates: summary.rejectedCandidates }).toEqual(summary)
    }
  })

  it('stop when the signal fires, and when nobody reads on', async () => {
    const interrupt = new AbortController()
    const options = { batchSize: 2, workers: 2, signal: interrupt.signal }
    const generator = generateAdversarial(smallVictim(), attacks.hotflip(), ROWS, options)
    await generator.next()
    interrupt.abort()
    await expect(drain(generator)).rejects.toThrow(InterruptedError)
    const left = generateAdversarial(smallVictim(), attacks.hotflip(), ROWS, { batchSize: 2, workers: 2 })
    for await (const _ of left) break
  })

  it('tell what a row does wrong as one thread does, after the rows before it', async () => {
    const rows = [...ROWS.slice(0, 9), { text: 'good', label: 'maybe' }, ...ROWS]
    const results: number[] = []
    const reading = (async () => {
      const options = { batchSize: 4, workers: 2, source: 'r.csv' }
      for await (const { row } of generateAdversarial(smallVictim(), attacks.hotflip(), rows, options))
        results.push(row)
    })()
    await expect(reading).rejects.toThrow(
      new UserError("r.csv row 10: unknown label 'maybe'; the model knows negative, positive"),
    )
    expect(results).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('tell an error as what it was', () => {
    const sent = (error: unknown) => received(structuredClone(sendable(error)))
    expect(sent(new UserError('mend it'))).toEqual(new UserError('mend it'))
    const defect = new RangeError('ours')
    expect(sent(defect)).toMatchObject({ message: 'ours', stack: defect.stack })
    expect(sent(defect)).not.toBeInstanceOf(UserError)
    expect(sent('thrown').message).toBe('thrown')
  })

  it('prove in each thread that nothing moved', async () => {
    const victim = smallVictim()
    // Lies in shared memory already, so that the threads read these very numbers.
    const vectors = new Float32Array(new SharedArrayBuffer(victim.embeddings.vectors.byteLength))
    vectors.set(victim.embeddings.vectors)
    const embeddings = new Embeddings(victim.embeddings.vocabulary, vectors, 3)
    const shared = new TextClassifier(embeddings, victim.weights, victim.bias, victim.labels, wordTokenizer)
    const generator = generateAdversarial(shared, attacks.hotflip(), ROWS, { batchSize: 4, workers: 2 })
    await generator.next()
    vectors[0] += 1
    await expect(drain(generator)).rejects.toThrow(/moved: embeddings/)
  })

  const { embeddings } = smallVictim()
  const ownVictim = new FunctionVictim({
    labels: ['a', 'b'],
    embeddings,
    tokenizer: wordTokenizer,
    logits: () => {
      throw new Error('not asked')
    },
  })
  const ownTokenizer = { ...wordTokenizer, name: 'mine' }
  const { weights, bias, labels } = smallVictim()
  it.each<[string, Victim, Attack, string]>([
    ['attack', smallVictim(), idle, 'attack idle cannot be sent to a thread; leave --workers out'],
    ['victim', ownVictim, attacks.pgd(), "a victim of kind 'function' cannot be sent to a thread; leave --workers out"],
    [
      'tokenizer',
      new TextClassifier(embeddings, weights, bias, labels, ownTokenizer),
      attacks.pgd(),
      "tokenizer 'mine' cannot be sent to a thread; leave --workers out",
    ],
  ])('refuse what only the caller has: the %s', async (_, victim, attack, message) => {
    await expect(run(victim, attack, ROWS, { workers: 2 })).rejects.toThrow(new UserError(message))
  })
})

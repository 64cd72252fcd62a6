import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { attackToFile } from '#src/evaluate/attack-to-file.js'
import { EvaluationReport, evaluate } from '#src/evaluate/evaluate.js'
import { generateAdversarial, type InputRow } from '#src/evaluate/generate-adversarial.js'
import type { JudgedResult } from '#src/evaluate/judge-results.js'
import type { AttackResult } from '#src/evaluate/result.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { all, drain } from './collect.js'
import { classifierOf, shiftGoodness, smallVictim, swapFirst, threeLabelVictim } from './small-victim.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-'))
  await useTensorBackend('cpu')
})
afterAll(() => rm(folder, { recursive: true }))

const ROWS: InputRow[] = [
  { text: 'Good film', label: 'positive' },
  { text: 'A great, lovely plot!', label: 'positive' },
  { text: 'dull', label: 'positive' },
  { text: 'zxqv', label: 'negative' },
  { text: 'the plot was bad', label: 'negative' },
]

const WORDS = Array.from({ length: 30 }, (_, i) => `word${String.fromCharCode(97 + (i % 26))}${i}`)

/** 30 words of random vectors in 6 dimensions, three labels. */
function randomVictim(seed: number): TextClassifier {
  const stream = new CounterStream(seed, Purpose.Demonstration, 0)
  const draw = (count: number) => Float32Array.from({ length: count }, () => stream.normal())
  const vocabulary = new Vocabulary(WORDS, new Float64Array(WORDS.length).fill(1))
  const embeddings = new Embeddings(vocabulary, draw(WORDS.length * 6), 6)
  return new TextClassifier(embeddings, draw(18), draw(3), ['a', 'b', 'c'], wordTokenizer)
}

function randomTexts(seed: number, count: number): InputRow[] {
  return Array.from({ length: count }, (_, row) => {
    const stream = new CounterStream(seed, Purpose.Shuffle, row)
    const words = Array.from({ length: 1 + stream.below(6) }, () => WORDS[stream.below(WORDS.length)])
    return { text: words.join(row % 2 ? ', ' : ' '), label: 'abc'[stream.below(3)] }
  })
}

/** Everything a report says but the time it took. */
const timeless = ({ seconds, rowsPerSecond, ...rest }: Record<string, unknown>) => rest

it.each([0, 1.5, Number.NaN])('refuses batches of %d rows', async (batchSize) => {
  await expect(evaluate(smallVictim(), [], { batchSize })).rejects.toThrow('evaluate: option batchSize: ')
})

describe('evaluate', () => {
  it.each([
    ['fgsm', attacks.fgsm({ epsilon: 0.4, norm: 'linf' }), {}],
    ['fgsm toward a target', attacks.fgsm({ epsilon: 2, norm: 'l2' }), { target: 'b' }],
    ['pgd', attacks.pgd({ epsilon: 1, norm: 'l2', steps: 5 }), {}],
    ['hotflip', attacks.hotflip({ maxWords: 2, beam: 2, candidates: 'vocabulary' }), {}],
    ['hotflip toward a target', attacks.hotflip({ maxWords: 2, candidates: 'vocabulary' }), { target: 'c' }],
  ])('finds what %s claimed, on every row', async (name, attack, goal) => {
    for (const ending of ['csv', 'jsonl']) {
      const output = join(folder, `${name}.${ending}`)
      const victim = randomVictim(7)
      const rows = randomTexts(3, 60)
      const savePerturbations = attack.kind === 'continuous'
      const summary = await attackToFile(victim, attack, rows, output, { ...goal, savePerturbations })
      const report = await evaluate(victim, output)
      expect(report.firstDifference).toBeNull()
      expect(report).toMatchObject({ rows: 60, differing: 0, unjudged: 0 })
      expect(report.madeAgainst).toEqual({ folder: null, sameParameters: true })
      const { file, unjudged, differing, firstDifference, transfer, madeAgainst, ...same } = report
      expect(summary).toMatchObject(same)
      expect(report.successful).toBeGreaterThan(3)
      expect(report.skipped).toBeGreaterThan(3)
      expect(EvaluationReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    }
  })

  it('finds what was claimed of perturbations brought back to words', async () => {
    const output = join(folder, 'snapped.csv')
    const attack = attacks.fgsm({ epsilon: 3, norm: 'l2' })
    const summary = await attackToFile(randomVictim(7), attack, randomTexts(3, 60), output, { snap: true })
    expect(summary.successful).toBeGreaterThan(3)
    expect(await evaluate(randomVictim(7), output)).toMatchObject({ differing: 0, successful: summary.successful })
  })

  it('knows exact minima and gaps from the settings beside the file', async () => {
    const output = join(folder, 'gaps.csv')
    const summary = await attackToFile(randomVictim(7), attacks.fgsm({ epsilon: 2 }), randomTexts(3, 60), output, {
      savePerturbations: true,
    })
    const report = await evaluate(randomVictim(7), output)
    expect(summary.gap?.rows).toBe(summary.successful)
    expect(report.gap).toEqual(summary.gap)
  })

  it('cannot judge rows of a continuous attack without their perturbation, and leaves them out', async () => {
    const { items } = await drain(generateAdversarial(smallVictim(), shiftGoodness(0.6), ROWS))
    const report = await evaluate(smallVictim(), items)
    expect(report).toMatchObject({ rows: 2, skipped: 2, unjudged: 3, differing: 0, successful: 0 })
    expect(report.successRate.share).toBeNull()
  })

  it('believes no claim', async () => {
    const victim = smallVictim()
    const { items } = await drain(generateAdversarial(victim, swapFirst(victim, 'awful'), ROWS))
    const tamper: [number, Partial<AttackResult>, keyof AttackResult][] = [
      [0, { resultType: 'Failed' }, 'resultType'],
      [0, { perturbedText: '[[great]] film' }, 'resultType'],
      [0, { originalOutput: 'negative' }, 'originalOutput'],
      [0, { perturbedOutput: 'positive' }, 'perturbedOutput'],
      [1, { resultType: 'Successful' }, 'resultType'],
      [1, { perturbedScore: 0.99 }, 'perturbedScore'],
      [1, { wordsChanged: 2 }, 'wordsChanged'],
      [1, { l2: 0.1 }, 'l2'],
      [1, { linf: undefined }, 'linf'],
      [2, { resultType: 'Successful' }, 'resultType'],
      [3, { originalOutput: 'negative' }, 'originalOutput'],
    ]
    for (const [index, change, column] of tamper) {
      const results = items.map((item, i) => (i === index ? { ...item, ...change } : item))
      const report = await evaluate(victim, results)
      expect(report.differing).toBe(1)
      expect(report.firstDifference).toMatchObject({ row: index + 1, column })
    }
    const honest = await evaluate(victim, items)
    expect(honest.differing).toBe(0)
  })

  it('counts a flip that only the marks hide', async () => {
    const victim = smallVictim()
    const { items } = await drain(generateAdversarial(victim, swapFirst(victim, 'awful'), ROWS.slice(0, 1)))
    const unmarked = items.map((item) => ({ ...item, originalText: 'Good film', perturbedText: 'awful film' }))
    expect(await evaluate(victim, unmarked)).toMatchObject({ differing: 0, successful: 1 })
  })

  it('gives each row as it was judged', async () => {
    const victim = smallVictim()
    const { items } = await drain(generateAdversarial(victim, swapFirst(victim, 'awful'), ROWS))
    const rows: JudgedResult[] = []
    await evaluate(victim, items, { onRow: (row) => void rows.push(row), batchSize: 2 })
    expect(rows.map(({ claimed }) => claimed)).toEqual(items)
    expect(rows.map(({ judged }) => judged)).toEqual(items)
    expect(rows[0]).toMatchObject({ originalText: 'Good film', perturbedText: 'awful film', underAttack: 'positive' })
  })

  it('leaves NaN to nobody without rows', async () => {
    const report = await evaluate(smallVictim(), [])
    expect(JSON.stringify(report)).not.toMatch(/NaN/)
    expect(EvaluationReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })

  it('refuses the perturbations of a victim with other dimensions', async () => {
    const output = join(folder, 'dimensions.csv')
    const rows = [
      { text: 'worda0 wordb1', label: 'a' },
      { text: 'wordc2', label: 'a' },
    ]
    await attackToFile(randomVictim(7), attacks.fgsm({}), rows, output, {
      against: 'prediction',
      savePerturbations: true,
    })
    const other = randomVictim(8)
    const wider = new Embeddings(other.embeddings.vocabulary, new Float32Array(30 * 8).fill(1), 8)
    const victim = new TextClassifier(wider, new Float32Array(24), new Float32Array(3), other.labels, wordTokenizer)
    await expect(evaluate(victim, output)).rejects.toThrow(
      /row 1: the saved perturbation is \[2,6\], the model reads \[2,8\]/,
    )
    await expect(evaluate(victim, output)).rejects.toThrow(UserError)
  })
})

describe('transfer', () => {
  it('counts flips of the flipped rows on a victim that has them right', async () => {
    const victim = smallVictim()
    const { items } = await drain(generateAdversarial(victim, swapFirst(victim, 'awful'), ROWS))
    const stubborn = smallVictim()
    stubborn.bias[1] = 40
    const contrary = smallVictim()
    contrary.weights.set([1, -1], 0)
    const others = { same: smallVictim(), three: threeLabelVictim(), stubborn, contrary }
    const transfer = Object.entries(others).map(([name, other]) => ({ name, victim: other }))
    const report = await evaluate(victim, items, { transfer })
    expect(report.successful).toBe(1)
    expect(report.transfer.map(({ victim, flips, unjudged }) => [victim, flips.count, flips.of, unjudged])).toEqual([
      ['same', 1, 1, 0],
      ['three', 1, 1, 0],
      ['stubborn', 0, 1, 0],
      ['contrary', 0, 0, 0],
    ])
    const stranger = new CentreWord(victim.embeddings, new Float32Array(60).fill(1), 'mean', wordTokenizer)
    await expect(evaluate(victim, items, { transfer: [{ name: 'stranger', victim: stranger }] })).rejects.toThrow(
      /^stranger: has no label of the attacked model, negative, positive; the model knows 20 labels, the, a/,
    )
  })

  it('adds perturbations where the other victim reads the same shape', async () => {
    const output = join(folder, 'transfer.csv')
    const victim = smallVictim()
    await attackToFile(victim, shiftGoodness(0.6), ROWS, output, { savePerturbations: true })
    const deaf = classifierOf({ good: [1, 0, 0], plot: [0, 0, 0] }, [...victim.weights])
    const transfer = [
      { name: 'same', victim: smallVictim() },
      { name: 'deaf', victim: deaf },
    ]
    const report = await evaluate(victim, output, { transfer })
    expect(report.successful).toBe(2)
    const [same, shorter] = report.transfer
    expect(same).toMatchObject({ flips: { count: 2, of: 2 }, unjudged: 0 })
    expect(shorter).toMatchObject({ flips: { count: 0, of: 0 }, unjudged: 2 })
  })
})

describe('exact minima', () => {
  it('are those of a continuous attack’s norm: the flip needs just more than |mean goodness| in Linf (1e-6)', async () => {
    const { items, returned } = await drain(generateAdversarial(smallVictim(), shiftGoodness(0.9), ROWS))
    // The weights differ in the first dimension alone, so that the minimum is the mean goodness itself.
    const expected = [0.5, 0.875, undefined, undefined, 1.25 / 4]
    items.forEach(({ exactMinimum }, i) => {
      if (expected[i] === undefined) expect(exactMinimum).toBeUndefined()
      else expect(Math.abs(exactMinimum! - expected[i])).toBeLessThan(1e-6)
    })
    expect(Math.abs(items[0].gap! - (0.9 / 0.5 - 1))).toBeLessThan(1e-6)
    expect(returned.gap).toMatchObject({ rows: 3, atOptimum: 0 })
  })

  it('are numbers of swaps of an attack on words, by brute force', async () => {
    const victim = randomVictim(11)
    const rows = randomTexts(5, 40).map(({ text }) => ({ text }))
    const attack = attacks.hotflip({ maxWords: 2, candidates: 'vocabulary', beam: 3 })
    const { items } = await drain(generateAdversarial(victim, attack, rows))
    const logitsOf = (ids: number[]) => {
      const embedded = Float32Array.from(
        ids.flatMap((id) => [...victim.embeddings.vectors.subarray(6 * id, 6 * id + 6)]),
      )
      return victim.logits({ embedded, offsets: Int32Array.of(0, ids.length), dimensions: 6 })
    }
    const best = (ids: number[]) => [...logitsOf(ids)].reduce((k, z, i, all) => (z > all[k] ? i : k), 0)
    let ones = 0
    items.forEach((item, row) => {
      const ids = [...victim.encode(rows[row].text).ids]
      const label = best(ids)
      const single = ids.some((_, i) => WORDS.some((_, word) => best(ids.with(i, word)) !== label))
      expect(item.exactMinimum === 1).toBe(single)
      if (single) ones++
      if (item.resultType === 'Successful') expect(item.gap).toBe(item.wordsChanged! / item.exactMinimum! - 1)
    })
    expect(ones).toBeGreaterThan(5)
    expect(ones).toBeLessThan(40)
  })

  it('bound the curve: no attack flips more than the exact share, and this one as many', async () => {
    const within = { epsilons: [1, 0.1, 0.4, 0.6] }
    const { curve } = (await drain(generateAdversarial(smallVictim(), shiftGoodness(1), ROWS, within))).returned
    expect(curve.map(({ epsilon }) => epsilon)).toEqual([0.1, 0.4, 0.6, 1])
    for (const { flips, exact } of curve) expect(exact).toMatchObject({ count: flips, of: 3 })
    expect(curve.map(({ flips }) => flips)).toEqual([0, 1, 2, 3])
    const fgsm = attacks.fgsm({ norm: 'l2' })
    const random = generateAdversarial(randomVictim(7), fgsm, randomTexts(3, 40), { epsilons: [0.1, 0.5, 2] })
    for (const { flips, exact } of (await drain(random)).returned.curve) expect(flips).toBeLessThanOrEqual(exact!.count)
  })

  it('of a norm are known toward a target among three labels, those of swaps are not', async () => {
    const options = { target: 'negative' }
    const { items } = await drain(generateAdversarial(threeLabelVictim(), shiftGoodness(0.9), ROWS, options))
    // Mean goodness: good film 1/2, great lovely plot (with a) 3.5/4; the third label is far away.
    expect(items.map(({ exactMinimum }) => exactMinimum)).toEqual([0.5, 0.875, undefined, undefined, undefined])
    const words = await drain(generateAdversarial(threeLabelVictim(), attacks.hotflip(), ROWS, options))
    for (const { exactMinimum, certifiedSwaps } of words.items) {
      expect([exactMinimum, certifiedSwaps]).toEqual([undefined, undefined])
    }
  })

  it('are unknown where the fewest swaps make a text that reads otherwise', async () => {
    const victim = classifierOf({ good: [1], fine: [0.5], 'very-bad': [-9] }, [-1, 1])
    const attack = attacks.hotflip({ candidates: 'vocabulary' })
    const { items, returned } = await drain(generateAdversarial(victim, attack, [{ text: 'good fine' }]))
    expect(items[0]).toMatchObject({ resultType: 'Failed' })
    expect(items[0].exactMinimum).toBeUndefined()
    expect(returned.rejectedCandidates).toBeGreaterThan(0)
  })

  it('never show as Infinity in a row', async () => {
    const victim = smallVictim()
    victim.bias[1] = 40
    const attack = attacks.hotflip({ candidates: 'vocabulary' })
    const { items, returned } = await drain(generateAdversarial(victim, attack, [{ text: 'good film' }]))
    expect(items[0]).toMatchObject({ resultType: 'Failed' })
    expect(items[0].exactMinimum).toBeUndefined()
    expect(JSON.stringify(timeless(returned))).not.toContain('Infinity')
  })
})

describe('a centre word', () => {
  it('is attacked at its own prediction, the true word standing in the ground truth', async () => {
    const { embeddings } = smallVictim()
    const victim = new CentreWord(
      embeddings,
      embeddings.vectors.map((value, i) => value * (1 + (i % 7))),
      'mean',
      wordTokenizer,
    )
    const rows = [{ text: 'the good ___ was great', label: 'film' }]
    const { items, returned } = await drain(
      generateAdversarial(victim, attacks.hotflip({ candidates: 'vocabulary' }), rows),
    )
    expect(returned.against).toBe('prediction')
    expect(items[0].groundTruthOutput).toBe('film')
    expect(items[0].resultType).toBe('Successful')
    expect(items[0].perturbedText).toContain('___')
    const [judged] = await all(collectJudged(victim, items))
    expect(judged.judged).toEqual(items[0])
    const truth = await drain(generateAdversarial(victim, attacks.hotflip({}), rows, { against: 'truth' }))
    expect(truth.items[0].resultType).toBe('Skipped')
  })
})

async function* collectJudged(victim: CentreWord, items: readonly AttackResult[]): AsyncGenerator<JudgedResult> {
  const rows: JudgedResult[] = []
  await evaluate(victim, items, {
    attack: attacks.hotflip({ candidates: 'vocabulary' }),
    onRow: (row) => void rows.push(row),
  })
  yield* rows
}

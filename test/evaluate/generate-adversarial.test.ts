import { describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { InterruptedError, UserError } from '#src/base/errors.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { generateAdversarial, type InputRow } from '#src/evaluate/generate-adversarial.js'
import { AttackSummary } from '#src/evaluate/summary.js'
import { Vocabulary, wordId } from '#src/text/vocabulary.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { withoutSeconds } from './collect.js'
import { ROWS, type RunOptions, run } from './small-run.js'
import { idle, shiftGoodness, smallVictim, swapFirst, threeLabelVictim } from './small-victim.js'

describe('generateAdversarial', () => {
  it('swaps in the text as written and marks what changed', async () => {
    const victim = smallVictim()
    const { results, summary } = await run(swapFirst(victim, 'awful'), ROWS, {}, victim)
    expect(results.map(({ row, resultType }) => `${row} ${resultType}`)).toEqual([
      '1 Successful',
      '2 Failed',
      '3 Skipped',
      '4 Skipped',
      '5 Failed',
    ])
    const [first, second, wrong, unknown] = results
    expect(first).toMatchObject({
      originalText: '[[Good]] film',
      perturbedText: '[[awful]] film',
      originalOutput: 'positive',
      perturbedOutput: 'negative',
      groundTruthOutput: 'positive',
      wordsChanged: 1,
      perturbedPercent: 50,
      numQueries: 0,
    })
    // Logits are minus and plus the mean goodness: 1/2 before, -1 after.
    expect(first.originalScore).toBeCloseTo(1 / (1 + Math.exp(1)), 12)
    expect(first.perturbedScore).toBeCloseTo(1 / (1 + Math.exp(-2)), 12)
    expect(second.perturbedText).toBe('[[awful]] great, lovely plot!')
    expect(wrong).toMatchObject({ originalText: 'dull', perturbedText: 'dull', originalOutput: 'negative' })
    expect(wrong.perturbedOutput).toBe('negative')
    expect(wrong.l2).toBeUndefined()
    expect(unknown).toMatchObject({ perturbedText: 'zxqv', groundTruthOutput: 'negative', numForwards: 0 })
    expect(unknown.originalOutput).toBeUndefined()
    expect(unknown.originalScore).toBeUndefined()
    expect(summary).toMatchObject({ rows: 5, successful: 1, failed: 2, skipped: 2, against: 'truth' })
    expect(summary.accuracyBefore).toMatchObject({ count: 3, of: 5 })
    expect(summary.accuracyUnderAttack).toMatchObject({ count: 2, of: 5 })
    expect(summary.successRate).toMatchObject({ count: 1, of: 3 })
    expect(summary.wordsChanged).toEqual({ mean: 1, median: 1 })
  })

  it('gives norms of the change of the embedded input, all positions jointly (1e-12)', async () => {
    const victim = smallVictim()
    const { results } = await run(swapFirst(victim, 'awful', 2), [{ text: 'good film' }], {}, victim)
    const of = (word: string) => victim.embeddings.vectorOf(victim.embeddings.vocabulary.idOf(word)!)
    const change = ['good', 'film'].flatMap((word) => [...of('awful')].map((value, i) => value - of(word)[i]))
    const [{ l1, l2, linf }] = results
    expect(l1).toBeCloseTo(
      change.reduce((sum, value) => sum + Math.abs(value), 0),
      12,
    )
    expect(l2).toBeCloseTo(Math.hypot(...change), 12)
    expect(linf).toBe(Math.max(...change.map(Math.abs)))
  })

  it('writes the summary as its schema has it, with equal hashes', async () => {
    const { summary } = await run(shiftGoodness(0.6), ROWS, { seed: 3, source: 'reviews.csv' })
    expect(AttackSummary.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
    expect(summary.readOnlyProof.after).toBe(summary.readOnlyProof.before)
    expect(summary.readOnlyProof.before).toMatch(/^[0-9a-f]{64}$/)
    expect(summary).toMatchObject({ seed: 3, source: 'reviews.csv', goal: 'untargeted', target: null })
    expect(summary.versions.node).toBe(process.versions.node)
  })

  it('leaves NaN to nobody when there are no rows, or none to attack', async () => {
    for (const rows of [[], [{ text: '' }], [{ text: 'dull', label: 'positive' }]]) {
      const { summary } = await run(shiftGoodness(1), rows)
      expect(JSON.stringify(summary)).not.toMatch(/NaN|Infinity/)
      expect(AttackSummary.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
      expect(summary.successRate).toEqual({ count: 0, of: 0, share: null, interval: null })
      expect(summary.l2).toBeNull()
      expect(summary.queriesPerRow).toBeNull()
    }
  })

  it('attacks the prediction where a row has no label', async () => {
    const victim = smallVictim()
    const rows = [{ text: 'good film' }, { text: 'bad film' }]
    const { results, summary } = await run(swapFirst(victim, 'awful'), rows, {}, victim)
    expect(results.map(({ resultType }) => resultType)).toEqual(['Successful', 'Failed'])
    expect(results[0].groundTruthOutput).toBeUndefined()
    expect(summary.accuracyBefore.of).toBe(0)
  })

  it('attacks the prediction of a row it gets wrong when asked to', async () => {
    const victim = smallVictim()
    const rows = [{ text: 'good film', label: 'negative' }]
    const { results } = await run(swapFirst(victim, 'awful'), rows, { against: 'prediction' }, victim)
    expect(results[0]).toMatchObject({ resultType: 'Successful', groundTruthOutput: 'negative' })
  })

  it('reaches a target, skips what is there already, and does not take another label for it', async () => {
    const victim = threeLabelVictim()
    const rows: InputRow[] = [
      { text: 'good film', label: 'positive' },
      { text: 'bad film', label: 'negative' },
    ]
    const reached = await run(swapFirst(victim, 'awful'), rows, { target: 'negative' }, victim)
    expect(reached.results.map(({ resultType }) => resultType)).toEqual(['Successful', 'Skipped'])
    expect(reached.summary).toMatchObject({ goal: 'targeted', target: 'negative' })
    const missed = await run(swapFirst(victim, 'awful'), rows, { target: 'odd' }, victim)
    expect(missed.results.map(({ resultType }) => resultType)).toEqual(['Failed', 'Failed'])
    // The first row left its label without reaching the target: it is no success, and wrong all the same.
    expect(missed.summary.accuracyUnderAttack.count).toBe(1)
  })

  it('counts what the attack asked of the victim, not what judging asked', async () => {
    const { results, summary } = await run(shiftGoodness(0.1), ROWS)
    expect(results.map(({ numForwards, numGradients, numQueries }) => [numForwards, numGradients, numQueries])).toEqual(
      [
        [1, 0, 1],
        [1, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
        [1, 0, 1],
      ],
    )
    expect(summary.forwardsPerRow).toBe(1)
    expect(summary.gradientsPerRow).toBe(0)
  })

  it('gives rows for the largest epsilon and a curve of all', async () => {
    // Mean goodness: good film 1/2, great lovely plot (with a) 3.5/4, the plot was awful -1/2.
    const { results, summary } = await run(shiftGoodness(9), ROWS, { epsilons: [0.9, 0.25, 0.6] })
    expect(results.map(({ epsilon }) => epsilon)).toEqual([0.9, 0.9, undefined, undefined, 0.9])
    expect(summary.curve.map(({ epsilon, flips }) => [epsilon, flips])).toEqual([
      [0.25, 0],
      [0.6, 2],
      [0.9, 3],
    ])
    expect(summary.curve[1].successRate).toBe(2 / 3)
    expect(summary.curve.map(({ accuracy }) => accuracy.count)).toEqual([3, 1, 0])
    expect(summary.attack.options.epsilon).toBe(0.9)
    expect(results[0].linf).toBeCloseTo(0.9, 6)
  })

  it('claims no fewest swaps where those read back otherwise, but what is certified all the same', async () => {
    const { embeddings, weights, bias, labels, tokenizer } = smallVictim()
    // The worst word by far is read as two.
    const words = [...embeddings.vocabulary.words, 'god. awful']
    const vectors = Float32Array.from([...embeddings.vectors, -9, 0, 0])
    const split = new Embeddings(new Vocabulary(words, new Float64Array(words.length)), vectors, 3)
    const victim = new TextClassifier(split, weights, bias, labels, tokenizer)
    const rows = [{ text: 'great great great' }, { text: 'bad film' }]
    const { results } = await run(attacks.hotflip({ candidates: 'vocabulary', maxWords: 3 }), rows, {}, victim)
    expect(results[0]).toMatchObject({ resultType: 'Successful', wordsChanged: 2, certifiedSwaps: 0 })
    expect([results[0].exactMinimum, results[0].gap]).toEqual([undefined, undefined])
    expect(results[1]).toMatchObject({ resultType: 'Successful', wordsChanged: 1, exactMinimum: 1, gap: 0 })
  })

  it('gives the same results at any batch size', async () => {
    const whole = await run(shiftGoodness(0.6), ROWS)
    for (const batchSize of [1, 2, 3]) {
      const { results } = await run(shiftGoodness(0.6), ROWS, { batchSize })
      expect(withoutSeconds(results)).toEqual(withoutSeconds(whole.results))
    }
  })

  it('brings perturbed embeddings back to the nearest words when asked to', async () => {
    const rows = [{ text: 'Good film' }, { text: 'fine plot' }]
    const { embeddings } = smallVictim()
    const nearestBelow = (word: string) => {
      const x = embeddings.vectorOf(embeddings.vocabulary.idOf(word)!).slice()
      x[0] -= 1.2
      const distances = embeddings.vocabulary.words.map((_, id) =>
        Math.hypot(...embeddings.vectorOf(wordId(id)).map((value, d) => value - x[d])),
      )
      return embeddings.vocabulary.words[distances.indexOf(Math.min(...distances))]
    }
    const { results, summary } = await run(shiftGoodness(1.2), rows, { snap: true })
    expect(results[0].perturbedText).toBe(`[[${nearestBelow('good')}]] [[${nearestBelow('film')}]]`)
    expect(results[0]).toMatchObject({ resultType: 'Successful', wordsChanged: 2, perturbedPercent: 100 })
    expect(results[1].perturbedText).toBe(`[[${nearestBelow('fine')}]] [[${nearestBelow('plot')}]]`)
    expect(summary).toMatchObject({ snap: true, flipsBeforeSnap: 2, successful: 2 })
    expect((await run(shiftGoodness(1.2), rows)).summary).toMatchObject({ snap: false, flipsBeforeSnap: null })
    // fine 0.24 stays nearest to itself, plot -0.26 becomes ordinary, -0.25: together 0.125 above the boundary.
    const timid = await run(shiftGoodness(0.26), [{ text: 'fine plot' }], { snap: true })
    expect(timid.summary).toMatchObject({ flipsBeforeSnap: 1, successful: 0 })
    expect(timid.results[0]).toMatchObject({ perturbedText: 'fine [[ordinary]]', resultType: 'Failed' })
    await expect(run(idle, ROWS, { snap: true })).rejects.toThrow('attack idle gives words already; leave --snap out')
  })

  it('shares the seconds of a batch evenly', async () => {
    const started = performance.now()
    const { results, summary } = await run(shiftGoodness(0.6), ROWS, { batchSize: 4 })
    const elapsed = (performance.now() - started) / 1000
    expect(new Set(results.slice(0, 4).map(({ seconds }) => seconds)).size).toBe(1)
    expect(summary.seconds).toBeCloseTo(
      results.reduce((sum, { seconds }) => sum + seconds, 0),
      12,
    )
    expect(summary.seconds).toBeLessThanOrEqual(elapsed)
  })

  it('takes rows as they come, with numbers of their own, up to a limit', async () => {
    let asked = 0
    async function* rows() {
      for (let row = 11; row < 1000; row += 11) {
        asked++
        yield { row, text: 'good film' }
      }
    }
    const generator = generateAdversarial(smallVictim(), idle, rows(), { limit: 3, batchSize: 2 })
    const numbers: number[] = []
    for await (const { row } of generator) numbers.push(row)
    expect(numbers).toEqual([11, 22, 33])
    expect(asked).toBe(3)
  })

  it('stops between batches when the signal fires', async () => {
    const interrupt = new AbortController()
    const generator = generateAdversarial(smallVictim(), idle, ROWS, { batchSize: 2, signal: interrupt.signal })
    await generator.next()
    interrupt.abort()
    await generator.next()
    await expect(generator.next()).rejects.toThrow(InterruptedError)
  })

  it('hears a signal that comes while it works through rows in memory', async () => {
    const interrupt = new AbortController()
    const many = Array.from({ length: 1000 }, () => ROWS[0])
    setImmediate(() => interrupt.abort())
    const generator = generateAdversarial(smallVictim(), idle, many, { batchSize: 1, signal: interrupt.signal })
    const all = async () => {
      for await (const _ of generator);
    }
    await expect(all()).rejects.toThrow(InterruptedError)
  })

  const known = 'the model knows negative, positive'
  it.each<[string, RunOptions, InputRow[], string]>([
    [
      'a label',
      { source: 'reviews.csv' },
      [{ text: 'good', label: 'maybe' }],
      `reviews.csv row 1: unknown label 'maybe'; ${known}`,
    ],
    ['a target', { target: 'maybe' }, ROWS, `target: unknown label 'maybe'; ${known}`],
    ['no target', { goal: 'targeted' }, ROWS, `goal targeted: needs a target; ${known}`],
    [
      'an unwanted target',
      { goal: 'untargeted', target: 'negative' },
      ROWS,
      "target 'negative': the goal is untargeted; leave one of the two out",
    ],
    ['an epsilon', { epsilons: [0.1] }, ROWS, 'attack idle has no epsilon; leave --epsilon out'],
  ])('refuses %s that cannot be', async (_, options, rows, message) => {
    await expect(run(idle, rows, options)).rejects.toThrow(new UserError(message))
  })

  it.each([Number.NaN, -0.1, Number.POSITIVE_INFINITY])('refuses epsilon %f', async (epsilon) => {
    await expect(run(shiftGoodness(1), ROWS, { epsilons: [epsilon] })).rejects.toThrow(/epsilon/)
  })

  it('leaves a row as it was whose logits are not finite after the attack, and says so', async () => {
    const victim = smallVictim()
    victim.weights.fill(3e38)
    const rows = [{ text: 'film' }, { text: 'fine' }]
    const { results, summary } = await run(shiftGoodness(3e38), rows, {}, victim)
    expect(results[1]).toMatchObject({ resultType: 'Failed', perturbedText: 'fine', linf: 0 })
    expect(results[1].reason).toBe("the model's logits are not finite")
    expect(summary.reasons["the model's logits are not finite"]).toBeGreaterThan(0)
  })

  it.each<[string, Attack]>([
    ['too few outcomes', { ...idle, run: () => [] }],
    [
      'a position outside',
      {
        ...idle,
        run: (_, e) => e.map(() => ({ kind: 'words', edits: [{ move: 'substitute', position: 9, word: wordId(0) }] })),
      },
    ],
    [
      'a word outside',
      {
        ...idle,
        run: (_, e) => e.map(() => ({ kind: 'words', edits: [{ move: 'substitute', position: 0, word: wordId(20) }] })),
      },
    ],
    [
      'a position twice',
      {
        ...idle,
        run: (_, e) =>
          e.map(() => ({
            kind: 'words',
            edits: [0, 0].map((position) => ({ move: 'substitute', position, word: wordId(3) })),
          })),
      },
    ],
    [
      'an input of another size',
      { ...idle, run: (_, e) => e.map(() => ({ kind: 'continuous', embedded: new Float32Array(1) })) },
    ],
    ['NaN', shiftGoodness(Number.NaN)],
    ['more than its epsilon', { ...shiftGoodness(-5), ball: { norm: 'linf', epsilon: 0.1 } }],
  ])('calls an attack that gives %s defective', async (_, attack) => {
    const failure = await run(attack, [{ text: 'good film' }]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(UserError)
    expect(String(failure)).toContain(attack.name)
  })

  it('leaves a word swapped for itself as it was written', async () => {
    const victim = smallVictim()
    const { results } = await run(swapFirst(victim, 'good'), [{ text: 'GOOD film' }], {}, victim)
    expect(results[0]).toMatchObject({ perturbedText: 'GOOD film', wordsChanged: 0, perturbedPercent: 0, l2: 0 })
  })
})

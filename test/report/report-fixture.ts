import type { AttackResult } from '#src/evaluate/result.js'
import { shareOf } from '#src/evaluate/statistics/statistics.js'
import type { AttackSummary } from '#src/evaluate/summary.js'
import type { ReportedAttack, ReportInput, WordGradient } from '#src/report/report-input.js'
import { markChanges } from '#src/text/changed-words.js'

const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

const FOUND_NOTHING = { wordsChanged: null, perturbedPercent: null, l1: null, l2: null, linf: null, gap: null }

/** A summary of 200 rows, 156 of them right at first, `flipped` of those flipped. */
export function summaryOf(flipped: number, changes: Partial<AttackSummary> = {}): AttackSummary {
  return {
    rows: 200,
    successful: flipped,
    failed: 156 - flipped,
    skipped: 44,
    accuracyBefore: shareOf(156, 200),
    accuracyUnderAttack: shareOf(156 - flipped, 200),
    successRate: shareOf(flipped, 156),
    ...FOUND_NOTHING,
    forwardsPerRow: 2.31,
    gradientsPerRow: 1,
    queriesPerRow: 3.31,
    seconds: 1.234,
    rowsPerSecond: 200 / 1.234,
    attack: { name: 'hotflip', kind: 'words', options: { maxWords: 2, beam: 8, candidates: 'neighbours' } },
    goal: 'untargeted',
    target: null,
    against: 'truth',
    seed: 7,
    batchSize: 64,
    limit: null,
    certified: [],
    reasons: {},
    queries: null,
    workers: 1,
    snap: false,
    source: 'data/reviews.csv.gz',
    victim: {
      kind: 'text-classifier',
      labels: 2,
      vocabulary: 20431,
      dimensions: 100,
      folder: 'models/quickstart/classifier',
      sha256: HASH,
    },
    readOnlyProof: { before: HASH, after: HASH },
    rejectedCandidates: 17,
    flipsBeforeSnap: null,
    curve: [],
    backend: 'wasm',
    versions: { 'cbow-adversarial': '0.1.0', node: '20.20.2' },
    ...changes,
  }
}

/** The curve of a continuous attack that flips these many of 156 at each epsilon, and the best one these many. */
export function curveOf(epsilons: readonly number[], flips: readonly number[], exact?: readonly number[]) {
  return epsilons.map((epsilon, i) => {
    const { share, interval } = shareOf(flips[i], 156)
    const accuracy = shareOf(156 - flips[i], 200)
    return {
      epsilon,
      flips: flips[i],
      successRate: share,
      interval,
      accuracy,
      exact: exact ? shareOf(exact[i], 156) : null,
    }
  })
}

export function continuous(
  name: string,
  flips: readonly number[],
  changes: Partial<AttackSummary> = {},
): AttackSummary {
  return summaryOf(flips.at(-1)!, {
    attack: { name, kind: 'continuous', options: { norm: 'linf', epsilon: 0.1, steps: name === 'pgd' ? 40 : 1 } },
    l1: { mean: 151.2, median: 140.1 },
    l2: { mean: 3.571, median: 3.4 },
    linf: { mean: 0.1, median: 0.1 },
    curve: curveOf([0.01, 0.0333, 0.1], flips, [26, 78, 145]),
    ...changes,
  })
}

/** An example whose words weigh what stands behind them: `dull:-0.02`. A change is `dull>fine:-0.02`. */
export function exampleOf(attack: string, words: string, changes: Partial<AttackResult> = {}) {
  let original = ''
  let perturbed = ''
  const gradient: WordGradient[] = []
  const changed: { start: number; end: number }[] = []
  const inserted: { start: number; end: number }[] = []
  for (const [, before, after, weight] of words.matchAll(/(\S+?)(?:>(\S+?))?(?::(\S+))?(?:\s|$)/g)) {
    if (original !== '') {
      original += ' '
      perturbed += ' '
    }
    const span = { start: original.length, end: original.length + before.length }
    if (weight !== undefined) gradient.push({ ...span, weight: Number(weight), norm: 0.0123 })
    if (after !== undefined) {
      changed.push(span)
      inserted.push({ start: perturbed.length, end: perturbed.length + after.length })
    }
    original += before
    perturbed += after ?? before
  }
  const result: AttackResult = {
    row: 12,
    originalText: markChanges(original, changed),
    perturbedText: markChanges(perturbed, inserted),
    originalScore: 0.17,
    perturbedScore: 0.59,
    originalOutput: 'negative',
    perturbedOutput: 'positive',
    groundTruthOutput: 'negative',
    numQueries: 4,
    resultType: 'Successful',
    wordsChanged: changed.length,
    perturbedPercent: 6.25,
    numForwards: 3,
    numGradients: 1,
    exactMinimum: 2,
    gap: 0,
    seconds: 0.01,
    ...changes,
  }
  return { attack, result, gradient }
}

const REVIEW =
  'the:0.0004 movie:-0.0021 is:0.0003 a:-0.0002 dull>wonderful:-0.0310 ,  predictable>touching:-0.0245 ' +
  'exercise:-0.0101 in:0.0008 sentiment:0.0040 that:-0.0007 never:-0.0132 finds:0.0092 the:0.0004 ' +
  'warmth:0.0207 of:0.0003 its:0.0051 source:-0.0009 , and:0.0038 the:0.0004 leads:-0.0017 deserve:0.0063 better:-0.0058'

/** Every claim of the rows held. */
export const ALL_HELD = { unjudged: 0, differing: 0, firstDifference: null }

/** A report as `npm start` would give it. */
export function reportOf(changes: Partial<ReportInput> = {}): ReportInput {
  const attacks: ReportedAttack[] = [
    {
      label: 'pgd',
      summary: continuous('pgd', [26, 77, 144], {
        gap: { rows: 144, mean: 0.01, median: 0.004, percentile95: 0.02, atOptimum: 60 },
      }),
    },
    { label: 'fgsm', summary: continuous('fgsm', [24, 70, 131]) },
    {
      label: 'hotflip',
      judged: ALL_HELD,
      summary: summaryOf(152, {
        wordsChanged: { mean: 1.42, median: 1 },
        perturbedPercent: { mean: 8.31, median: 7 },
        l2: { mean: 2.1, median: 2 },
        gap: { rows: 152, mean: 0.007, median: 0, percentile95: 0, atOptimum: 151 },
      }),
    },
    {
      label: 'random',
      summary: summaryOf(9, { wordsChanged: { mean: 2, median: 2 }, perturbedPercent: { mean: 10.4, median: 9 } }),
    },
  ]
  const examples = [
    exampleOf('hotflip', REVIEW),
    exampleOf('pgd', REVIEW.replaceAll(/>\w+/g, ''), {
      row: 3,
      wordsChanged: undefined,
      linf: 0.1,
      l2: 3.51,
      l1: 148,
      epsilon: 0.1,
      exactMinimum: 0.0312,
      gap: 2.21,
    }),
  ]
  return {
    title: 'Adversarial examples against models/quickstart/classifier',
    attacks,
    examples,
    transfer: {
      victims: ['models/frozen', 'models/other-seed'],
      rows: [{ attack: 'hotflip', flips: [shareOf(81, 152), shareOf(120, 150)] }],
    },
    commands: [
      'generate-adversarial data/reviews.csv.gz --model models/quickstart/classifier --attack pgd --epsilon 0.01,0.0333,0.1 --seed 7 --output pgd.csv',
      'generate-adversarial data/reviews.csv.gz --model models/quickstart/classifier --attack hotflip --max-words 2 --beam 8 --seed 7 --output hotflip.csv',
    ],
    ...changes,
  }
}

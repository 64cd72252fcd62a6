import { describe, expect, it } from 'vitest'
import type { CbowSettings } from '#src/cbow/cbow-options.js'
import { Draws, drawTables } from '#src/cbow/draws.js'
import { SENTENCE_END } from '#src/cbow/encoded-corpus.js'
import { cpuEngine } from '#src/cbow/engines/cpu.js'
import { wasmEngine } from '#src/cbow/engines/wasm.js'
import { CbowKernel, loadKernelModule } from '#src/kernels/cbow-kernel.js'
import { type CbowExample, CbowReference, type CbowRule } from '#src/kernels/cbow-reference.js'
import { huffmanTree } from '#src/kernels/huffman-tree.js'
import { type KernelProblem, kernelLayout, kernelMemory } from '#src/kernels/kernel-layout.js'
import { putMatrix, takeMatrix } from '#src/kernels/kernel-matrices.js'
import { distance, initialWeights, jobOf, smallCorpus, smallSettings } from '../cbow/small-corpus.js'

const V = 8
const D = 6
const keepAll = new Uint32Array(V).fill(0xffffffff)

/** A kernel over V words whose noise is what the table says, with weights that are not small. */
async function smallKernel(changed: Partial<KernelProblem> = {}) {
  const noise = drawTables(new Float64Array(V).fill(10), { sample: 0, noiseExponent: 0.75 }).noise
  const problem: KernelProblem = {
    words: V,
    dimensions: D,
    window: 5,
    negative: 5,
    softmax: false,
    keep: keepAll,
    noise,
    seed: 2 ** 40 + 7,
    mean: true,
    divided: true,
    trainsInput: true,
    trainsOutput: true,
    learningRate: 0.1,
    totalWords: 1e6,
    wordsPerEpoch: 1e6,
    ...changed,
  }
  const layout = kernelLayout(problem, 1, true)
  const memory = kernelMemory(layout, problem)
  const input = Float32Array.from({ length: V * D }, (_, i) => Math.sin(i + 1))
  const output = Float32Array.from({ length: V * D }, (_, i) => Math.cos(3 * i))
  putMatrix(memory, layout.input, layout.row, input, D)
  putMatrix(memory, layout.output, layout.row, output, D)
  const kernel = new CbowKernel(await loadKernelModule(), memory, layout, 0)
  const weights = () => ({
    input: takeMatrix(memory, layout.input, layout.row, V, D),
    output: takeMatrix(memory, layout.output, layout.row, V, D),
  })
  const scratch = new DataView(memory.buffer, layout.scratch[0], 64)
  return { kernel, problem, layout, memory, scratch, start: { input, output }, weights }
}

function sentenceOf(...words: number[]): Uint32Array {
  return Uint32Array.from(words, (word, i) => (i === words.length - 1 ? word + SENTENCE_END : word))
}

/** What the kernel's problem means in the reference's words. */
function ruleOf(problem: KernelProblem): CbowRule {
  return {
    loss: problem.softmax ? 'softmax' : problem.tree ? 'hierarchical-softmax' : 'negative-sampling',
    tree: problem.tree,
    mode: problem.mean ? 'mean' : 'sum',
    update: problem.divided ? 'corrected' : 'word2vec',
    train: [
      ...(problem.trainsInput ? (['input'] as const) : []),
      ...(problem.trainsOutput ? (['output'] as const) : []),
    ],
  }
}

/** The examples of one sentence that is not thinned out. */
function examplesOf(words: Uint32Array, problem: KernelProblem): CbowExample[] {
  const draws = new Draws(problem.seed, problem.window, problem)
  const ids = [...words].map((word) => word % SENTENCE_END)
  return ids.map((target, c) => {
    const negatives = new Int32Array(problem.negative)
    const b = draws.centre(0, c, negatives)
    return {
      target,
      context: Int32Array.from([...ids.slice(Math.max(0, c - b), c), ...ids.slice(c + 1, c + 1 + b)]),
      negatives,
    }
  })
}

describe('the draws of the kernel', () => {
  /** A centre's list, where the kernel leaves it: at LISTS of its scratch region. Each word with its weight. */
  function listOf(kernel: Awaited<ReturnType<typeof smallKernel>>, centre: number) {
    const { memory, layout, scratch } = kernel
    const slots = layout.listSlots
    const at = scratch.getUint32(40, true) + centre * 2 * slots * 4
    const rows = new Uint32Array(memory.buffer, at, slots)
    const weights = new Float32Array(memory.buffer, at + slots * 4, slots)
    const list = new Map<number, number>()
    for (let i = 0; i <= kernel.problem.negative; i++) {
      if (weights[i] !== 0) list.set((rows[i] - layout.output) / layout.row, weights[i])
    }
    return list
  }
  /** Their windows, and what is in those lists: -1 for the target, for the other words how often they are drawn. */
  function expectedList(target: number, negatives: Iterable<number>) {
    const list = new Map([[target, -1]])
    for (const word of negatives) if (word !== target) list.set(word, (list.get(word) ?? 0) + 1)
    return list
  }
  const windowOf = ({ memory, scratch }: Awaited<ReturnType<typeof smallKernel>>, centre: number, negative: number) =>
    new DataView(memory.buffer).getUint32(
      scratch.getUint32(32, true) + centre * 16 * Math.ceil((4 + negative) / 16),
      true,
    )

  // The same answers as in test/cbow/draws.test.ts.
  it('are the known windows and negatives', async () => {
    const small = await smallKernel()
    small.kernel.train(sentenceOf(0, 1, 2), 0, 3, 0)
    expect([windowOf(small, 0, 5), windowOf(small, 1, 5)]).toEqual([5, 5])
    expect(listOf(small, 0)).toEqual(expectedList(0, [1, 4, 1, 6, 7]))
    expect(listOf(small, 1)).toEqual(expectedList(1, [6, 1, 1, 4, 2]))
  })

  it.each([0, 1, 2, 3, 4, 7, 12, 13, 20])(
    'are those of the reference for %d negatives at any position and epoch',
    async (negative) => {
      const small = await smallKernel({ negative })
      const { kernel, problem } = small
      const words = Uint32Array.from({ length: 50 }, (_, i) => (i % 10 === 2 ? SENTENCE_END + 1 : i % V))
      const draws = new Draws(problem.seed, problem.window, problem)
      // The last of them across the border between two pools.
      for (const [start, end, before] of [
        [3, 13, 0],
        [13, 23, 2 ** 33],
        [33, 43, 1024 - 37],
      ]) {
        kernel.train(words, start, end, 9, before)
        for (let i = 0; i < 10; i++) {
          const negatives = new Int32Array(negative)
          const window = draws.centre(9, before + start + i, negatives)
          expect(windowOf(small, i, negative)).toBe(window)
          expect(listOf(small, i)).toEqual(expectedList(words[start + i] % SENTENCE_END, negatives))
        }
      }
    },
  )

  it('keep the same words', async () => {
    const keep = Uint32Array.from({ length: V }, (_, word) => 0x20000000 * word)
    const { kernel, problem } = await smallKernel({ keep })
    const draws = new Draws(problem.seed, problem.window, problem)
    const words = Uint32Array.from({ length: 400 }, (_, i) => (i % 25 === 24 ? SENTENCE_END : 0) + ((i * 5) % V))
    let expected = 0
    for (let start = 0; start < 400; start += 25) {
      let kept = 0
      for (let i = start; i < start + 25; i++) kept += draws.isKept(2, i, words[i] % SENTENCE_END) ? 1 : 0
      if (kept > 1) expected += kept
    }
    kernel.train(words, 0, 400, 2)
    expect(kernel.takeTotals().centres).toBe(expected)
  })
})

describe('a few centres in the kernel', () => {
  // Negatives repeat (position 0 draws word 4 three times) and are the target in some of these sentences.
  const sentences = [sentenceOf(0, 1), sentenceOf(4, 4), sentenceOf(4, 5, 4, 5), sentenceOf(3, 2, 3, 3, 2)]
  const variants: Partial<KernelProblem>[] = [
    {},
    { negative: 0, tree: huffmanTree([9, 7, 4, 2, 1, 1, 1, 1]) },
    { negative: 0, softmax: true },
    { negative: 0, softmax: true, trainsInput: false },
    { negative: 0, softmax: true, trainsOutput: false, divided: false },
    { divided: false },
    { mean: false, divided: false },
    { negative: 0 },
    { negative: 12 },
    ...[1, 2, 3, 4, 6, 7, 8, 10, 15].map((negative) => ({ negative })),
    { trainsInput: false },
    { trainsOutput: false },
  ]
  it.each(sentences.flatMap((words) => variants.map((variant) => ({ words, variant, length: words.length }))))(
    'step as the reference does, to 2e-6: $length words, $variant',
    async ({ words, variant }) => {
      const { kernel, problem, start, weights } = await smallKernel(variant)
      kernel.train(words, 0, words.length, 0)
      const reference = new CbowReference({ ...start, dimensions: D }, ruleOf(problem))
      let loss = 0
      for (const example of examplesOf(words, problem)) {
        loss += reference.accumulate(example)
        reference.descend(problem.learningRate)
      }
      expect(distance(weights(), start)).toBeLessThan(2e-6)
      expect(Math.abs(kernel.takeTotals().loss / loss - 1)).toBeLessThan(1e-6)
    },
  )

  const tree = huffmanTree([9, 7, 4, 2, 1, 1, 1, 1])
  it.each([{ negative: 1 }, { negative: 3 }, { negative: 0, tree }])(
    'have the loss of the reference (1e-5) where more than 120 are summed, some with repeated rows: $negative negatives',
    async (variant) => {
      const { kernel, problem, start } = await smallKernel({ ...variant, learningRate: 0.01 })
      const words = sentenceOf(...Array.from({ length: 500 }, (_, i) => (i * i) % V))
      kernel.train(words, 0, words.length, 0)
      const reference = new CbowReference({ ...start, dimensions: D }, ruleOf(problem))
      let loss = 0
      for (const example of examplesOf(words, problem)) {
        loss += reference.accumulate(example)
        reference.descend(problem.learningRate)
      }
      expect(Math.abs(kernel.takeTotals().loss / loss - 1)).toBeLessThan(1e-5)
    },
  )

  it.each(sentences.flatMap((words) => variants.map((variant) => ({ words, variant, length: words.length }))))(
    'in lockstep take one step together at the weights before it, to 2e-6: $length words, $variant',
    async ({ words, variant }) => {
      const { kernel, problem, start, weights } = await smallKernel(variant)
      kernel.trainTogether(words, 0, words.length, 0)
      const reference = new CbowReference({ ...start, dimensions: D }, ruleOf(problem))
      const examples = examplesOf(words, problem)
      const loss = examples.reduce((sum, example) => sum + reference.accumulate(example), 0)
      reference.descend(problem.learningRate)
      expect(distance(weights(), start)).toBeLessThan(2e-6)
      const totals = kernel.takeTotals()
      expect(Math.abs(totals.loss / loss - 1)).toBeLessThan(1e-6)
      expect(totals.centres).toBe(examples.length)
    },
  )

  it('keeps the padding of rows zero', async () => {
    const { kernel, memory, layout } = await smallKernel()
    kernel.train(sentenceOf(1, 2, 3, 4, 5), 0, 5, 0)
    for (const at of [layout.input, layout.output]) {
      const rows = new Float32Array(memory.buffer, at, (V * layout.row) / 4)
      expect(rows.every((value, i) => i % 16 < D || value === 0)).toBe(true)
    }
  })
})

describe('the kernel on one thread against the reference', () => {
  const cases: Partial<CbowSettings>[] = [
    {},
    { dimensions: 1 },
    { dimensions: 7, window: 1 },
    { dimensions: 100 },
    { dimensions: 101, negative: 1 },
    { negative: 0 },
    { negative: 12, window: 12 },
    ...[1, 2, 3, 4, 6, 7, 8, 10, 15, 20].map((negative) => ({ negative })),
    ...[2, 6, 20].map((window) => ({ window })),
    { loss: 'softmax' },
    { loss: 'softmax', mode: 'sum', learningRate: 0.025, dimensions: 33 },
    { loss: 'softmax', train: ['input'], update: 'corrected' },
    { loss: 'softmax', train: ['output'] },
    { loss: 'hierarchical-softmax' },
    { loss: 'hierarchical-softmax', mode: 'sum', learningRate: 0.025 },
    { loss: 'hierarchical-softmax', train: ['input'] },
    { loss: 'hierarchical-softmax', train: ['output'], update: 'corrected' },
    { dimensions: 96 },
    { dimensions: 105 },
    { dimensions: 128 },
    { dimensions: 300, negative: 7 },
    { update: 'corrected', learningRate: 0.14 },
    { mode: 'sum', learningRate: 0.025 },
    { train: ['input'] },
    { train: ['output'] },
    { sample: 0, seed: 2 ** 53 - 1 },
  ]
  it.each(cases)('after 10,000 words: weights to 2e-5, loss to 1e-6 (%o)', async (changed) => {
    const corpus = await smallCorpus(10_000)
    const settings = smallSettings(changed)
    const cpu = await cpuEngine(jobOf(corpus, settings))
    const wasm = await wasmEngine(jobOf(corpus, settings))
    try {
      const [expected] = await cpu.train(0, 1)
      const [found] = await wasm.train(0, 1)
      expect(found.centres).toBe(expected.centres)
      expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(1e-6)
      expect(distance(wasm.weights(), cpu.weights())).toBeLessThan(2e-5)
      const begun = initialWeights(corpus.vocabulary.size, settings)
      expect(distance(wasm.weights(), begun)).toBeGreaterThan(1e-3)
      if (!settings.train.includes('output')) expect(wasm.weights().output).toEqual(begun.output)
      if (!settings.train.includes('input')) expect(wasm.weights().input).toEqual(begun.input)
    } finally {
      await wasm.close()
    }
  })
})

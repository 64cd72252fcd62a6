import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import type { CbowSettings } from '#src/cbow/cbow-options.js'
import { LONGEST_SENTENCE } from '#src/cbow/encoded-corpus.js'
import { cpuEngine } from '#src/cbow/engines/cpu.js'
import { kernelSettings } from '#src/cbow/engines/kernel-settings.js'
import { CHUNK_WORDS } from '#src/cbow/schedule.js'
import { linearGradient } from '#src/gradient/linear-gradient.js'
import { problemBytes, sharedBytesOfWarp } from '#src/kernels/cuda/cbow-problem.js'
import { kernelFor, paddedRows, rowLength, takePadding } from '#src/kernels/cuda/rows.js'
import { type TextsLaunch, textsBytes } from '#src/kernels/cuda/texts-problem.js'
import { distance, initialWeights, jobOf, smallCorpus, smallSettings } from '../../cbow/small-corpus.js'
import { PtxMachine } from './ptx-machine.js'

const ptxOf = (file: string) => readFileSync(new URL(`../../../src/kernels/cuda/${file}`, import.meta.url), 'utf8')

/** Trains all of a small corpus by the shipped PTX. */
async function trainBy(
  file: string,
  words: number,
  settings: CbowSettings,
  grid: { blocks: number; warpsOfBlock: number },
) {
  const corpus = await smallCorpus(words, 40)
  const job = jobOf(corpus, settings)
  const problem = {
    ...kernelSettings(settings, corpus.vocabulary.counts, job.schedule),
    chunkWords: CHUNK_WORDS,
    longestSentence: LONGEST_SENTENCE,
  }
  const begun = initialWeights(corpus.vocabulary.size, settings)
  const machine = new PtxMachine(2 ** 21)
  const input = machine.put(paddedRows(begun.input, settings.dimensions))
  const output = machine.put(paddedRows(begun.output, settings.dimensions))
  const [loss, centres] = [machine.put(new Float64Array(1)), machine.put(new Uint32Array(1))]
  const view = problemBytes(
    problem,
    { epoch: 0, from: 0, to: words },
    { address: machine.put(Uint32Array.from(corpus.words)), first: 0, end: words },
    {
      ...{ input, output, loss, centres },
      keep: machine.put(problem.keep),
      noise: machine.put(problem.noise),
      next: machine.put(new Uint32Array(1)),
    },
  )
  const sharedBytes = grid.warpsOfBlock * sharedBytesOfWarp(problem)
  const instructions = machine.run(ptxOf(file), kernelFor('trainCbow', settings.dimensions), view, {
    ...grid,
    sharedBytes,
  })
  const numbers = corpus.vocabulary.size * rowLength(settings.dimensions)
  const weights = { input: begun.input.slice(), output: begun.output.slice() }
  takePadding(machine.floats(input, numbers), settings.dimensions, weights.input)
  takePadding(machine.floats(output, numbers), settings.dimensions, weights.output)
  const reference = await cpuEngine(job)
  const [plain] = await reference.train(0, 1)
  return {
    ...{ weights, begun, plain, expected: reference.weights(), instructions },
    loss: machine.doubles(loss, 1)[0],
    centres: machine.words(centres, 1)[0],
  }
}

describe.each(['cbow.sm_70.ptx', 'cbow.sm_90.ptx'])('%s, run on the CPU', (file) => {
  const cases: Partial<CbowSettings>[] = [
    { dimensions: 100 },
    { dimensions: 13, negative: 9, sample: 0 },
    { dimensions: 200, update: 'corrected' },
    { dimensions: 300, mode: 'sum' },
    { dimensions: 600, train: ['input'] },
    { dimensions: 128, window: 2, train: ['output'] },
  ]
  it.each(cases)('takes the steps of the reference on 160 words, weights to 1e-5 (%o)', async (changed) => {
    const grid = { blocks: 1, warpsOfBlock: 1 }
    const { weights, begun, expected, plain, loss, centres } = await trainBy(file, 160, smallSettings(changed), grid)
    expect(centres).toBe(plain.centres)
    expect(centres).toBeGreaterThan(40)
    expect(Math.abs(loss / plain.loss - 1)).toBeLessThan(1e-6)
    expect(distance(weights, expected)).toBeLessThan(1e-5)
    expect(distance(expected, begun)).toBeGreaterThan(1e-3)
  })

  it('does at most 1,200 instructions of a warp for a centre of window 5 and 5 negatives', async () => {
    const settings = smallSettings({ dimensions: 100, window: 5, negative: 5, sample: 0 })
    const { instructions, centres } = await trainBy(file, 500, settings, { blocks: 1, warpsOfBlock: 1 })
    expect(instructions / centres).toBeLessThan(1_200)
    expect(instructions / centres).toBeGreaterThan(500)
  })

  it('shares segments and shared memory among the warps of several blocks', async () => {
    const grid = { blocks: 2, warpsOfBlock: 3 }
    const { plain, loss, centres } = await trainBy(file, 700, smallSettings({ dimensions: 8, negative: 2 }), grid)
    expect(centres).toBe(plain.centres)
    expect(Math.abs(loss / plain.loss - 1)).toBeLessThan(0.02)
  })
})

describe('attacks.sm_70.ptx, run on the CPU', () => {
  const ptx = ptxOf('attacks.sm_70.ptx')
  const [V, B] = [37, 3]

  describe.each([
    { D: 12, K: 3, pooling: 'mean' as const },
    { D: 150, K: 11, pooling: 'sum' as const },
  ])('$D dimensions, $K labels, $pooling', ({ D, K, pooling }) => {
    const draws = new CounterStream(7, Purpose.Demonstration, D)
    const normals = (length: number) => Float32Array.from({ length }, () => draws.normal())
    const parts = { embeddings: normals(V * D), output: normals(K * D), bias: normals(K), pooling }
    const ids = Uint32Array.of(5, 1, 36, 7, 7, 20)
    const offsets = Uint32Array.of(0, 3, 4, 6)
    const labels = Uint32Array.of(0, 2, 1)
    const row = rowLength(D)

    /** Launches a kernel; the arrays beside what it is told go to the machine's memory. */
    function launch(name: string, own: { [Key in keyof TextsLaunch]?: TextsLaunch[Key] | Float32Array | Uint32Array }) {
      const machine = new PtxMachine(2 ** 20)
      const at = (value: unknown) =>
        value instanceof Float32Array || value instanceof Uint32Array ? machine.put(value) : undefined
      const held = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, at(value) ?? value]))
      const victim = {
        embeddings: machine.put(paddedRows(parts.embeddings, D)),
        output: machine.put(paddedRows(parts.output, D)),
        bias: machine.put(parts.bias),
        next: machine.put(new Uint32Array(1)),
      }
      const shape = { words: V, labels: K, row, averaged: pooling === 'mean' }
      const rows = at(own.rows) ?? machine.put(new Float32Array(B * row))
      const view = textsBytes(victim, shape, { count: B, ...held, rows })
      machine.run(ptx, kernelFor(name, D), view, { blocks: 1, warpsOfBlock: 1, sharedBytes: 32 })
      const address = (key: 'loss' | 'scores' | 'words') => {
        const there = held[key]
        if (typeof there !== 'bigint') throw new RangeError(`${key} is in no memory`)
        return there
      }
      const taken = new Float32Array(B * D)
      takePadding(machine.floats(rows, B * row), D, taken)
      return { machine, address, rows: taken }
    }

    const expectNear = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
      expect(found.length).toBe(expected.length)
      for (let i = 0; i < expected.length; i++) {
        expect(Math.abs(found[i] - expected[i])).toBeLessThan(tolerance * Math.max(1, Math.abs(expected[i])))
      }
    }

    const embedded = Float32Array.from([...ids].flatMap((id) => [...parts.embeddings.subarray(id * D, (id + 1) * D)]))
    const batch = { embedded, offsets: Int32Array.from(offsets), dimensions: D }

    it.each(['cross-entropy', 'margin'] as const)('reads losses, logits and gradients to 1e-5: %s', (objective) => {
      const margin = objective === 'margin'
      const loss = new Float32Array(B)
      const read = launch('readGradients', { ids, offsets, labels, loss, scores: new Float32Array(B * K), margin })
      const expected = linearGradient(parts, batch, Int32Array.from(labels), objective)
      expectNear(read.machine.floats(read.address('loss'), B), expected.loss, 1e-5)
      expectNear(read.machine.floats(read.address('scores'), B * K), expected.logits, 1e-5)
      for (let b = 0; b < B; b++) {
        const first = expected.gradient.subarray(offsets[b] * D, (offsets[b] + 1) * D)
        expectNear(read.rows.subarray(b * D, (b + 1) * D), first, 1e-5)
      }
    })

    it('takes logits of pooled vectors, shared among warps, and pulls weights of them back, to 1e-5', () => {
      const pooled = normals(B * D)
      const took = launch('takeLogits', { rows: paddedRows(pooled, D), scores: new Float32Array(B * K), parts: 2 })
      const logits = Array.from({ length: B * K }, (_, i) => {
        const [b, k] = [Math.floor(i / K), i % K]
        return Array.from({ length: D }).reduce<number>(
          (sum, _, d) => sum + pooled[b * D + d] * parts.output[k * D + d],
          parts.bias[k],
        )
      })
      expectNear(took.machine.floats(took.address('scores'), B * K), logits, 1e-5)
      const weights = normals(B * K)
      const pulled = launch('pullBack', { scores: weights })
      const expected = Array.from({ length: B * D }, (_, i) => {
        const [b, d] = [Math.floor(i / D), i % D]
        return Array.from({ length: K }).reduce<number>(
          (sum, _, k) => sum + weights[b * K + k] * parts.output[k * D + d],
          0,
        )
      })
      expectNear(pulled.rows, expected, 1e-5)
    })

    it('ranks the words of a query, and of each half of them', () => {
      const queries = normals(B * D)
      const own = {
        rows: paddedRows(queries, D),
        words: new Uint32Array(2 * B * 5),
        scores: new Float32Array(2 * B * 5),
        ...{ best: 5, parts: 2 },
      }
      const { machine, address } = launch('bestWords', own)
      const words = machine.words(address('words'), 2 * B * 5)
      for (let q = 0; q < B; q++) {
        const score = (word: number) =>
          Array.from({ length: D }).reduce<number>(
            (sum, _, d) => sum + queries[q * D + d] * parts.embeddings[word * D + d],
            0,
          )
        const ranked = Array.from({ length: V }, (_, word) => word).sort((a, b) => score(b) - score(a))
        // Parts are whole groups of 8.
        const halves = [ranked.filter((word) => word < 24), ranked.filter((word) => word >= 24)]
        halves.forEach((half, part) => {
          const at = 5 * (2 * q + part)
          expect([...words.subarray(at, at + 5)]).toEqual(half.slice(0, 5))
        })
      }
    })

    it.each([true, false])('climbs within the ball, each step to a higher margin (round: %o)', (roundBall) => {
      const epsilon = 0.01
      const climb = { epsilon, steps: 6, stepLength: 0.4 * epsilon, margin: true, roundBall }
      const own = { ids, offsets, labels, loss: new Float32Array(B), words: new Uint32Array(B) }
      const { machine, address, rows } = launch('climb', { ...own, ...climb })
      const before = linearGradient(parts, batch, Int32Array.from(labels), 'margin')
      const reached = machine.floats(address('loss'), B)
      for (let b = 0; b < B; b++) {
        const delta = rows.subarray(b * D, (b + 1) * D)
        const count = offsets[b + 1] - offsets[b]
        const size = roundBall ? Math.sqrt(count) * Math.hypot(...delta) : Math.max(...delta.map(Math.abs))
        const isLeft = before.loss[b] > 0
        expect(size).toBeLessThan(epsilon * (1 + 1e-5))
        expect(size).toBeGreaterThan((isLeft ? 0.39 : 0.99) * epsilon)
        // Moves along u_t - u_y: the margin rises by its product with all positions' share.
        const slope = before.gradient.subarray(offsets[b] * D, (offsets[b] + 1) * D)
        const gain = count * slope.reduce((sum, g, d) => sum + g * delta[d], 0)
        expect(Math.abs(reached[b] - before.loss[b] - gain)).toBeLessThan(1e-4)
      }
    })
  })
})

import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { CorpusWindow } from '#src/cbow/corpus-window.js'
import { encodeCorpus } from '#src/cbow/encoded-corpus.js'
import { NumberStore } from '#src/cbow/number-store.js'
import { CHUNK_WORDS, Schedule } from '#src/cbow/schedule.js'
import { startEngine } from '#src/cbow/start-engine.js'
import { jobOf, smallCorpus, smallSentences, smallSettings } from './small-corpus.js'

const WORDS = 45_000

/** The same corpus as `smallCorpus(WORDS)`, of which little more than so many chunks is in memory. */
const largeCorpus = (chunks: number) =>
  encodeCorpus(smallSentences(WORDS), { minCount: 1, memoryWords: chunks * CHUNK_WORDS + 1001 })

describe('a corpus larger than its window', () => {
  it('has the words, the vocabulary and the hash of the same corpus in memory', async () => {
    const [small, large] = [await smallCorpus(WORDS), await largeCorpus(2)]
    expect(large.sha256).toBe(small.sha256)
    expect(large.vocabulary.words).toEqual(small.vocabulary.words)
    expect(large.window.length).toBe(WORDS)
    expect(large.words.length).toBe(2 * CHUNK_WORDS + 1001)
    const schedule = new Schedule(WORDS, 2, 0.05)
    const ends: number[] = []
    // Forward through two epochs, and to a few chunks in any order.
    for (const chunk of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 0, 9, 4]) {
      const end = large.window.moveTo(chunk, schedule)
      ends.push(end - chunk)
      expect(Math.floor((end - 1) / 5)).toBe(Math.floor(chunk / 5))
      const { from } = schedule.chunk(chunk)
      const before = Math.max(0, from - 1)
      const after = Math.min(WORDS, schedule.chunk(end - 1).to + 1000)
      const { first } = large.window
      expect(large.words.subarray(before - first[0], after - first[0])).toEqual(small.words.subarray(before, after))
    }
    expect(ends).toEqual([2, 1, 2, 1, 1, 2, 1, 2, 1, 1, 2, 2, 1, 1])
    large.window.close()
  })

  it('stays in one place when it is all there', async () => {
    const { window } = await smallCorpus(WORDS)
    const schedule = new Schedule(WORDS, 2, 0.05)
    expect([0, 3, 7].map((chunk) => window.moveTo(chunk, schedule))).toEqual([5, 5, 10])
    expect(window.first[0]).toBe(0)
  })

  it.each(['wasm', 'cpu', 'tensorflow'] as const)('is trained on engine %s to the same bytes', async (engine) => {
    const settings = smallSettings({ epochs: 2, batchSize: engine === 'tensorflow' ? 512 : 1, negative: 2 })
    const results = []
    for (const corpus of [await smallCorpus(WORDS), await largeCorpus(1), await largeCorpus(2)]) {
      const job = jobOf(corpus, settings)
      const trainer = await startEngine(engine, job)
      const losses = [...(await trainer.train(0, 1)), ...(await trainer.train(1, 4)), ...(await trainer.train(4, 10))]
      results.push({ losses, weights: trainer.weights() })
      await trainer.close()
    }
    expect(results[0].losses).toHaveLength(10)
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })
})

describe('CorpusWindow', () => {
  it('takes over a store, which is closed with it', () => {
    const store = new NumberStore(12_000, tmpdir())
    store.append(new Uint32Array(30_000))
    const window = new CorpusWindow(store)
    expect(window.words.length).toBe(12_000)
    expect(store.isOnDisk).toBe(true)
    window.close()
    expect(store.isOnDisk).toBe(false)
  })
})

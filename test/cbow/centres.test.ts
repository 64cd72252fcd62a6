import { describe, expect, it } from 'vitest'
import { centresOf } from '#src/cbow/centres.js'
import { Draws, drawTables } from '#src/cbow/draws.js'
import { SENTENCE_END } from '#src/cbow/encoded-corpus.js'
import { CHUNK_WORDS, Schedule, sentenceEnd, sentenceStart } from '#src/cbow/schedule.js'
import { smallCorpus } from './small-corpus.js'

describe('centresOf', () => {
  it('without subsampling, makes of every word of a longer sentence one centre with its drawn window', async () => {
    const corpus = await smallCorpus(CHUNK_WORDS + 500)
    const schedule = new Schedule(corpus.words.length, 2, 0.05)
    const draws = new Draws(3, 4, drawTables(corpus.vocabulary.counts, { sample: 0, noiseExponent: 0.75 }))
    for (const epoch of [0, 1]) {
      const found = [2 * epoch, 2 * epoch + 1].flatMap((chunk) => [
        ...centresOf(corpus.words, draws, schedule, 3, chunk),
      ])
      const ids = [...corpus.words].map((word) => word % SENTENCE_END)
      const expected: typeof found = []
      for (let start = 0; start < ids.length; start = sentenceEnd(corpus.words, start)) {
        const end = sentenceEnd(corpus.words, start)
        for (let position = start; position < end && end - start > 1; position++) {
          const negatives = new Int32Array(3)
          const b = draws.centre(epoch, position, negatives)
          const before = ids.slice(Math.max(start, position - b), position)
          const after = ids.slice(position + 1, Math.min(end, position + b + 1))
          const context = Int32Array.from([...before, ...after])
          const learningRate = schedule.learningRateAt(epoch, start)
          expected.push({ target: ids[position], context, negatives, learningRate })
        }
      }
      expect(found).toEqual(expected)
    }
  })

  it('takes subsampled words out before windows are made: neighbours of a removed word meet', async () => {
    // a b c with b always thrown away: a and c see each other through any window.
    const words = Uint32Array.of(1, 0, 2 + SENTENCE_END)
    const tables = { keep: Uint32Array.of(0, 0xffffffff, 0xffffffff), noise: Uint32Array.of(0, 0, 0, 1, 0, 2) }
    const centres = [...centresOf(words, new Draws(1, 1, tables), new Schedule(3, 1, 0.05), 0, 0)]
    expect(centres.map(({ target, context }) => [target, ...context])).toEqual([
      [1, 2],
      [2, 1],
    ])
  })
})

describe('Schedule', () => {
  it('covers every word of every epoch once, in order', async () => {
    const { words } = await smallCorpus(2 * CHUNK_WORDS + 123)
    const schedule = new Schedule(words.length, 3, 0.05)
    expect(schedule.chunks).toBe(9)
    for (let epoch = 0; epoch < 3; epoch++) {
      let reached = 0
      for (let number = epoch * 3; number < epoch * 3 + 3; number++) {
        const chunk = schedule.chunk(number)
        expect(chunk.epoch).toBe(epoch)
        let start = sentenceStart(words, chunk.from)
        expect(start).toBe(reached)
        while (start < chunk.to) start = sentenceEnd(words, start)
        reached = start
      }
      expect(reached).toBe(words.length)
    }
  })

  it('lowers the learning rate linearly over all epochs, to 1e-4 of the first', () => {
    const schedule = new Schedule(1000, 4, 0.5)
    expect(schedule.learningRateAt(0, 0)).toBe(0.5)
    expect(schedule.learningRateAt(2, 0)).toBe(0.25)
    expect(schedule.learningRateAt(3, 500)).toBe(Math.fround(0.0625))
    expect(schedule.learningRateAt(3, 1000)).toBe(Math.fround(0.5e-4))
  })
})

import { CounterStream, Purpose } from '#src/base/random.js'
import { type CbowSettings, defaultSettings } from '#src/cbow/cbow-options.js'
import { initialRows } from '#src/cbow/draws.js'
import { type EncodedCorpus, encodeCorpus } from '#src/cbow/encoded-corpus.js'
import type { EngineJob } from '#src/cbow/engines/engine.js'
import { Schedule } from '#src/cbow/schedule.js'
import type { Weights } from '#src/cbow/weight-rows.js'

/** Sentences of 1 to 30 words of a vocabulary in which early words are far more frequent. */
export async function* smallSentences(words: number, vocabulary = 300, seed = 1): AsyncGenerator<string[]> {
  const stream = new CounterStream(seed, Purpose.Demonstration, 0)
  for (let done = 0; done < words; ) {
    const length = Math.min(words - done, 1 + stream.below(30))
    yield Array.from({ length }, () => `w${Math.floor(vocabulary * stream.uniform() ** 3)}`)
    done += length
  }
}

export function smallCorpus(words: number, vocabulary = 300): Promise<EncodedCorpus> {
  return encodeCorpus(smallSentences(words, vocabulary), { minCount: 1 })
}

export function smallSettings(changed: Partial<CbowSettings> = {}): CbowSettings {
  return defaultSettings({ dimensions: 20, epochs: 1, minCount: 1, sample: 1e-2, seed: 5, ...changed })
}

/** The weights that training begins with. */
export function initialWeights(words: number, settings: CbowSettings): Weights {
  const [input, output] = (['input', 'output'] as const).map((matrix) => {
    const whole = new Float32Array(words * settings.dimensions)
    initialRows(settings).readRows(matrix, 0, whole)
    return whole
  })
  return { input, output }
}

/** A job that begins with {@link initialWeights}. */
export function jobOf(corpus: EncodedCorpus, settings: CbowSettings, threads = 1): EngineJob {
  const schedule = new Schedule(corpus.window.length, settings.epochs, settings.learningRate)
  return {
    corpus,
    settings,
    schedule,
    threads,
    lockstep: false,
    begin: initialRows(settings),
  }
}

/** The largest distance of any two weights. */
export function distance(a: Weights, b: Weights): number {
  let largest = 0
  for (const name of ['input', 'output'] as const) {
    a[name].forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value - b[name][i]))
    })
  }
  return largest
}

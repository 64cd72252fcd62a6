import type { CbowSettings } from '../cbow-options.js'
import { drawTables } from '../draws.js'
import type { Schedule } from '../schedule.js'

/** What our kernels, on the CPU and on a GPU, are told of a run: the settings as they know them, and the tables of its draws. */
export function kernelSettings(settings: CbowSettings, counts: Float64Array, schedule: Schedule) {
  return {
    ...settings,
    ...drawTables(counts, settings),
    words: counts.length,
    mean: settings.mode === 'mean',
    divided: settings.mode === 'mean' && settings.update === 'corrected',
    trainsInput: settings.train.includes('input'),
    trainsOutput: settings.train.includes('output'),
    wordsPerEpoch: schedule.words,
    totalWords: schedule.totalWords,
  }
}

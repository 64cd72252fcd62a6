import type { Grid } from '../../kernels/cuda/cbow-cuda.js'
import type { CbowSettings } from '../cbow-options.js'
import { keepThresholds } from '../draws.js'

/**
 * Warps for each multiprocessor. More hide more of memory's latency, and train more centres at weights that lack each
 * other's steps; docs/cuda.md has what that costs.
 */
const BLOCKS_OF_PROCESSOR = 2
const WARPS_OF_BLOCK = 4

/**
 * Steps of one row that may be under way together. They all follow the row as it stood: on English text several times as
 * many do no harm, but where a few words are most of the text, too many throw the row past its goal, and training
 * diverges. Of an output row most are those of negatives, which are small.
 */
const INPUT_STEPS_TOGETHER = 64
const OUTPUT_STEPS_TOGETHER = 128

/** The grid for a GPU of so many multiprocessors: smaller where rows would be stepped by too many warps at one time. */
export function cudaGrid(counts: Float64Array, settings: CbowSettings, processors: number): Grid {
  const { input, output } = hottestRows(counts, settings)
  const warps = Math.max(1, Math.floor(Math.min(INPUT_STEPS_TOGETHER / input, OUTPUT_STEPS_TOGETHER / output)))
  if (warps < WARPS_OF_BLOCK) return { blocks: 1, warpsOfBlock: warps }
  const blocks = Math.min(BLOCKS_OF_PROCESSOR * processors, Math.floor(warps / WARPS_OF_BLOCK))
  return { blocks, warpsOfBlock: WARPS_OF_BLOCK }
}

/** Steps that a centre takes on average of the input row, and of the output row, that take most. */
export function hottestRows(
  counts: Float64Array,
  { sample, window, negative, noiseExponent }: Pick<CbowSettings, 'sample' | 'window' | 'negative' | 'noiseExponent'>,
): { input: number; output: number } {
  const keep = keepThresholds(counts, sample)
  const kept = counts.map((count, word) => count * ((keep[word] + 1) / 2 ** 32))
  const noise = counts.map((count) => count ** noiseExponent)
  const [allKept, allNoise] = [kept, noise].map((weights) => weights.reduce((sum, weight) => sum + weight, 0))
  let [input, output] = [0, 0]
  for (let word = 0; word < counts.length; word++) {
    const share = kept[word] / allKept
    // A reduced window has (1 + window) / 2 words on each side, on average.
    input = Math.max(input, (window + 1) * share)
    output = Math.max(output, share + (negative * noise[word]) / allNoise)
  }
  return { input, output }
}

import { CounterStream, Purpose } from '../../../src/base/random.js'
import { Gpu } from '../../../src/kernels/cuda/gpu.js'
import { LinearCuda } from '../../../src/kernels/cuda/linear-cuda.js'
import { median } from '../median.js'
import { randomTexts, randomVictim } from './random-victim.js'

/** What a GPU does in a second with a victim of 2 labels, 100,000 words and 100 dimensions; it stays on the GPU. */
export interface Throughput {
  /** Texts of 10 words whose loss and gradient are read. */
  readonly gradients: number
  /** Such texts attacked by 40 steps of PGD in a Euclidean ball that holds no flip for most. */
  readonly attacks: number
  /** Gradients for which the best 8 of all words are found, copies both ways and all. */
  readonly rankings: number
  /** Bytes of memory set to 0: what the memory can do. */
  readonly bytes: number
}

const [V, D, K, C] = [100_000, 100, 2, 10]

/** Medians of 9 runs after one that warms up. */
export async function throughput(texts: number, queries: number, bytes: number): Promise<Throughput> {
  const draws = new CounterStream(1, Purpose.Demonstration, 0)
  const gpu = await Gpu.open('attacks')
  try {
    const linear = new LinearCuda(gpu, randomVictim(draws, V, D, K, 'mean'))
    const held = linear.hold(randomTexts(draws, V, K, texts, C, true))
    const gradients = Float32Array.from({ length: queries * D }, () => draws.uniform() - 0.5)
    const climb = { norm: 'l2', epsilon: 0.1, steps: 40, stepLength: 0.00625, objective: 'cross-entropy' } as const
    const stream = gpu.stream()
    const memory = gpu.allocate(bytes)
    const clear = () => {
      gpu.clear(memory, bytes, stream)
      return gpu.finished(stream)
    }
    return {
      gradients: texts / (await medianSeconds(() => linear.readGradients(held, 'cross-entropy'))),
      attacks: texts / (await medianSeconds(() => linear.climb(held, climb))),
      rankings: queries / (await medianSeconds(() => linear.bestWords(gradients, 8))),
      bytes: bytes / (await medianSeconds(clear)),
    }
  } finally {
    gpu.close()
  }
}

async function medianSeconds(work: () => Promise<unknown>): Promise<number> {
  const seconds: number[] = []
  for (let run = 0; run < 10; run++) {
    const begun = performance.now()
    await work()
    seconds.push((performance.now() - begun) / 1000)
  }
  return median(seconds.slice(1))
}

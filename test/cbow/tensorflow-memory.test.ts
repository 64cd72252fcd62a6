import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { tensorflowEngine } from '#src/cbow/engines/tensorflow.js'
import { describeOnBackends } from '../gradient/backends.js'
import { jobOf, smallCorpus, smallSettings } from './small-corpus.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Megabytes, without what JavaScript has merely not collected yet. */
function megabytes(): { resident: number; heap: number } {
  collectGarbage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss / 2 ** 20, heap: (heapUsed + external) / 2 ** 20 }
}

describeOnBackends('training', (backend) => {
  it('of 10,000 steps leaves no more than 2 MB on the heap, and takes no more than 96 MB (pages that V8 keeps)', async () => {
    const corpus = await smallCorpus(10_000, 50)
    const train = async (batchSize: number) => {
      const settings = smallSettings({ batchSize, sample: 0, dimensions: 4, negative: 2, window: 1 })
      const engine = await tensorflowEngine(jobOf(corpus, settings), backend)
      const [{ centres }] = await engine.train(0, 1)
      await engine.close()
      return centres / batchSize
    }
    expect(await train(5)).toBeGreaterThan(1_900)
    const before = megabytes()
    expect(await train(1)).toBeGreaterThan(9_500)
    const after = megabytes()
    expect(after.heap - before.heap).toBeLessThan(2)
    expect(after.resident - before.resident).toBeLessThan(96)
  }, 180_000)
})

// Trains CBOW as `train-cbow` does and prints one line of JSON: seconds, words, peak memory.
// train-ours.js CORPUS FOLDER THREADS EPOCHS SEED [OPTIONS as JSON]
import type { Progress } from '../../src/base/progress.js'
import { CbowOptions } from '../../src/cbow/cbow-options.js'
import { trainCbow } from '../../src/cbow/train-cbow.js'
import { writeEmbeddings } from '../../src/embeddings/write-vectors.js'

const [corpus, output, threads, epochs, seed, options = '{}'] = process.argv.slice(2)

/** Seconds of each stretch of work, by its label. */
const seconds = new Map<string, number>()
let current: { label: string; begun: number } | undefined
const clock: Progress = {
  start(label) {
    current = { label, begun: performance.now() }
  },
  update() {},
  stop() {
    if (current) seconds.set(current.label, (performance.now() - current.begun) / 1000)
    current = undefined
  },
  note() {},
}

const model = await trainCbow({
  ...CbowOptions.partial().parse(JSON.parse(options)),
  corpus: [corpus],
  output,
  threads: Number(threads),
  epochs: Number(epochs),
  seed: Number(seed),
  force: true,
  progress: clock,
})
const wholeSeconds = performance.now() / 1000
await writeEmbeddings(`${output}/vectors.bin`, model.input)
console.log(
  JSON.stringify({
    trainer: 'cbow-adversarial',
    readingSeconds: seconds.get('reading'),
    trainingSeconds: seconds.get('training'),
    wholeSeconds,
    words: model.training?.wordsSeen,
    vocabulary: model.vocabulary.size,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }),
)

// `npm run benchmark -- NAME`: the benchmarks, one per file.
import { createCommand, main } from '../command-line/command.js'
import { attackBenchmark } from './attack.js'
import { cudaBundleBenchmark } from './cuda/bundle.js'
import { cudaBenchmark } from './cuda/cuda.js'
import { cudaWarpsBenchmark } from './cuda/warps.js'
import { curveBenchmark } from './curve.js'
import { encodeBenchmark } from './encode.js'
import { gradientBenchmark } from './gradient.js'
import { guardBenchmark } from './guard.js'
import { kernelBenchmark } from './kernel.js'
import { optimalityBenchmark } from './optimality.js'
import { stopGradientBenchmark } from './stop-gradient.js'
import { streamBenchmark } from './stream.js'
import { tensorflowBenchmark } from './tensorflow.js'
import { trainBenchmark } from './train.js'
import { wordsBenchmark } from './words.js'

const BENCHMARKS = [
  trainBenchmark,
  curveBenchmark,
  encodeBenchmark,
  wordsBenchmark,
  kernelBenchmark,
  gradientBenchmark,
  attackBenchmark,
  optimalityBenchmark,
  cudaBenchmark,
  cudaBundleBenchmark,
  cudaWarpsBenchmark,
  tensorflowBenchmark,
  guardBenchmark,
  stopGradientBenchmark,
  streamBenchmark,
]

const command = createCommand(
  'benchmark',
  'Measures what this package claims.',
  'npm run benchmark -- encode enwiki.txt.gz',
)
for (const each of BENCHMARKS) command.addCommand(each.configureHelp({ showGlobalOptions: false }))
await main(command, () => {
  const [first] = process.argv.slice(2)
  const names = BENCHMARKS.map((each) => each.name()).join(', ')
  if (first === undefined) command.error(`error: no benchmark given; name one: ${names}`)
})

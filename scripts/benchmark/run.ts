// `npm run benchmark -- NAME`: the benchmarks, one per file.
import { createCommand, main } from '../command-line/command.js'
import { encodeBenchmark } from './encode.js'
import { gradientBenchmark } from './gradient.js'
import { kernelBenchmark } from './kernel.js'
import { trainBenchmark } from './train.js'

const command = createCommand(
  'benchmark',
  'Measures what this package claims.',
  'npm run benchmark -- encode enwiki.txt.gz',
)
for (const each of [trainBenchmark, encodeBenchmark, kernelBenchmark, gradientBenchmark]) {
  command.addCommand(each.configureHelp({ showGlobalOptions: false }))
}
await main(command, () => {
  const [first] = process.argv.slice(2)
  if (first === undefined) command.error('error: no benchmark given; name one: train, encode, kernel or gradient')
})

// The benchmark of engine cuda alone, for a machine that has a GPU and little else: see bundle.ts.
import { main } from '../../command-line/command.js'
import { cudaBenchmark } from './cuda.js'

await main(cudaBenchmark)

// The benchmark of engine cuda alone, for a machine that has a GPU and little else: beside `dist` it needs only the packages
// cli-progress, commander, koffi and zod, and what those need.
import { main } from '../command-line/command.js'
import { cudaBenchmark } from './cuda.js'

await main(cudaBenchmark)

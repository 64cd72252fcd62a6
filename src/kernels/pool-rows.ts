import { instantiate } from './instantiate.js'
import { wasmFunction } from './wasm-function.js'

const ROWS = 1_024
/** Bytes of rows that are taken at once: they stay in the processor's first caches. */
const ROWS_BYTES = 131_072
const STARTS = ROWS + ROWS_BYTES
const MOST_RUNS = 64
const INTO = STARTS + 8 * MOST_RUNS
const INTO_BYTES = 65_536 * 2
const PAGE = 65_536

interface Kernel {
  readonly pool: (...args: number[]) => void
  readonly rows: Float32Array
  readonly starts: Uint32Array
  readonly into: Float64Array
}

let kernel: Kernel | undefined

/**
 * The sum or mean of each of the runs `first` to `last` - 1 of rows [T, D], in float64, in the order of the rows: by
 * WebAssembly, in as many calls as its memory asks for.
 * @param offsets run b is the rows offsets[b] to offsets[b + 1] - 1
 * @param into [last - first, D]
 */
export function poolRows(
  rows: Float32Array,
  offsets: Int32Array,
  dimensions: number,
  mean: boolean,
  first: number,
  last: number,
  into: Float64Array,
): void {
  kernel ??= loadKernel()
  const D = dimensions
  const most = Math.min(MOST_RUNS, Math.floor(INTO_BYTES / (8 * D)))
  for (let from = first, to = first; from < last; from = to) {
    const start = offsets[from]
    while (to < last && to - from < most && 4 * (offsets[to + 1] - start) * D <= ROWS_BYTES) to++
    const at = (from - first) * D
    if (to === from) poolOne(rows.subarray(start * D, offsets[++to] * D), D, mean, into, at)
    else {
      kernel.rows.set(rows.subarray(start * D, offsets[to] * D))
      for (let b = from; b <= to; b++) kernel.starts[b - from] = offsets[b] - start
      kernel.pool(ROWS, STARTS, to - from, D, mean ? 1 : 0, INTO)
      into.set(kernel.into.subarray(0, (to - from) * D), at)
    }
  }
}

/** The same of one run, [C, D], without WebAssembly: where it does not fit into its memory. */
export function poolOne(rows: Float32Array, dimensions: number, mean: boolean, into: Float64Array, at: number): void {
  const share = mean ? rows.length / dimensions : 1
  for (let d = 0; d < dimensions; d++) {
    let sum = 0
    for (let i = d; i < rows.length; i += dimensions) sum += rows[i]
    into[at + d] = sum / share
  }
}

function loadKernel(): Kernel {
  const pages = Math.ceil((INTO + INTO_BYTES) / PAGE)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  return {
    pool: wasmFunction(instantiate('pool-rows', memory), 'pool'),
    rows: new Float32Array(memory.buffer, ROWS, ROWS_BYTES / 4),
    starts: new Uint32Array(memory.buffer, STARTS, MOST_RUNS + 1),
    into: new Float64Array(memory.buffer, INTO, INTO_BYTES / 8),
  }
}

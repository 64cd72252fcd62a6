import { parentPort, workerData } from 'node:worker_threads'
import { CbowKernel, SLICE_WORDS } from '../../kernels/cbow-kernel.js'
import { Schedule, sentenceEnd, sentenceStart } from '../schedule.js'
import type { WorkerSetUp, WorkerTask } from './wasm.js'

const { module, memory, layout, thread, words, first, length, epochs, next }: WorkerSetUp = workerData
const kernel = new CbowKernel(module, memory, layout, thread)
const schedule = new Schedule(length, epochs, 0)

function trainChunk(number: number): void {
  const { epoch, from, to } = schedule.chunk(number)
  const before = first[0]
  const last = to - before
  for (let start = sentenceStart(words, from - before), end = start; start < last; start = end) {
    while (end < last && end - start < SLICE_WORDS) end = sentenceEnd(words, end)
    kernel.train(words, start, end, epoch, before)
  }
}

parentPort?.on('message', ({ from, to, losses, centres }: WorkerTask) => {
  for (let chunk = Atomics.add(next, 0, 1); chunk < to; chunk = Atomics.add(next, 0, 1)) {
    trainChunk(chunk)
    const totals = kernel.takeTotals()
    losses[chunk - from] = totals.loss
    centres[chunk - from] = totals.centres
  }
  parentPort?.postMessage('done')
})

import { parentPort, workerData } from 'node:worker_threads'
import { CbowKernel } from '../../kernels/cbow-kernel.js'
import { SLICE_WORDS } from '../../kernels/kernel-layout.js'
import { Schedule, sentenceEnd, sentenceStart } from '../schedule.js'
import type { WorkerSetUp, WorkerTask } from './wasm.js'

const { module, memory, layout, thread, words, first, length, epochs, next, together }: WorkerSetUp = workerData
const kernel = new CbowKernel(module, memory, layout, thread)
const schedule = new Schedule(length, epochs, 0)

function trainChunk(number: number): void {
  const { epoch, from, to } = schedule.chunk(number)
  const before = first[0]
  const last = to - before
  for (let start = sentenceStart(words, from - before), end = start; start < last; start = end) {
    while (end < last && end - start < SLICE_WORDS) end = sentenceEnd(words, end)
    if (together) kernel.trainTogether(words, start, end, epoch, before)
    else kernel.train(words, start, end, epoch, before)
  }
}

parentPort?.on('message', ({ from, to, losses, centres }: WorkerTask) => {
  /** The next chunk of this thread: in lockstep all of them, else the next that is nobody's. */
  const following = (before: number) => (together ? before + 1 : Atomics.add(next, 0, 1))
  for (let chunk = following(from - 1); chunk < to; chunk = following(chunk)) {
    trainChunk(chunk)
    if (together && thread > 0) continue
    const totals = kernel.takeTotals()
    losses[chunk - from] = totals.loss
    centres[chunk - from] = totals.centres
  }
  parentPort?.postMessage('done')
})

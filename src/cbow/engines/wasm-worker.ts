import { parentPort, workerData } from 'node:worker_threads'
import { CbowKernel, SLICE_WORDS } from '../../kernels/cbow-kernel.js'
import { Schedule, sentenceEnd, sentenceStart } from '../schedule.js'
import type { WorkerSetUp, WorkerTask } from './wasm.js'

const { module, memory, layout, thread, words, epochs, next, together }: WorkerSetUp = workerData
const kernel = new CbowKernel(module, memory, layout, thread)
const schedule = new Schedule(words.length, epochs, 0)

function trainChunk(number: number): void {
  const { epoch, from, to } = schedule.chunk(number)
  for (let start = sentenceStart(words, from), end = start; start < to; start = end) {
    while (end < to && end - start < SLICE_WORDS) end = sentenceEnd(words, end)
    if (together) kernel.trainTogether(words, start, end, epoch)
    else kernel.train(words, start, end, epoch)
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

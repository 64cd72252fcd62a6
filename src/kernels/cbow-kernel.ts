import { readFile } from 'node:fs/promises'
import { type KernelLayout, LONGEST_SENTENCE, PARAMETERS, SCRATCH, SLICE_WORDS } from './kernel-layout.js'

/** The compiled kernel; it can be handed to other threads. */
export async function loadKernelModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('./cbow.wasm', import.meta.url)))
}

/** The kernel as one thread sees it. */
export class CbowKernel {
  readonly #exports: WebAssembly.Exports
  readonly #layout: KernelLayout
  readonly #thread: number
  readonly #totals: DataView
  readonly #tokens: Uint32Array

  /** @param thread the number of the thread's scratch region; no two threads may use the same */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, layout: KernelLayout, thread: number) {
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports
    this.#layout = layout
    this.#thread = thread
    this.#totals = new DataView(memory.buffer, layout.scratch[thread], SCRATCH.end)
    const tokens = this.#totals.getUint32(SCRATCH.tokens, true)
    this.#tokens = new Uint32Array(memory.buffer, tokens, SLICE_WORDS + LONGEST_SENTENCE)
  }

  /**
   * Trains on the words from `start` to `end` - 1 of a corpus: whole sentences, fewer than 2,000 words.
   * @param words the encoded corpus [N], the highest bit set on the last word of each sentence
   * @param before words of the corpus that come before those given
   */
  train(words: Uint32Array, start: number, end: number, epoch: number, before = 0): void {
    this.#tokens.set(words.subarray(start, end))
    this.#call('train', PARAMETERS, this.#layout.scratch[this.#thread], end - start, before + start, epoch)
  }

  /**
   * The same in lockstep with the threads of all scratch regions, which must be called with the same words: updates are
   * taken in batches of 128 centres, and the bytes do not depend on the number of threads. Returns when all
   * are done; the totals are those of thread 0.
   */
  trainTogether(words: Uint32Array, start: number, end: number, epoch: number, before = 0): void {
    this.#tokens.set(words.subarray(start, end))
    const { scratch, shared } = this.#layout
    const thread = this.#thread
    const position = before + start
    this.#call(
      'trainTogether',
      PARAMETERS,
      scratch[thread],
      shared,
      end - start,
      position,
      epoch,
      thread,
      scratch.length,
    )
  }

  #call(name: 'train' | 'trainTogether', ...args: number[]): void {
    const call = this.#exports[name]
    if (typeof call !== 'function') throw new Error(`cbow.wasm exports no ${name}`)
    call(...args)
  }

  /** Sum of the losses and number of the centres since it was last asked. */
  takeTotals(): { loss: number; centres: number } {
    const loss = this.#totals.getFloat64(SCRATCH.loss, true)
    const centres = this.#totals.getUint32(SCRATCH.centres, true)
    this.#totals.setFloat64(SCRATCH.loss, 0, true)
    this.#totals.setUint32(SCRATCH.centres, 0, true)
    return { loss, centres }
  }
}

import { MAX_SENTENCE_WORDS } from '../text/numbered-sentences.js'
import type { NumberStore } from './number-store.js'
import { CHUNK_WORDS, type Schedule } from './schedule.js'

/** The N words of an encoded corpus: all in memory, or a window of them that moves over a file. */
export class CorpusWindow {
  /** In shared memory: the corpus from position `first[0]` on, as far as the window reaches. */
  readonly words: Uint32Array
  /** [1], in shared memory: the position in the corpus of `words[0]`. */
  readonly first = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT))
  /** N. */
  readonly length: number
  /** The position up to which the window holds words. */
  #end = 0

  /** @param store of the words, which it holds in memory if they fit, and which nobody changes any more */
  constructor(readonly store: NumberStore) {
    store.toMemory()
    this.length = store.length
    this.words = store.isOnDisk ? store.memory : store.memory.subarray(0, this.length)
    if (!store.isOnDisk) this.#end = this.length
  }

  /**
   * Moves the window, unless it is there already, so that it holds all words of a chunk. Nobody may read meanwhile.
   * @returns the chunk of the same epoch, or the first of the next, whose words the window may not hold
   */
  moveTo(chunk: number, schedule: Schedule): number {
    const { from } = schedule.chunk(chunk)
    if (from < this.first[0] || !this.#holds(from + CHUNK_WORDS)) {
      // One word more: it says whether the chunk begins with a sentence.
      const first = Math.max(0, from - 1)
      this.#end = Math.min(this.length, first + this.words.length)
      this.store.read(first, this.words.subarray(0, this.#end - first))
      this.first[0] = first
    }
    const inEpoch = chunk % schedule.chunksPerEpoch
    let held = inEpoch + 1
    while (held < schedule.chunksPerEpoch && this.#holds((held + 1) * CHUNK_WORDS)) held++
    return chunk + held - inEpoch
  }

  /** Lets go of the file. */
  close(): void {
    this.store.close()
  }

  /** Whether the sentences that begin before a position are held to their ends. */
  #holds(position: number): boolean {
    return this.#end === this.length || position + MAX_SENTENCE_WORDS <= this.#end
  }
}

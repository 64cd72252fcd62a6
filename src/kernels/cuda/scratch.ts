import type { Handle } from './driver.js'
import type { Gpu } from './gpu.js'

/** Memory of a GPU that is used again and again, and grows with what is asked for: to allocate takes long. */
export class Scratch {
  #held: { readonly addresses: [Handle, ...Handle[]]; readonly bytes: readonly number[] } | undefined

  constructor(readonly gpu: Gpu) {}

  /**
   * Parts of so many bytes, not filled. What an earlier call gave may be lost: only work that has ended may have used it.
   * @returns the address of each part
   */
  take(...bytes: readonly number[]): readonly Handle[] {
    const held = this.#held
    if (held?.bytes.length === bytes.length && bytes.every((size, i) => size <= held.bytes[i])) return held.addresses
    this.#held = undefined
    if (held) this.gpu.free(held.addresses[0])
    const largest = bytes.map((size, i) => Math.max(size, held?.bytes[i] ?? 0))
    this.#held = { addresses: this.gpu.allocateParts(...largest), bytes: largest }
    return this.#held.addresses
  }
}

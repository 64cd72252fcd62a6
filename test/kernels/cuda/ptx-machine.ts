import { bodyOf, LANES, PtxProgram } from './ptx-program.js'

const FIRST_ADDRESS = 4096

/** How a kernel is launched: warps run one after another. */
export interface MachineGrid {
  readonly blocks: number
  readonly warpsOfBlock: number
  readonly sharedBytes: number
}

/** A GPU's memory, and what runs PTX on it. */
export class PtxMachine {
  readonly #memory: DataView
  readonly #blocks: { readonly from: number; readonly to: number }[] = []
  #next = FIRST_ADDRESS

  constructor(bytes: number) {
    this.#memory = new DataView(new ArrayBuffer(bytes))
    new Uint8Array(this.#memory.buffer).fill(0xcd)
  }

  /** Memory that holds a copy of an array; at its address. */
  put(values: Float32Array | Float64Array | Uint32Array): bigint {
    const from = this.#next
    new Uint8Array(this.#memory.buffer).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), from)
    this.#blocks.push({ from, to: from + values.byteLength })
    // Apart, so that what runs over an end is seen.
    this.#next = Math.ceil((from + values.byteLength) / 256 + 1) * 256
    return BigInt(from)
  }

  floats(address: bigint, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer.slice(Number(address), Number(address) + 4 * length))
  }

  words(address: bigint, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer.slice(Number(address), Number(address) + 4 * length))
  }

  doubles(address: bigint, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer.slice(Number(address), Number(address) + 8 * length))
  }

  /** Runs a kernel; how many instructions its warps did. */
  run(ptx: string, kernel: string, parameter: DataView, grid: MachineGrid): number {
    let instructions = 0
    for (let block = 0; block < grid.blocks; block++) {
      const shared = new DataView(new ArrayBuffer(grid.sharedBytes))
      for (let warp = 0; warp < grid.warpsOfBlock; warp++) {
        const special = { '%tid.x': warp * LANES, '%ntid.x': grid.warpsOfBlock * LANES, '%nctaid.x': grid.blocks }
        const spaces = { global: this.#memory, shared, param: parameter }
        const check = (address: number, size: number) => this.#check(address, size)
        instructions += new PtxProgram(bodyOf(ptx, kernel), special, spaces, check).run()
      }
    }
    return instructions
  }

  #check(address: number, size: number): void {
    const isHeld = this.#blocks.some(({ from, to }) => address >= from && address + size <= to)
    if (!isHeld) throw new RangeError(`${size} bytes at ${address} are not allocated`)
  }
}

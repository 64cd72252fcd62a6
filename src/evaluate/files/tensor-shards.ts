import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode, fileError } from '../../base/errors.js'
import { SafetensorsFile, type TensorData } from '../../base/safetensors.js'
import { TensorSpool } from '../../base/tensor-spool.js'
import type { PerturbationSink } from '../generate-adversarial.js'
import { partialPath } from './standing-files.js'

/** Result rows of one shard, whether or not they have a perturbation. */
const ROWS_PER_SHARD = 10_000

/** What a shard holds of each row. */
export type ShardKind = 'perturbations' | 'gradients'

/** `FILE.perturbations-00001.safetensors`; shards are numbered from 1. */
export function shardPath(resultFile: string, shard: number, kind: ShardKind = 'perturbations'): string {
  return `${resultFile}.${kind}-${String(shard).padStart(5, '0')}.safetensors`
}

/** The values of a shard that is not full yet. */
const spoolPath = (partial: string, kind: ShardKind): string => `${partial}.${kind}`

/** `row-000017`. */
function tensorName(row: number): string {
  return `row-${String(row).padStart(6, '0')}`
}

export interface ShardWriterOptions {
  /** Keeps the full shards that an interrupted run left. */
  readonly resume?: boolean
  readonly rowsPerShard?: number
  /** `perturbations` unless given. */
  readonly kind?: ShardKind
}

/**
 * Saves a tensor of each row, [C, D], the change of its embedded input or the gradient with respect to it, in safetensors
 * files of 10,000 rows beside the rows.
 * Tensors go to the disk as they come (`TensorSpool`); shards lie beside `FILE.partial` until all of them are there.
 */
export class ShardWriter implements PerturbationSink {
  readonly #partial: string
  #spool: TensorSpool | undefined
  #shard: number
  #rows = 0

  private constructor(
    readonly resultFile: string,
    readonly kept: number,
    readonly rowsPerShard: number,
    readonly kind: ShardKind,
  ) {
    this.#partial = partialPath(resultFile)
    this.#shard = kept / rowsPerShard + 1
  }

  static async open(resultFile: string, options: ShardWriterOptions = {}) {
    const { resume = false, rowsPerShard = ROWS_PER_SHARD, kind = 'perturbations' } = options
    let full = 0
    if (resume) while (await isFull(shardPath(partialPath(resultFile), full + 1, kind), rowsPerShard)) full++
    await removeInterruptedShards(resultFile, full, kind)
    return new ShardWriter(resultFile, full * rowsPerShard, rowsPerShard, kind)
  }

  async add(row: number, perturbation: TensorData | undefined): Promise<void> {
    this.#spool ??= await TensorSpool.open(spoolPath(this.#partial, this.kind))
    if (perturbation !== undefined) await this.#spool.add(tensorName(row), perturbation)
    if (++this.#rows === this.rowsPerShard) await this.#writeShard()
  }

  /** Writes the rest and gives the shards their names, in place of those of an earlier run. */
  async commit(): Promise<void> {
    if (this.#rows > 0) await this.#writeShard()
    await removeShards(this.resultFile, 0, this.kind)
    for (const shard of (await shardsOf(this.#partial, this.kind)).keys()) {
      await rename(shardPath(this.#partial, shard, this.kind), shardPath(this.resultFile, shard, this.kind))
    }
  }

  /** Leaves the full shards for a later run. Does nothing after `commit`. */
  async suspend(): Promise<void> {
    await this.#spool?.abandon()
    this.#spool = undefined
  }

  /** Leaves nothing. */
  async abandon(): Promise<void> {
    await this.suspend()
    await removeInterruptedShards(this.resultFile, 0, this.kind)
  }

  async #writeShard(): Promise<void> {
    await this.#spool?.commit(shardPath(this.#partial, this.#shard++, this.kind), { rows: String(this.#rows) })
    this.#spool = undefined
    this.#rows = 0
  }
}

/** Removes what an interrupted run left beside the rows, but for its first `from` shards. */
export async function removeInterruptedShards(resultFile: string, from = 0, kind: ShardKind = 'perturbations') {
  await removeShards(partialPath(resultFile), from, kind)
  await rm(spoolPath(partialPath(resultFile), kind), { force: true })
}

/** Removes a result file's shards with numbers above `from`. */
export async function removeShards(resultFile: string, from = 0, kind: ShardKind = 'perturbations'): Promise<void> {
  for (const [shard, path] of await shardsOf(resultFile, kind)) if (shard > from) await rm(path, { force: true })
}

/** Finds the perturbations of rows that are asked for in the order of the result file, and reads one at a time. */
export class PerturbationReader {
  #shard = 0
  #file: SafetensorsFile | undefined

  constructor(
    readonly resultFile: string,
    readonly rowsPerShard = ROWS_PER_SHARD,
  ) {}

  /**
   * @param index the result's place in its file, from 0
   * @param row its number in the input
   * @returns [C, D], or undefined when none was saved
   * @throws UserError when the shard is cut or no safetensors file
   */
  async find(index: number, row: number): Promise<TensorData | undefined> {
    const shard = Math.floor(index / this.rowsPerShard) + 1
    if (shard !== this.#shard) {
      await this.close()
      this.#file = await openIfThere(shardPath(this.resultFile, shard))
      this.#shard = shard
    }
    return this.#file?.readTensor(tensorName(row))
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    this.#shard = 0
  }
}

async function isFull(path: string, rowsPerShard: number): Promise<boolean> {
  const file = await openIfThere(path)
  await file?.close()
  return file?.metadata.rows === String(rowsPerShard)
}

async function openIfThere(path: string): Promise<SafetensorsFile | undefined> {
  try {
    return await SafetensorsFile.open(path)
  } catch (error) {
    if (error instanceof Error && errorCode(error.cause) === 'ENOENT') return undefined
    throw error
  }
}

/** A result file's shards by their numbers. */
async function shardsOf(resultFile: string, kind: ShardKind): Promise<Map<number, string>> {
  const folder = dirname(resultFile)
  const names = await readdir(folder).catch((error) => {
    if (errorCode(error) === 'ENOENT') return []
    throw fileError(error, folder)
  })
  const shards = new Map<number, string>()
  for (const name of names) {
    const shard = Number(/-(\d{5})\.safetensors$/.exec(name)?.[1])
    if (name === basename(shardPath(resultFile, shard, kind))) shards.set(shard, join(folder, name))
  }
  return shards
}

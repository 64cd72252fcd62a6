import { readFile, rm } from 'node:fs/promises'
import { AtomicFile, writeFileAtomically } from '../../base/atomic-files.js'
import { errorCode, fileError, UserError } from '../../base/errors.js'
import { type TableFormat, tableFormat } from '../../text/rows.js'
import { differingSetting, type Settings } from './settings-difference.js'
import { holdsSomething, partialPath } from './standing-files.js'
import { wholeRecords } from './whole-records.js'

/** What the rows of a file are: R as they are written, E as they are read again. */
export interface RowKind<R, E> {
  /** Plural, for errors: `results`. */
  readonly name: string
  /** What CSV begins with; nothing in JSONL. */
  header(format: TableFormat): Promise<string>
  /** Rows as they stand in a file, each with its line feed. */
  format(format: TableFormat, rows: readonly R[]): Promise<string>
  read(format: TableFormat, path: string): AsyncIterable<E>
  /** @throws UserError where something else stands at the path */
  refuseOther(path: string): Promise<void>
}

export interface RowWriterOptions {
  /** How the rows are made; a run can be gone on with only if these are equal. */
  readonly settings: Settings
  /** Keeps the whole rows that an interrupted run left, and what this one writes when it fails. */
  readonly resume?: boolean
  /** Writes over what stands there: something else than results, or an interrupted run. */
  readonly force?: boolean
}

/** How many rows are collected before they are written. */
const ROWS_PER_WRITE = 32

/**
 * Writes a file of rows: `FILE.partial` until all rows are there, with the settings beside it by which a later run knows
 * it for its own. A run that is stopped anywhere, even by power failure, loses at most its last rows.
 */
export class RowWriter<R, E> {
  readonly #kind: RowKind<R, E>
  readonly #file: AtomicFile
  readonly #format: TableFormat
  #pending: R[] = []

  private constructor(
    kind: RowKind<R, E>,
    file: AtomicFile,
    format: TableFormat,
    /** How many rows an interrupted run left. */
    readonly kept: number,
  ) {
    this.#kind = kind
    this.#file = file
    this.#format = format
  }

  /**
   * @throws UserError when the path has no known ending, holds something else or an interrupted run that is not to be
   *   resumed, or cannot be written, or when what is to be resumed was made with other settings
   */
  static async open<R, E>(
    path: string,
    kind: RowKind<R, E>,
    { settings, resume = false, force = false }: RowWriterOptions,
  ): Promise<RowWriter<R, E>> {
    const format = formatOfRows(path, kind.name)
    const header = await kind.header(format)
    if (!force) await kind.refuseOther(path)
    const goesOn = resume && (await isSameRun(path, settings))
    if (!force && !goesOn) await refuseInterruptedRun(path, resume)
    const kept = goesOn ? await wholeRecords(partialPath(path), format) : undefined
    const headerRecords = header === '' ? 0 : 1
    if (kept !== undefined && kept.records >= headerRecords) {
      const file = await AtomicFile.open(path, { keepPartial: resume, resumeAt: kept.bytes })
      return new RowWriter(kind, file, format, kept.records - headerRecords)
    }
    const file = await AtomicFile.open(path, { keepPartial: resume })
    try {
      await writeFileAtomically(settingsPath(path), `${JSON.stringify(settings)}\n`)
      await file.write(header)
    } catch (error) {
      await file.abandon()
      throw error
    }
    return new RowWriter(kind, file, format, 0)
  }

  /** The rows that an interrupted run left. To be read while this one writes: it never looks behind them. */
  async *earlier(): AsyncGenerator<E, void, undefined> {
    if (this.kept === 0) return
    let read = 0
    for await (const row of this.#kind.read(this.#format, this.#file.partialPath)) {
      yield row
      if (++read === this.kept) return
    }
  }

  async write(row: R): Promise<void> {
    this.#pending.push(row)
    if (this.#pending.length >= ROWS_PER_WRITE) await this.#flush()
  }

  /** Gives the file its name. */
  async commit(): Promise<void> {
    await this.#flush()
    await this.#file.commit()
    await this.#removeSettings()
  }

  /** Leaves what there is for a later run. */
  async suspend(): Promise<void> {
    await this.#flush()
    await this.#file.suspend()
  }

  /** Leaves nothing. */
  async abandon(): Promise<void> {
    await this.#file.abandon()
    await this.#removeSettings()
  }

  async #flush(): Promise<void> {
    const rows = this.#pending
    this.#pending = []
    if (rows.length > 0) await this.#file.write(await this.#kind.format(this.#format, rows))
  }

  async #removeSettings(): Promise<void> {
    await rm(settingsPath(this.#file.path), { force: true })
  }
}

async function refuseInterruptedRun(path: string, resume: boolean): Promise<void> {
  if (!(await holdsSomething(partialPath(path)))) return
  const what = resume
    ? 'nothing says with which settings it was begun; begin anew'
    : 'holds an interrupted run; go on with --resume, or begin anew'
  throw new UserError(`${partialPath(path)}: ${what} with --force`)
}

/** @throws UserError for a path with another ending than `.csv` and `.jsonl` */
export function formatOfRows(path: string, name: string): TableFormat {
  if (/\.(gz|zst)$/i.test(path)) throw new UserError(`${path}: ${name} are not compressed; name a .csv or .jsonl file`)
  return tableFormat(path)
}

const settingsPath = (path: string): string => `${partialPath(path)}.settings.json`

/** Whether an interrupted run left rows here, and made them as this one would. */
async function isSameRun(path: string, settings: Settings): Promise<boolean> {
  const left = await readFile(settingsPath(path), 'utf8').catch((error) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw fileError(error, settingsPath(path))
  })
  if (left === undefined) return false
  const other = differingSetting(parseSettings(left), settings)
  if (other === undefined) return true
  throw new UserError(
    `${path}: cannot be resumed, it was begun with another ${other}; run it with --force to begin anew, without --resume`,
  )
}

function parseSettings(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

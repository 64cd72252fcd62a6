import { readFile, rm } from 'node:fs/promises'
import { AtomicFile, writeFileAtomically } from '../base/atomic-files.js'
import { errorCode, fileError, UserError } from '../base/errors.js'
import { refuseOtherFile } from '../base/own-file.js'
import { type TableFormat, tableFormat } from '../text/rows.js'
import type { AttackResult } from './result.js'
import { formatResultHeader, formatResults, readResultsAs } from './result-file.js'
import { differingSetting, type Settings } from './settings-difference.js'
import { holdsSomething, partialPath } from './standing-files.js'
import { SUMMARY_BEGINNING, summaryPath } from './summary.js'
import { wholeRecords } from './whole-records.js'

export interface ResultWriterOptions {
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
 * Writes a result file: `FILE.partial` until all rows are there, with the settings beside it by which a later run knows
 * it for its own. A run that is stopped anywhere, even by power failure, loses at most its last rows.
 */
export class ResultWriter {
  readonly #file: AtomicFile
  readonly #format: TableFormat
  #pending: AttackResult[] = []

  private constructor(
    file: AtomicFile,
    format: TableFormat,
    /** How many rows an interrupted run left. */
    readonly kept: number,
  ) {
    this.#file = file
    this.#format = format
  }

  /**
   * @throws UserError when the path has no known ending, holds something else or an interrupted run that is not to be
   *   resumed, or cannot be written, or when what is to be resumed was made with other settings
   */
  static async open(path: string, { settings, resume = false, force = false }: ResultWriterOptions) {
    const format = resultFormat(path)
    const header = await formatResultHeader(format)
    if (!force) await refuseOtherThanResults(path)
    const goesOn = resume && (await isSameRun(path, settings))
    if (!force && !goesOn) await refuseInterruptedRun(path, resume)
    const kept = goesOn ? await wholeRecords(partialPath(path), format) : undefined
    const headerRecords = header === '' ? 0 : 1
    if (kept !== undefined && kept.records >= headerRecords) {
      const file = await AtomicFile.open(path, { keepPartial: resume, resumeAt: kept.bytes })
      return new ResultWriter(file, format, kept.records - headerRecords)
    }
    const file = await AtomicFile.open(path, { keepPartial: resume })
    try {
      await writeFileAtomically(settingsPath(path), `${JSON.stringify(settings)}\n`)
      await file.write(header)
    } catch (error) {
      await file.abandon()
      throw error
    }
    return new ResultWriter(file, format, 0)
  }

  /** The rows that an interrupted run left. To be read while this one writes: it never looks behind them. */
  async *earlier(): AsyncGenerator<AttackResult, void, undefined> {
    if (this.kept === 0) return
    let read = 0
    for await (const result of readResultsAs(this.#format, this.#file.partialPath)) {
      yield result
      if (++read === this.kept) return
    }
  }

  async write(result: AttackResult): Promise<void> {
    this.#pending.push(result)
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
    const results = this.#pending
    this.#pending = []
    if (results.length > 0) await this.#file.write(await formatResults(this.#format, results))
  }

  async #removeSettings(): Promise<void> {
    await rm(settingsPath(this.#file.path), { force: true })
  }
}

/**
 * Refuses a path where something else stands than results, and their summary beside them.
 * @throws UserError that names the file
 */
export async function refuseOtherThanResults(path: string): Promise<void> {
  const beginning = (await formatResultHeader(resultFormat(path))) || '{"original_text":'
  await refuseOtherFile(path, 'attack results', (begins) => begins.startsWith(beginning))
  await refuseOtherFile(summaryPath(path), 'the summary of an attack', (begins) => begins.startsWith(SUMMARY_BEGINNING))
}

async function refuseInterruptedRun(path: string, resume: boolean): Promise<void> {
  if (!(await holdsSomething(partialPath(path)))) return
  const what = resume
    ? 'nothing says with which settings it was begun; begin anew'
    : 'holds an interrupted run; go on with --resume, or begin anew'
  throw new UserError(`${partialPath(path)}: ${what} with --force`)
}

function resultFormat(path: string): TableFormat {
  if (/\.(gz|zst)$/i.test(path)) throw new UserError(`${path}: results are not compressed; name a .csv or .jsonl file`)
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

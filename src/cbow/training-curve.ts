import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../base/atomic-files.js'
import { errorCode, fileError } from '../base/errors.js'
import type { Stretch } from './training-run.js'

export const CURVE_FILE = 'training.csv'

const HEADER = 'words,learning_rate,loss,words_per_second'

/**
 * How training went, a row for each stretch, for a curve: words read so far (all epochs together, before subsampling),
 * the learning rate, the mean loss of a centre word over the stretch, words per second. Kept here and written whole,
 * with each checkpoint and at the end, so that the file never breaks off within a row.
 */
export class TrainingCurve {
  readonly #path: string
  readonly #rows: string[]

  private constructor(path: string, rows: string[]) {
    this.#path = path
    this.#rows = rows
  }

  /** The curve of a run in a folder: empty at word 0, else what an interrupted run had written up to `words`. */
  static async upTo(words: number, directory: string): Promise<TrainingCurve> {
    const path = join(directory, CURVE_FILE)
    const [header, ...rows] = words === 0 ? [] : (await textOf(path)).split('\n')
    // What was trained after the checkpoint is trained again.
    const kept = header === HEADER ? rows.filter((row) => row !== '' && Number(row.split(',', 1)[0]) <= words) : []
    return new TrainingCurve(path, kept)
  }

  add({ words, learningRate, loss, wordsPerSecond }: Stretch): void {
    this.#rows.push([words, learningRate.toPrecision(6), loss.toPrecision(6), Math.round(wordsPerSecond)].join())
  }

  /** @throws UserError when it cannot be written */
  async save(): Promise<void> {
    await writeFileAtomically(this.#path, [HEADER, ...this.#rows, ''].join('\n'))
  }
}

/** A file's text; empty where there is none. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw fileError(error, path)
  }
}

import { UserError } from '../../base/errors.js'
import type { WrittenReading } from '../gradients/gradient-reading.js'
import { type NumberedRow, nameOfRow } from '../rows/before-attack.js'

/** What an interrupted run has written of rows, handed out beside them. */
export class EarlierReadings {
  readonly #readings: AsyncIterator<WrittenReading>
  readonly #source: string | undefined

  constructor(readings: AsyncIterable<WrittenReading>, source: string | undefined) {
    this.#readings = readings[Symbol.asyncIterator]()
    this.#source = source
  }

  /**
   * The readings of these rows, fewer where they end.
   * @throws UserError when one is of another row, text or label
   */
  async take(rows: readonly NumberedRow[]): Promise<WrittenReading[]> {
    const taken: WrittenReading[] = []
    for (const { row, text, label } of rows) {
      const next = await this.#readings.next()
      if (next.done) break
      if (next.value.row !== row || next.value.text !== text || next.value.label !== label) {
        const name = nameOfRow(this.#source, row)
        throw new UserError(`${name}: is not the row that the interrupted run read there; begin anew with --force`)
      }
      taken.push(next.value)
    }
    return taken
  }

  /** @throws UserError when the interrupted run went further than these rows */
  async requireEnd(rows: number): Promise<void> {
    if ((await this.#readings.next()).done) return
    const what = `the interrupted run has read more than these ${rows} rows`
    throw new UserError(`${this.#source === undefined ? '' : `${this.#source}: `}${what}; begin anew with --force`)
  }
}

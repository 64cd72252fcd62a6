import { UserError } from '../../base/errors.js'
import { readMarked } from '../../text/changed-words.js'
import type { AttackResult } from '../result.js'
import { type NumberedRow, nameOfRow } from '../rows/before-attack.js'

/** The results of a run that was interrupted, handed out beside the rows that they belong to. */
export class EarlierResults {
  readonly #results: AsyncIterator<AttackResult> | Iterator<AttackResult>
  readonly #source: string | undefined

  constructor(results: Iterable<AttackResult> | AsyncIterable<AttackResult>, source: string | undefined) {
    this.#results = Symbol.asyncIterator in results ? results[Symbol.asyncIterator]() : results[Symbol.iterator]()
    this.#source = source
  }

  /**
   * The results of these rows, fewer where they end.
   * @throws UserError when a result is of another row, text or label
   */
  async take(rows: readonly NumberedRow[]): Promise<AttackResult[]> {
    const taken: AttackResult[] = []
    for (const { row, text, label } of rows) {
      const next = await this.#results.next()
      if (next.done) break
      const { originalText, groundTruthOutput } = next.value
      if (next.value.row !== row || readMarked(originalText).text !== text || groundTruthOutput !== label) {
        const name = nameOfRow(this.#source, row)
        throw new UserError(`${name}: is not the row that the interrupted run attacked there; begin anew`)
      }
      taken.push(next.value)
    }
    return taken
  }
}

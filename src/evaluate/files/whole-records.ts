import { createReadStream } from 'node:fs'
import { errorCode, fileError } from '../../base/errors.js'
import type { TableFormat } from '../../text/rows.js'

const QUOTE = 0x22
const LINE_FEED = 0x0a

/** The part of a file that is whole records. */
export interface WholeRecords {
  /** How many; a header is one. */
  readonly records: number
  /** Their size. */
  readonly bytes: number
}

/**
 * How much of a file of ours, cut anywhere, is whole: a record ends at a line feed that is not within quotes. Both bytes
 * are no part of any other character of UTF-8, so bytes are enough. A file that is not there has none.
 */
export async function wholeRecords(path: string, format: TableFormat): Promise<WholeRecords> {
  let whole: WholeRecords = { records: 0, bytes: 0 }
  let read = 0
  let quoted = false
  try {
    for await (const chunk of createReadStream(path)) {
      const bytes: Buffer = chunk
      for (let i = 0; i < bytes.length; i++) {
        if (bytes[i] === QUOTE && format === 'csv') quoted = !quoted
        else if (bytes[i] === LINE_FEED && !quoted) whole = { records: whole.records + 1, bytes: read + i + 1 }
      }
      read += bytes.length
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return whole
    throw fileError(error, path)
  }
  return whole
}

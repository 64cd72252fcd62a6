import { stat } from 'node:fs/promises'
import { errorCode, fileError } from '../../base/errors.js'

/** Where the rows of a run are until all of them are there. */
export const partialPath = (resultFile: string): string => `${resultFile}.partial`

/** Whether a file with at least a byte stands there; a device or a pipe holds nothing. */
export async function holdsSomething(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    return found.isFile() && found.size > 0
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw fileError(error, path)
  }
}

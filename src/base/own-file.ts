import { open, stat } from 'node:fs/promises'
import { errorCode, fileError, UserError } from './errors.js'

const BEGINNING_BYTES = 1024

/**
 * Refuses to write over a file that holds something else than what belongs there: the user's own may not be lost to a
 * slip of the keyboard. A file that is not there or is empty, and a device, may be written.
 * @param what belongs there, for the error: `attack results`
 * @param isOurs tells it by how the file begins (1,024 bytes of it, as UTF-8)
 * @throws UserError that names the file
 */
export async function refuseOtherFile(
  path: string,
  what: string,
  isOurs: (beginning: string) => boolean,
): Promise<void> {
  const beginning = await beginningOf(path)
  if (beginning === '' || isOurs(beginning)) return
  throw new UserError(`${path}: holds something else than ${what}; name another file or use --force`)
}

async function beginningOf(path: string): Promise<string> {
  try {
    // Not opened: a pipe would wait for somebody to write into it.
    if (!(await stat(path)).isFile()) return ''
    const handle = await open(path)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw fileError(error, path)
  }
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** SHA-256 in hexadecimal of text or of the bytes of typed arrays, one after the other. */
export function sha256(...parts: (string | NodeJS.ArrayBufferView)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** SHA-256 in hexadecimal of a file's bytes. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** SHA-256 over named arrays: names in order, each with its length, so that no two different sets share a hash. */
export function sha256OfArrays(arrays: ReadonlyMap<string, NodeJS.ArrayBufferView>): string {
  const hash = createHash('sha256')
  for (const name of [...arrays.keys()].sort()) {
    const bytes = arrays.get(name)!
    hash.update(`${name}:${bytes.byteLength}:`)
    hash.update(bytes)
  }
  return hash.digest('hex')
}

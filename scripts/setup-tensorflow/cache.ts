import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { ensureOutputFolder } from '../../src/base/atomic-files.js'
import { errorCode, fileError, UserError } from '../../src/base/errors.js'
import { megabytes } from './editions.js'

/** Where downloads and built bindings are kept: outside `node_modules`, which `npm ci` empties. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME
  // The XDG specification has relative paths ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'cbow-adversarial')
}

/**
 * Makes a folder that appears whole or not at all: `fill` works in a new one beside it, which then takes its name.
 * What stood there before is replaced; what an interrupted run left beside is removed.
 */
export async function fillFolder(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  await ensureOutputFolder(dirname(folder))
  await removeAbandoned(folder)
  const partial = `${folder}.partial-${hostname()}-${process.pid}`
  try {
    // Before, not after: what stands there then is another run's, and in use.
    await rm(folder, { recursive: true, force: true })
    await mkdir(partial)
    await fill(partial)
    await rename(partial, folder).catch((error: unknown) => {
      // Another run was quicker, and what it made is as good.
      if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error
    })
  } catch (error) {
    throw fileError(error, folder)
  } finally {
    await rm(partial, { recursive: true, force: true }).catch(() => {})
  }
}

/** Removes what runs on this machine have left beside a folder and will not finish. */
async function removeAbandoned(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.partial-${hostname()}-`
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length)))) continue
    // A pip that outlived its run may still be writing there: what cannot be removed now is the next run's.
    await rm(join(dirname(folder), name), { recursive: true, force: true }).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

/** @throws UserError where the disk of a folder has less room */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  await ensureOutputFolder(folder)
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= bytes) return
  throw new UserError(
    `${folder}: ${megabytes(bytes)} are needed and ${megabytes(bavail * bsize)} are free; free some, or set XDG_CACHE_HOME to a folder on a larger disk`,
  )
}

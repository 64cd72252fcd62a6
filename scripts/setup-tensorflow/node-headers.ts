import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../../src/base/errors.js'
import type { Progress } from '../../src/base/progress.js'
import { fillFolder } from './cache.js'
import { runProgram } from './run-program.js'

/** The headers that every version of Node shares, as a package of their own. */
const HEADERS = 'node-api-headers@1.9.0'

export interface Seeking {
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Folders that may hold them: beside the program (nodejs.org, nvm, Docker), or in Debian's place. */
  readonly headerFolders?: readonly string[]
}

const BESIDE_NODE = [join(dirname(process.execPath), '..', 'include', 'node'), '/usr/include/node']

/**
 * Folder of Node's headers; where this Node came without, npm brings them into the cache.
 * @throws UserError where it cannot
 */
export async function findNodeHeaders(
  cache: string,
  progress: Progress,
  { env = process.env, signal, headerFolders = BESIDE_NODE }: Seeking = {},
): Promise<string> {
  const home = join(cache, HEADERS)
  const brought = join(home, 'node_modules', 'node-api-headers', 'include')
  for (const folder of [...headerFolders, brought]) if (await holdsHeaders(folder)) return folder
  progress.note(`this Node came without its headers: npm brings ${HEADERS} into ${home}`)
  await fillFolder(home, async (partial) => {
    const args = ['install', '--prefix', partial, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', HEADERS]
    const ended = await runProgram('npm', args, { env, signal })
    if (ended?.status === 0) return
    const said = ended?.stderr.match(/npm error (?!code)(.*)/)?.[1] ?? 'nothing'
    throw new UserError(
      `no headers of Node in ${headerFolders[0]}, and npm does not bring ${HEADERS} (it says: ${said}); take the Node of nodejs.org, which has them`,
    )
  })
  return brought
}

const holdsHeaders = (folder: string): Promise<boolean> =>
  stat(join(folder, 'node_api.h')).then(
    () => true,
    () => false,
  )

import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '../../src/base/errors.js'
import type { Progress } from '../../src/base/progress.js'
import { TFJS_NODE, tfjsNodeFolder } from '../../src/gradient/native-binding.js'
import { runProgram } from './run-program.js'

/** The version whose sources are known to build. */
const VERSION = '4.22.0'

/** The project that this package is installed in; undefined in our own repository, or where it stands alone. */
function projectAround(ours: string): string | undefined {
  const modules = dirname(ours)
  const project = dirname(modules)
  return basename(modules) === 'node_modules' && existsSync(join(project, 'package.json')) ? project : undefined
}

/**
 * Folder of tfjs-node; brought by npm where it is not installed. Its own install script stays off (it fetches a
 * TensorFlow of 2022), and the project's package.json stays as it is.
 * @throws UserError where npm cannot bring it
 */
export async function bringTfjsNode(
  progress: Progress,
  { signal, env = process.env }: { readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv } = {},
  ours = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, ''),
  find: () => string | undefined = tfjsNodeFolder,
): Promise<string> {
  const there = find()
  if (there !== undefined) return there
  const project = projectAround(ours)
  const command = `npm install --ignore-scripts --no-save ${TFJS_NODE}@${VERSION}`
  if (project === undefined) throw new UserError(`${TFJS_NODE} is not installed; run ${command} (here: npm ci)`)
  progress.note(`${command} in ${project}: about 300 MB on the disk`)
  const [file, ...args] = command.split(' ')
  const ended = await runProgram(file, args, { cwd: project, signal, env })
  const brought = find()
  if (brought !== undefined) return brought
  const said = ended?.stderr.match(/npm error (.*)/)?.[1] ?? 'nothing'
  throw new UserError(`${TFJS_NODE} was not installed; run ${command} in ${project} and see (npm says: ${said})`)
}

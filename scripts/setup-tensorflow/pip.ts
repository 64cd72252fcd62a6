import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../src/base/errors.js'
import type { Edition } from './editions.js'
import { findProgram, runProgram } from './run-program.js'

export interface Fetching {
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Shows pip's own progress on stderr. */
  readonly show?: boolean
}

/** How pip is called here. */
export type Pip = readonly [string, ...string[]]

/** @throws UserError where there is none */
export async function findPip(env?: NodeJS.ProcessEnv): Promise<Pip> {
  const pip = await findProgram([['python3', '-m', 'pip'], ['pip3'], ['pip']], env)
  if (pip) return pip
  throw new UserError(
    'no pip, which fetches TensorFlow: install it (apt install python3-pip), or name a TensorFlow that is there by --library PATH',
  )
}

/**
 * Unpacks the wheels of an edition into a folder. pip checks each download against the hash written down for it. The
 * wheels of one Python serve every machine, since nothing of Python runs.
 * @throws UserError that says why pip could not, and what to do
 */
export async function unpackWheels(pip: Pip, edition: Edition, folder: string, fetching: Fetching): Promise<void> {
  const { env = process.env, signal, show } = fetching
  const requirements = join(folder, 'requirements.txt')
  const lines = edition.wheels.map(({ requirement, sha256 }) => `${requirement} --hash=sha256:${sha256}\n`)
  await writeFile(requirements, lines.join(''))
  const [file, ...args] = [
    ...pip,
    ...['install', '--target', folder, '--require-hashes', '--requirement', requirements],
    ...['--no-deps', '--no-compile', '--no-cache-dir', '--only-binary=:all:'],
    ...['--implementation', 'cp', '--python-version', '3.11'],
    ...edition.platforms.flatMap((platform) => ['--platform', platform]),
  ]
  const ended = await runProgram(file, args, {
    signal,
    show,
    env: {
      ...env,
      // On the same disk as the target, so that the files are moved there and not copied.
      TMPDIR: folder,
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_ROOT_USER_ACTION: 'ignore',
      // Settings of the user's that a target folder of its own contradicts.
      PIP_USER: '0',
      PIP_REQUIRE_VIRTUALENV: '0',
    },
  })
  if (ended?.status !== 0) throw new UserError(whyPipFailed(ended?.stderr ?? ''))
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|Errno 28/i, 'no space left on the disk; free some, or set XDG_CACHE_HOME to a larger one'],
  [/DO NOT MATCH THE HASHES/i, 'the download is not the file it should be (its hash differs); run it again'],
  [
    /NewConnectionError|ConnectionError|Max retries|timed out|Name or service|ProxyError|SSLError|unreachable/i,
    "Python's registry cannot be reached; check the network, or pip's settings (pip config list)",
  ],
  [/IncompleteRead|Connection broken|BadZipFile|is invalid/, 'the download was cut; run it again'],
  [
    /No matching distribution|Could not find a version/i,
    'the registry that pip is set to has no such wheel; check its settings (pip config list)',
  ],
]

/** What pip's complaint means, in one line. */
export function whyPipFailed(stderr: string): string {
  const reason = REASONS.find(([pattern]) => pattern.test(stderr))?.[1]
  if (reason !== undefined) return `TensorFlow was not fetched: ${reason}`
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const said = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? 'nothing'
  return `TensorFlow was not fetched; pip says: ${said.replace(/^ERROR: */, '').trim()}`
}

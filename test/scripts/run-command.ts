import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const scripts = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'scripts')

export const commandPath = (name: string) => join(scripts, `${name}.js`)

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  /** Lines that are neither progress nor the engine in use. */
  readonly errors: readonly string[]
  readonly stderr: string
}

export interface Surroundings {
  readonly input?: string | Uint8Array
  /** Most bytes of a file that the command may write (rounded to blocks of 1,024), to play a full disk. */
  readonly fileLimit?: number
  /** Beside our own environment. */
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command as a user would. */
export function runCommand(name: string, args: readonly string[], { input, fileLimit, env }: Surroundings = {}): Ended {
  const program = [process.execPath, commandPath(name), ...args]
  const [file, ...rest] =
    fileLimit === undefined
      ? program
      : ['bash', '-c', 'ulimit -f "$0"; trap "" XFSZ; exec "$@"', String(Math.ceil(fileLimit / 1024)), ...program]
  const surroundings = { input, env: { ...process.env, ...env }, maxBuffer: 1 << 28 }
  const { status, stdout, stderr } = spawnSync(file, rest, { ...surroundings, encoding: 'utf8' })
  const errors = stderr.split('\n').filter((line) => line.startsWith(`${name}: `))
  return { status, stdout, stderr, errors }
}

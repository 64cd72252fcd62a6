import { spawn } from 'node:child_process'
import { errorCode, InterruptedError } from '../../src/base/errors.js'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Shows what the program says on its standard output (progress) on our stderr, instead of keeping it. */
  readonly show?: boolean
  /** Milliseconds after which it is killed. */
  readonly timeout?: number
}

export interface Ended {
  /** Exit status; null where a signal ended it. */
  readonly status: number | null
  readonly killedBy: string | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end; undefined where there is no such program.
 * @throws InterruptedError when the signal fires; the program has ended then
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended | undefined> {
  const { cwd, env, signal, show, timeout } = options
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, signal, timeout, stdio: ['ignore', show ? 2 : 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let failure: Error | undefined
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', (error) => {
      failure = error
      // A program that never started says nothing more.
      if (child.pid === undefined) settle(null, null)
    })
    child.on('close', settle)
    function settle(status: number | null, killedBy: string | null): void {
      if (signal?.aborted) reject(new InterruptedError('interrupted; nothing half-made is left; run it again'))
      else if (failure === undefined) resolve({ status, killedBy, stdout, stderr })
      else if (errorCode(failure) === 'ENOENT') resolve(undefined)
      else reject(failure)
    }
  })
}

/** The first of these programs that is there and runs. */
export async function findProgram(
  candidates: readonly (readonly [string, ...string[]])[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly [string, ...string[]] | undefined> {
  for (const candidate of candidates) {
    const [file, ...args] = candidate
    const ended = await runProgram(file, [...args, '--version'], { env })
    if (ended?.status === 0) return candidate
  }
  return undefined
}

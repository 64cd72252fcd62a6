import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import { runProgram } from './run-program.js'

const Report = z.object({ tensorflowVersion: z.string(), gpu: z.boolean(), wrong: z.array(z.string()) })

export interface SelfTest {
  readonly tensorflowVersion: string
  readonly gpu: boolean
  /** What TensorFlow said while it started: why it uses no GPU. */
  readonly log: string
}

/** A GPU newer than the library's code is compiled for on first use, which takes minutes. */
const LONGEST = 10 * 60_000

/**
 * Loads the installed binding in a child process and computes with it.
 * @param program the child's script
 * @throws UserError when it does not load, crashes or computes wrongly
 */
export async function runSelfTest(
  signal?: AbortSignal,
  program = fileURLToPath(new URL('./self-test.js', import.meta.url)),
): Promise<SelfTest> {
  // What TensorFlow says while it starts tells why it uses no GPU.
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' }
  const ended = await runProgram(process.execPath, [program], { signal, env, timeout: LONGEST })
  const { status, killedBy, stdout, stderr } = { status: null, killedBy: null, stdout: '', stderr: '', ...ended }
  const mend = 'npx setup-tensorflow --cpu builds one with the TensorFlow it was tested with'
  if (killedBy !== null) throw new UserError(`the binding crashes (${killedBy}); ${mend}`)
  if (status !== 0) throw new UserError(`the binding does not work: ${reasonIn(stderr)}`)
  const { wrong, ...report } = Report.parse(JSON.parse(stdout))
  if (wrong.length > 0) throw new UserError(`the binding computes wrongly (${wrong.join(', ')}); ${mend}`)
  return { ...report, log: stderr }
}

/** The line of a stack trace that says what was thrown. */
function reasonIn(stderr: string): string {
  const line = stderr.split('\n').find((each) => /^(\w*Error|Error):? /.test(each))
  return (line ?? stderr.trim().split('\n').at(-1) ?? '').replace(/^\w*Error: /, '')
}

// word2vec.c as a peer: the user names its source or a binary of it; nothing of it comes along.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '../../src/base/errors.js'
import type { Measured, Round, Trainer } from './trainers.js'

const COMPILERS = ['cc', 'gcc', 'clang']
/** As its makefile has them. */
const COMPILER_FLAGS = ['-O3', '-march=native', '-funroll-loops', '-pthread', '-Wno-unused-result']
const POLL_MILLISECONDS = 50

/**
 * @param path `word2vec.c`, which is compiled into `folder`, or a binary
 * @throws UserError where there is no C compiler, or it refuses the source
 */
export async function word2vecTrainer(path: string, folder: string): Promise<Trainer> {
  const program = path.endsWith('.c') ? await compile(path, join(folder, 'word2vec')) : resolve(path)
  return { vectors: 'word2vec.bin', train: (round) => train(program, round) }
}

async function compile(source: string, program: string): Promise<string> {
  for (const compiler of COMPILERS) {
    try {
      await promisify(execFile)(compiler, [source, '-o', program, ...COMPILER_FLAGS, '-lm'])
      return program
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue
      throw new UserError(`${source}: ${compiler} does not compile it; name a binary instead`, { cause: error })
    }
  }
  throw new UserError(`${source}: no C compiler here (${COMPILERS.join(', ')}); install one, or name a binary`)
}

/**
 * It says no times. Its first line of progress comes when training begins, the last one when it ends, each to 10,000
 * words; what comes before that line is counting.
 */
async function train(program: string, { corpus, threads, epochs, folder }: Round): Promise<Measured> {
  const settings = { train: corpus, output: join(folder, 'word2vec.bin'), cbow: 1, size: 100, window: 5, negative: 5 }
  const more = { hs: 0, sample: 1e-4, 'min-count': 5, alpha: 0.05, binary: 1, threads, iter: epochs }
  const args = Object.entries({ ...settings, ...more }).flatMap(([name, value]) => [`-${name}`, String(value)])
  const startedAt = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let [firstAt, lastAt] = [0, 0]
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    if (text.length < 1000) text += chunk
    if (!chunk.includes('Progress:')) return
    lastAt = performance.now()
    if (firstAt === 0) firstAt = lastAt
  })
  let peak: number | undefined
  const polling = setInterval(async () => {
    peak = (await peakMegabytes(child.pid)) ?? peak
  }, POLL_MILLISECONDS)
  const [status] = await once(child, 'close')
  clearInterval(polling)
  const wholeSeconds = (performance.now() - startedAt) / 1000
  const numberAfter = (label: string) => Number(new RegExp(`${label}: (\\d+)`).exec(text)?.[1])
  const [vocabulary, words] = [numberAfter('Vocab size'), numberAfter('Words in train file')]
  if (status !== 0 || !(words > 0)) throw new UserError(`${program}: is not word2vec.c, or failed (status ${status})`)
  const trainingSeconds = (lastAt - firstAt) / 1000
  return {
    trainer: 'word2vec.c',
    trainingSeconds,
    wholeSeconds,
    words: words * epochs,
    vocabulary,
    peakMegabytes: peak,
  }
}

/** The most resident memory that a process has had so far; undefined where the system does not say. */
async function peakMegabytes(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}

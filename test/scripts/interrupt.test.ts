import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commandPath, runCommand } from './run-command.js'
import { csv, smallModels } from './small-models.js'

const { folder, path } = smallModels()

/** Sends a command a signal (Ctrl-C is SIGINT) when it has begun, and then lets it `goOn` until it has ended. */
async function interrupt(
  name: string,
  args: readonly string[],
  hasBegun: (stderr: string) => boolean,
  { signal = 'SIGINT', goOn }: { readonly signal?: NodeJS.Signals; readonly goOn?: () => void } = {},
) {
  const child = spawn(process.execPath, [commandPath(name), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const closed = once(child, 'close')
  while (!hasBegun(stderr) && child.exitCode === null && child.signalCode === null) await setTimeout(5)
  child.kill(signal)
  goOn?.()
  await closed
  return { status: child.exitCode, signal: child.signalCode, stderr }
}

/**
 * A pipe that is read as a file of rows. It holds back what comes after the first `before` rows, so that whoever reads
 * it is interrupted in the middle, however fast the machine is.
 */
function pipeOf(rows: readonly string[], before: number) {
  const pipe = path(`pipe-${rows.length}-${before}.csv`)
  execFileSync('mkfifo', [pipe])
  // In a process of its own, which can be ended where it waits for somebody to open the pipe: a thread of ours cannot.
  const writer = spawn('sh', ['-c', 'exec cat > "$0"', pipe], { stdio: ['pipe', 'ignore', 'ignore'] })
  onTestFinished(() => void writer.kill('SIGKILL'))
  // A reader that was killed reads no more.
  writer.stdin.on('error', () => {})
  writer.stdin.write(csv(...rows.slice(0, before)))
  return { pipe, release: () => void writer.stdin.end(`${rows.slice(before).join('\n')}\n`) }
}

/** Different short texts, as rows. */
const rowsLike = (text: string, count: number) => Array.from({ length: count }, (_, i) => `${text} ${i},positive`)

/** The rows; of CSV without their last column, `seconds`. */
const rowsOf = (file: string) => {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.csv') ? text.replace(/,[^,]*$/gm, '') : text
}

describe('kill -9', { timeout: 180_000 }, () => {
  it('again and again loses nothing: --resume with other workers ends with the bytes of an undisturbed run', async () => {
    const rows = rowsLike('a fine warm good film', 1500)
    writeFileSync(path('long.csv'), csv(...rows))
    const args = (from: string, output: string, workers: number) => [
      from,
      ...['--model', path('classifier'), '--attack', 'pgd', '--epsilon', '0.01,0.05', '--steps', '3'],
      ...['--save-perturbations', '--output', path(output), '--workers', String(workers)],
    ]
    const partial = path('killed.csv.partial')
    let kept = 0
    // Each run gets so many rows, and is killed as soon as it has written any beyond those it found.
    for (const [before, workers] of [
      [300, 2],
      [700, 1],
      [1100, 3],
    ]) {
      const { pipe, release } = pipeOf(rows, before)
      const resume = kept > 0 ? ['--resume'] : []
      const hasMore = () => existsSync(partial) && statSync(partial).size > kept
      const given = [...args(pipe, 'killed.csv', workers), ...resume]
      expect(await interrupt('generate-adversarial', given, hasMore, { signal: 'SIGKILL' })).toMatchObject({
        signal: 'SIGKILL',
      })
      release()
      expect(existsSync(path('killed.csv'))).toBe(false)
      kept = statSync(partial).size
    }
    const resumed = runCommand('generate-adversarial', [...args(path('long.csv'), 'killed.csv', 2), '--resume'])
    expect(resumed.errors).toEqual([])
    expect(runCommand('generate-adversarial', args(path('long.csv'), 'alone.csv', 1)).errors).toEqual([])
    expect(kept).toBeLessThan(statSync(path('alone.csv')).size)
    expect(rowsOf(path('killed.csv'))).toBe(rowsOf(path('alone.csv')))
    const shard = '.perturbations-00001.safetensors'
    expect(readFileSync(path(`killed.csv${shard}`))).toEqual(readFileSync(path(`alone.csv${shard}`)))
    const summaryOf = (name: string) => JSON.parse(readFileSync(path(`${name}.summary.json`), 'utf8'))
    const timeless = { seconds: 0, rowsPerSecond: 0, workers: 0 }
    expect({ ...summaryOf('killed.csv'), ...timeless }).toEqual({ ...summaryOf('alone.csv'), ...timeless })
    expect(readdirSync(folder).filter((name) => name.includes('.partial'))).toEqual([])
  })

  it('loses nothing of read-gradients either', async () => {
    const rows = rowsLike('a fine warm good film', 12_000)
    writeFileSync(path('read.csv'), csv(...rows))
    const { pipe, release } = pipeOf(rows, 11_000)
    const args = (from: string, output: string) => [
      from,
      ...['--model', path('classifier'), '--output', path(output), '--saliency', 'integrated-gradients'],
      ...['--batch-size', '16', '--save-gradients'],
    ]
    const hasShard = () => existsSync(path('cut.csv.partial.gradients-00001.safetensors'))
    const killed = interrupt('read-gradients', args(pipe, 'cut.csv'), hasShard, { signal: 'SIGKILL' })
    expect(await killed).toMatchObject({ signal: 'SIGKILL' })
    release()
    expect(existsSync(path('cut.csv'))).toBe(false)
    expect(runCommand('read-gradients', args(path('read.csv'), 'cut.csv')).stderr).toContain('go on with --resume')
    expect(runCommand('read-gradients', [...args(path('read.csv'), 'cut.csv'), '--resume']).errors).toEqual([])
    expect(runCommand('read-gradients', args(path('read.csv'), 'uncut.csv')).errors).toEqual([])
    for (const part of ['', '.gradients-00001.safetensors', '.gradients-00002.safetensors']) {
      expect(readFileSync(path(`cut.csv${part}`)).equals(readFileSync(path(`uncut.csv${part}`)))).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.includes('.partial'))).toEqual([])
  })
})

describe('Ctrl-C', { timeout: 180_000 }, () => {
  const attack = ['--attack', 'pgd', '--epsilon', '0.01']
  it.each([
    ['generate-adversarial', 'csv', attack],
    ['read-gradients', 'jsonl', []],
  ] as const)('keeps the rows of %s, says how to go on, and going on gives the same rows', async (name, kind, own) => {
    const rows = rowsLike('a fine film', 4000)
    const all = path(`${name}.rows.csv`)
    writeFileSync(all, csv(...rows))
    const { pipe, release } = pipeOf(rows, kind === 'csv' ? 500 : 600)
    const [cut, whole] = [path(`${name}.cut.${kind}`), path(`${name}.whole.${kind}`)]
    const args = (from: string, output: string) => [
      from,
      ...['--model', path('classifier'), '--output', output, '--batch-size', '8', ...own],
    ]
    const hasRows = () => existsSync(`${cut}.partial`) && statSync(`${cut}.partial`).size > 1000
    const { status, stderr } = await interrupt(name, args(pipe, cut), hasRows, { goOn: release })
    expect(status, stderr).toBe(130)
    expect(stderr).toContain(`${cut}: interrupted after `)
    expect(stderr).toMatch(/ rows, which are kept; run it again with --resume/)
    expect(existsSync(cut)).toBe(false)
    expect(runCommand(name, [...args(all, cut), '--resume']).status).toBe(0)
    expect(runCommand(name, args(all, whole)).status).toBe(0)
    expect(rowsOf(cut)).toBe(rowsOf(whole))
    expect(readdirSync(folder).filter((name) => name.includes('.partial'))).toEqual([])
  })

  it('ends work that has nothing to save', async () => {
    const args = ['--iterations', '1000000', '--output', path('demo.svg'), '--engine', 'cpu']
    const hasBegun = (stderr: string) => stderr.includes('engine:')
    expect(await interrupt('stop-gradient-demo', args, hasBegun)).toMatchObject({ signal: 'SIGINT' })
    expect(existsSync(path('demo.svg'))).toBe(false)
  })
})

describe('SIGTERM', () => {
  it('saves training as Ctrl-C does, and ends with status 143', async () => {
    const args = [
      path('corpus.txt'),
      '--output',
      path('stopped'),
      '--epochs',
      '100000',
      '--min-count',
      '1',
      '--engine',
      'cpu',
    ]
    const hasBegun = (stderr: string) => stderr.includes('engine cpu')
    const { status, stderr } = await interrupt('train-cbow', args, hasBegun, { signal: 'SIGTERM' })
    expect(status, stderr).toBe(143)
    expect(stderr).toMatch(/interrupted after \d+ of \d+ words; .*checkpoint\.safetensors is saved, --resume/)
  })
})

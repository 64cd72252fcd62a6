import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandPath, runCommand } from './run-command.js'
import { csv, makeSmallModels } from './small-models.js'

const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-interrupt-'))
const path = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sends a command a signal (Ctrl-C is SIGINT) as soon as it has begun. */
async function interrupt(
  name: string,
  args: readonly string[],
  hasBegun: (stderr: string) => boolean,
  signal: NodeJS.Signals = 'SIGINT',
) {
  const child = spawn(process.execPath, [commandPath(name), ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const closed = once(child, 'close')
  while (!hasBegun(stderr) && child.exitCode === null) await setTimeout(5)
  child.kill(signal)
  await closed
  return { status: child.exitCode, signal: child.signalCode, stderr }
}

/** The rows without their last column, `seconds`. */
const rowsOf = (file: string) => readFileSync(file, 'utf8').replace(/,[^,]*$/gm, '')

beforeAll(() => makeSmallModels(folder))

describe('kill -9', () => {
  it('loses nothing: --resume with other workers ends with the bytes of an undisturbed run', async () => {
    writeFileSync(
      path('long.csv'),
      csv(...Array.from({ length: 1500 }, (_, i) => `a fine warm good film ${i},positive`)),
    )
    const args = (output: string, workers: number) => [
      path('long.csv'),
      ...[
        '--model',
        path('classifier'),
        '--attack',
        'pgd',
        '--epsilon',
        '0.01,0.05',
        '--steps',
        '3',
        '--save-perturbations',
      ],
      ...['--output', path(output), '--workers', String(workers)],
    ]
    const partial = path('killed.csv.partial')
    const hasRows = () => existsSync(partial) && statSync(partial).size > 20_000
    expect(await interrupt('generate-adversarial', args('killed.csv', 2), hasRows, 'SIGKILL')).toMatchObject({
      signal: 'SIGKILL',
    })
    expect(existsSync(path('killed.csv'))).toBe(false)
    expect(runCommand('generate-adversarial', [...args('killed.csv', 3), '--resume']).errors).toEqual([])
    expect(runCommand('generate-adversarial', args('alone.csv', 1)).errors).toEqual([])
    expect(rowsOf(path('killed.csv'))).toBe(rowsOf(path('alone.csv')))
    const shard = '.perturbations-00001.safetensors'
    expect(readFileSync(path(`killed.csv${shard}`))).toEqual(readFileSync(path(`alone.csv${shard}`)))
    const summaryOf = (name: string) => JSON.parse(readFileSync(path(`${name}.summary.json`), 'utf8'))
    const timeless = { seconds: 0, rowsPerSecond: 0, workers: 0 }
    expect({ ...summaryOf('killed.csv'), ...timeless }).toEqual({ ...summaryOf('alone.csv'), ...timeless })
    expect(readdirSync(folder).filter((name) => name.includes('.partial'))).toEqual([])
  })
})

describe('kill -9 of read-gradients', () => {
  it('loses nothing: --resume ends with the bytes of an undisturbed run', async () => {
    writeFileSync(
      path('read.csv'),
      csv(...Array.from({ length: 12_000 }, (_, i) => `a fine warm good film ${i},positive`)),
    )
    const args = (output: string) => [
      path('read.csv'),
      ...['--model', path('classifier'), '--output', path(output), '--saliency', 'integrated-gradients'],
      ...['--batch-size', '16', '--save-gradients'],
    ]
    const hasShard = () => existsSync(path('cut.csv.partial.gradients-00001.safetensors'))
    expect(await interrupt('read-gradients', args('cut.csv'), hasShard, 'SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
    expect(existsSync(path('cut.csv'))).toBe(false)
    expect(runCommand('read-gradients', args('cut.csv')).stderr).toContain('go on with --resume')
    expect(runCommand('read-gradients', [...args('cut.csv'), '--resume']).errors).toEqual([])
    expect(runCommand('read-gradients', args('uncut.csv')).errors).toEqual([])
    for (const part of ['', '.gradients-00001.safetensors', '.gradients-00002.safetensors']) {
      expect(readFileSync(path(`cut.csv${part}`)).equals(readFileSync(path(`uncut.csv${part}`)))).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.includes('.partial'))).toEqual([])
  })
})

describe('Ctrl-C', () => {
  it('keeps the gradients that are read, and says how to go on', async () => {
    writeFileSync(path('read.csv'), csv(...Array.from({ length: 12_000 }, (_, i) => `a fine film ${i},positive`)))
    const args = [path('read.csv'), '--model', path('classifier'), '--output', path('read.jsonl'), '--batch-size', '8']
    const partial = path('read.jsonl.partial')
    const hasRows = () => existsSync(partial) && statSync(partial).size > 1000
    const { status, stderr } = await interrupt('read-gradients', args, hasRows)
    expect(status, stderr).toBe(130)
    expect(stderr).toMatch(/read\.jsonl: interrupted after \d+ rows, which are kept; run it again with --resume/)
    expect(runCommand('read-gradients', [...args, '--resume']).status).toBe(0)
    expect(readFileSync(path('read.jsonl'), 'utf8').trim().split('\n')).toHaveLength(12_000)
  })

  it('keeps the attacked rows, says how to go on, and going on gives the same rows', async () => {
    writeFileSync(path('many.csv'), csv(...Array.from({ length: 4000 }, (_, i) => `a fine film ${i},positive`)))
    const args = (output: string) => [
      path('many.csv'),
      ...['--model', path('classifier'), '--attack', 'pgd', '--epsilon', '0.01', '--output', path(output)],
    ]
    const partial = path('rows.csv.partial')
    const hasRows = () => existsSync(partial) && statSync(partial).size > 1000
    const { status, stderr } = await interrupt('generate-adversarial', args('rows.csv'), hasRows)
    expect(status, stderr).toBe(130)
    expect(stderr).toMatch(/rows\.csv: interrupted after \d+ rows, which are kept; run it again with --resume/)
    expect(existsSync(path('rows.csv'))).toBe(false)
    expect(runCommand('generate-adversarial', [...args('rows.csv'), '--resume']).status).toBe(0)
    expect(runCommand('generate-adversarial', args('whole.csv')).status).toBe(0)
    expect(rowsOf(path('rows.csv'))).toBe(rowsOf(path('whole.csv')))
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
    const { status, stderr } = await interrupt('train-cbow', args, hasBegun, 'SIGTERM')
    expect(status, stderr).toBe(143)
    expect(stderr).toMatch(/interrupted after \d+ of \d+ words; .*checkpoint\.safetensors is saved, --resume/)
  })
})

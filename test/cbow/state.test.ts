import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import type { Progress } from '#src/base/progress.js'
import { readSafetensors } from '#src/base/safetensors.js'
import { type TrainCbow, trainCbow } from '#src/cbow/train-cbow.js'
import type { Stretch } from '#src/cbow/training-run.js'
import { smallSentences } from './small-corpus.js'
import { emptyFolder, MODEL, request } from './small-training.js'

const program = fileURLToPath(new URL('../../dist/scripts/train-cbow.js', import.meta.url))

const filesOf = (folder: string) => Promise.all(MODEL.map((name) => readFile(join(folder, name))))

/** Trains five stretches, to word 45,000, and stops; the newest checkpoint is of there, the one before it of 35,000. */
async function interrupted(changed: Partial<TrainCbow> = {}): Promise<string> {
  const output = await emptyFolder()
  const controller = new AbortController()
  let done = 0
  const onStretch = () => {
    if (++done === 5) controller.abort()
  }
  const run = trainCbow(request({ output, checkpointEvery: 1e-6, signal: controller.signal, onStretch, ...changed }))
  await expect(run).rejects.toThrow(InterruptedError)
  expect((await readdir(output)).sort()).toEqual([
    'checkpoint-before.safetensors',
    'checkpoint.safetensors',
    'training.csv',
  ])
  return output
}

function notes(): { lines: string[]; progress: Progress } {
  const lines: string[] = []
  return { lines, progress: { start() {}, update() {}, stop() {}, note: (line) => lines.push(line) } }
}

async function undisturbed(): Promise<string> {
  const output = await emptyFolder()
  await trainCbow(request({ output }))
  return output
}

describe('a checkpoint that was cut or changed', () => {
  const damages: [string, (file: string) => Promise<void>][] = [
    ['cut to nothing', (file) => truncate(file, 0)],
    ['cut within its header', (file) => truncate(file, 100)],
    ['cut within its weights', (file) => truncate(file, 5000)],
    [
      'changed in one bit',
      async (file) => {
        const bytes = await readFile(file)
        bytes[bytes.length - 1] ^= 1
        await writeFile(file, bytes)
      },
    ],
  ]
  it.each(damages)('gives way to the one before it: %s', async (_, damage) => {
    const folder = await interrupted()
    await damage(join(folder, 'checkpoint.safetensors'))
    const { lines, progress } = notes()
    const trained: number[] = []
    await trainCbow(
      request({ output: folder, resume: true, progress, onStretch: ({ words }) => void trained.push(words) }),
    )
    expect(lines[0]).toBe(
      `${join(folder, 'checkpoint.safetensors')}: cut short or changed; the checkpoint before it is taken`,
    )
    expect(trained).toEqual([45_000, 55_000, 65_000, 70_000])
    expect(await filesOf(folder)).toEqual(await filesOf(await undisturbed()))
    expect((await readdir(folder)).sort()).toEqual([...MODEL, 'training.csv'].sort())
  })

  it('is one line where the one before is damaged too', async () => {
    const folder = await interrupted()
    for (const name of ['checkpoint.safetensors', 'checkpoint-before.safetensors'])
      await truncate(join(folder, name), 99)
    await expect(trainCbow(request({ output: folder, resume: true }))).rejects.toThrow(
      `${join(folder, 'checkpoint.safetensors')}: cut short, changed or of another version, and no whole one stands ` +
        'before it; begin anew with --force, without --resume',
    )
  })

  it('between its two renames leaves the newest under the name of the next', async () => {
    const folder = await interrupted()
    await rename(join(folder, 'checkpoint.safetensors'), join(folder, 'checkpoint-next.safetensors'))
    const trained: number[] = []
    await trainCbow(request({ output: folder, resume: true, onStretch: ({ words }) => void trained.push(words) }))
    expect(trained).toEqual([55_000, 65_000, 70_000])
    expect(await filesOf(folder)).toEqual(await filesOf(await undisturbed()))
  })
})

describe('a run that is killed', () => {
  it('again and again, at any instant, writes in the end what an undisturbed run writes, bit for bit', async () => {
    const folder = await emptyFolder()
    const corpus = join(folder, 'corpus.txt')
    const lines: string[] = []
    for await (const sentence of smallSentences(120_000)) lines.push(sentence.join(' '))
    await writeFile(corpus, lines.join('\n'))
    const train = (output: string) =>
      spawn(
        process.execPath,
        [
          ...[program, corpus, '--output', output, '--resume', '--threads', '1', '--checkpoint-every', '0.001'],
          ...['--min-count', '1', '--dimensions', '64', '--epochs', '12', '--sample', '0.01', '--window', '8'],
        ],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
    const killed = join(folder, 'killed')
    await mkdir(killed)
    // A checkpoint makes some ten such events, so that the kills fall into all that there is between two.
    for (const event of [1, 4, 9, 15, 22, 38]) {
      const child = train(killed)
      const ended = once(child, 'exit')
      const watcher = watch(killed)
      let seen = 0
      watcher.on('change', () => {
        if (++seen === event) child.kill('SIGKILL')
      })
      expect(await ended).toEqual([null, 'SIGKILL'])
      watcher.close()
    }
    for (const name of ['killed', 'whole']) expect(await once(train(join(folder, name)), 'exit')).toEqual([0, null])
    expect(await filesOf(killed)).toEqual(await filesOf(join(folder, 'whole')))
    expect((await readdir(killed)).sort()).toEqual([...MODEL, 'training.csv'].sort())
    const words = await rowsOf(killed)
    expect(words.every((row, i) => i === 0 || row[0] > words[i - 1][0])).toBe(true)
    expect(words.at(-1)?.[0]).toBe(12 * 120_000)
  }, 180_000)
})

/** The numbers of a folder's training.csv, checked for its header. */
async function rowsOf(folder: string): Promise<number[][]> {
  const [header, ...rows] = (await readFile(join(folder, 'training.csv'), 'utf8')).trimEnd().split('\n')
  expect(header).toBe('words,learning_rate,loss,words_per_second')
  return rows.map((row) => row.split(',').map(Number))
}

describe('training.csv', () => {
  it('has a row for each stretch, with what was reported, also across an interruption', async () => {
    const seen: Stretch[] = []
    const onStretch = (stretch: Stretch) => void seen.push(stretch)
    const folder = await emptyFolder()
    await trainCbow(request({ output: folder, onStretch }))
    const rows = await rowsOf(folder)
    expect(rows.map(([words]) => words)).toEqual([10_000, 20_000, 30_000, 35_000, 45_000, 55_000, 65_000, 70_000])
    rows.forEach(([, learningRate, loss, wordsPerSecond], i) => {
      expect(Math.abs(learningRate / seen[i].learningRate - 1)).toBeLessThan(1e-5)
      expect(Math.abs(loss / seen[i].loss - 1)).toBeLessThan(1e-5)
      expect(wordsPerSecond).toBe(Math.round(seen[i].wordsPerSecond))
    })
    const resumed = await interrupted()
    await trainCbow(request({ output: resumed, resume: true }))
    const without = (all: number[][]) => all.map((row) => row.slice(0, 3))
    expect(without(await rowsOf(resumed))).toEqual(without(rows))
  })
})

describe('the reported loss', () => {
  it('of every stretch is within 1% of what the reference computes on the same words', async () => {
    const losses: Record<string, number[]> = { wasm: [], cpu: [] }
    for (const engine of ['wasm', 'cpu'] as const) {
      await trainCbow(request({ engine, onStretch: ({ loss }) => void losses[engine].push(loss) }))
    }
    expect(losses.wasm.length).toBe(8)
    losses.wasm.forEach((loss, i) => {
      expect(Math.abs(loss / losses.cpu[i] - 1)).toBeLessThan(0.01)
    })
    expect(losses.wasm[7]).toBeLessThan(0.95 * losses.wasm[0])
  })
})

describe('a learning rate that diverges', () => {
  it('is stopped at the first NaN, naming the words and the last good checkpoint, which stays and is finite', async () => {
    const output = await emptyFolder()
    let words = 0
    const onStretch = (stretch: Stretch) => {
      words = stretch.words
    }
    const file = join(output, 'checkpoint.safetensors')
    await expect(
      trainCbow(request({ output, mode: 'sum', learningRate: 0.37, checkpointEvery: 1e-6, onStretch })),
    ).rejects.toThrow(
      new RegExp(
        `^training diverged within the first (2|3)0000 of 70000 words .numbers are no longer finite.; ` +
          `the last good checkpoint, after [12]0000 words, is ${file}; lower --learning-rate, now 0.37$`,
      ),
    )
    expect(words).toBeGreaterThan(0)
    const { tensors } = await readSafetensors(file)
    for (const { values } of tensors.values()) expect(values.every(Number.isFinite)).toBe(true)
  })
})

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { readSafetensors } from '#src/base/safetensors.js'
import { readGradientsToFile } from '#src/evaluate/read-gradients.js'
import { readLossGradient } from '#src/gradient/read-loss-gradient.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { readCsvRecords } from '#src/text/csv.js'
import { relativeError } from '../gradient/reference.js'
import { smallClassifier } from '../gradient/small-victims.js'

beforeAll(() => useTensorBackend('cpu').then(() => {}))

const inFolder = async (name: string) => join(await mkdtemp(join(tmpdir(), 'read-gradients-')), name)

const ROWS = [
  { text: 'The quick fox', label: 'neutral' },
  { text: 'xyzzy' },
  { row: 7, text: 'a lazy, lazy dog', label: 'positive' },
]

describe('readGradientsToFile', () => {
  it.each([1, 2, 64])('writes what readLossGradient reads, %i rows at once', async (batchSize) => {
    const victim = smallClassifier()
    const output = await inFolder('gradients.csv')
    const summary = await readGradientsToFile(victim, ROWS, output, { batchSize, saveGradients: true })
    expect(summary).toMatchObject({ rows: 3, skipped: 1 })
    expect(summary.readOnlyProof.after).toBe(summary.readOnlyProof.before)
    const records = []
    for await (const { record } of readCsvRecords(output, { guarded: true })) records.push(record)
    expect(records[1]).toMatchObject({ row: '2', text: 'xyzzy', loss: '', words: '', saliency: '' })
    const shard = await readSafetensors(`${output}.gradients-00001.safetensors`)
    expect([...shard.tensors.keys()]).toEqual(['row-000001', 'row-000007'])
    for (const [at, name] of [
      [0, 'row-000001'],
      [2, 'row-000007'],
    ] as const) {
      const { text, label = '' } = ROWS[at]
      const { loss, gradient, shape } = await readLossGradient(victim, [{ text, label }])
      expect(Number(records[at].loss)).toBe(loss[0])
      expect(Number(records[at].gradient_norm)).toBeCloseTo(Math.hypot(...gradient), 6)
      expect(shard.tensors.get(name)).toEqual({ values: gradient, shape: shape.slice(1) })
      expect(records[at].saliency.split(' ')).toHaveLength(records[at].words.split(' ').length)
    }
    expect(records[2].words).toBe('a lazy lazy dog')
  })

  it('gives lists in JSONL, whose integrated gradients sum to the logit less the bias', async () => {
    const victim = smallClassifier()
    const output = await inFolder('gradients.jsonl')
    await readGradientsToFile(victim, ROWS, output, { saliency: 'integrated-gradients', steps: 2 })
    const [first] = (await readFile(output, 'utf8'))
      .split('\n')
      .map((line) => (line === '' ? undefined : JSON.parse(line)))
    const { logits } = await readLossGradient(victim, [{ text: ROWS[0].text, label: 1 }])
    const sum = first.saliency.reduce((a: number, b: number) => a + b, 0)
    expect(relativeError([sum], [logits[1] - victim.bias[1]])).toBeLessThan(1e-5)
    expect(first.words).toEqual(['the', 'quick', 'fox'])
    expect(existsSync(`${output}.gradients-00001.safetensors`)).toBe(false)
  })

  it('leaves nothing behind when it is interrupted or fails, and what stood there stays', async () => {
    const output = await inFolder('gradients.csv')
    await writeFile(output, 'row,text,label,predicted,loss,gradient_norm,words,saliency\n')
    const aborted = { signal: AbortSignal.abort(), saveGradients: true }
    await expect(readGradientsToFile(smallClassifier(), ROWS, output, aborted)).rejects.toThrow(InterruptedError)
    const wrong = [...ROWS, { text: 'fox', label: 'maybe' }]
    const reading = readGradientsToFile(smallClassifier(), wrong, output, { source: 'rows.csv', batchSize: 2 })
    await expect(reading).rejects.toThrow("rows.csv row 4: unknown label 'maybe'")
    expect(await readdir(join(output, '..'))).toEqual(['gradients.csv'])
    expect(await readFile(output, 'utf8')).toMatch(/^row,text.*\n$/)
  })

  it('names the row whose numbers are not finite, and refuses another file', async () => {
    const output = await inFolder('gradients.csv')
    const victim = smallClassifier()
    victim.embeddings.vectors[8 * 7] = Number.NaN
    const reading = readGradientsToFile(victim, ROWS, output, { source: 'rows.csv' })
    await expect(reading).rejects.toThrow('rows.csv row 7: the loss or its gradient is not finite')
    await writeFile(output, 'my notes')
    await expect(readGradientsToFile(smallClassifier(), ROWS, output)).rejects.toThrow(
      'holds something else than gradients',
    )
    await expect(readGradientsToFile(smallClassifier(), ROWS, 'x.csv.gz')).rejects.toThrow('are not compressed')
  })
})

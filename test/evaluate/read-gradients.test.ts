import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { InterruptedError } from '#src/base/errors.js'
import { readSafetensors } from '#src/base/safetensors.js'
import type { InputRow } from '#src/evaluate/generate-adversarial.js'
import { readGradientsToFile } from '#src/evaluate/read-gradients.js'
import type { ReadGradientsOptions } from '#src/evaluate/read-gradients-options.js'
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
    const aborted = { signal: AbortSignal.abort(), saveGradients: true, force: true }
    await expect(readGradientsToFile(smallClassifier(), ROWS, output, aborted)).rejects.toThrow(InterruptedError)
    const wrong = [...ROWS, { text: 'fox', label: 'maybe' }]
    const reading = readGradientsToFile(smallClassifier(), wrong, output, {
      source: 'rows.csv',
      batchSize: 2,
      force: true,
    })
    await expect(reading).rejects.toThrow("rows.csv row 4: unknown label 'maybe'")
    expect(await readdir(join(output, '..'))).toEqual(['gradients.csv'])
    expect(await readFile(output, 'utf8')).toMatch(/^row,text.*\n$/)
  })

  it.each(['csv', 'jsonl'])(
    'goes on in %s with what is left, cut anywhere, to the bytes of an undisturbed run',
    async (ending) => {
      const victim = smallClassifier()
      const rows = [...ROWS, { row: 8, text: '=fox,\n"quick" dog', label: 'neutral' }, { row: 9, text: 'lazy' }]
      const options = { batchSize: 2, saveGradients: true }
      const [whole, cut] = [await inFolder(`whole.${ending}`), await inFolder(`cut.${ending}`)]
      const undisturbed = await readGradientsToFile(victim, rows, whole, options)
      const bytes = await readFile(whole)
      async function* untilCut() {
        yield* rows
        throw new InterruptedError('')
      }
      const reading = readGradientsToFile(victim, untilCut(), cut, options)
      await expect(reading).rejects.toThrow(
        `${cut}: interrupted after 4 rows, which are kept; run it again with --resume to go on`,
      )
      await expect(readGradientsToFile(victim, rows, cut, options)).rejects.toThrow('go on with --resume')
      const settings = await readFile(`${cut}.partial.settings.json`)
      for (let at = 0; at <= bytes.length; at += 7) {
        await rm(cut, { force: true })
        await writeFile(`${cut}.partial`, bytes.subarray(0, at))
        await writeFile(`${cut}.partial.settings.json`, settings)
        expect(await readGradientsToFile(victim, rows, cut, { ...options, resume: true })).toEqual(undisturbed)
        expect(await readFile(cut)).toEqual(bytes)
        const shard = '.gradients-00001.safetensors'
        expect(await readFile(`${cut}${shard}`)).toEqual(await readFile(`${whole}${shard}`))
      }
      expect(await readdir(join(cut, '..'))).toHaveLength(3)
    },
  )

  it('does not write over finished gradients unless it is forced, and does nothing when they are gone on with', async () => {
    const output = await inFolder('gradients.jsonl')
    const victim = smallClassifier()
    const summary = await readGradientsToFile(victim, ROWS, output, { source: 'rows.csv' })
    const bytes = await readFile(output)
    const again = (options: ReadGradientsOptions = {}, model = victim) =>
      readGradientsToFile(model, ROWS, output, { source: 'rows.csv', ...options })
    await expect(again()).rejects.toThrow(`${output}: holds finished gradients; name another file`)
    expect(await again({ resume: true, batchSize: 1 })).toEqual(summary)
    for (const [options, setting] of [
      [{ saliency: 'gradient-times-input' }, '--saliency'],
      [{ saveGradients: true }, '--save-gradients'],
      [{ limit: 2 }, '--limit'],
    ] as const) {
      await expect(again({ resume: true, ...options })).rejects.toThrow(
        `holds finished gradients of another ${setting};`,
      )
    }
    const other = smallClassifier()
    other.bias[0]++
    await expect(again({ resume: true }, other)).rejects.toThrow('holds finished gradients of another --model;')
    expect(await readFile(output)).toEqual(bytes)
    expect(await again({ limit: 2, force: true })).toMatchObject({ rows: 2, settings: { limit: 2 } })
    await rm(`${output}.summary.json`)
    await expect(again({ resume: true })).rejects.toThrow('holds finished gradients without their summary')
  })

  it('does not go on with another setting, model, row, or with fewer rows', async () => {
    const output = await inFolder('gradients.csv')
    const victim = smallClassifier()
    async function* untilCut() {
      yield* ROWS
      throw new InterruptedError('')
    }
    await expect(readGradientsToFile(victim, untilCut(), output, { batchSize: 1 })).rejects.toThrow('after 3 rows')
    const resumed = (rows: readonly InputRow[], options = {}, model = victim) =>
      readGradientsToFile(model, rows, output, { source: 'rows.csv', resume: true, ...options })
    await expect(resumed(ROWS, { objective: 'margin' })).rejects.toThrow('begun with another --objective')
    await expect(resumed(ROWS, { saveGradients: true })).rejects.toThrow('begun with another --save-gradients')
    const other = smallClassifier()
    other.bias[0]++
    await expect(resumed(ROWS, {}, other)).rejects.toThrow('begun with another --model')
    const changed = [ROWS[0], { text: 'xyzzzy' }, ROWS[2]]
    await expect(resumed(changed)).rejects.toThrow('rows.csv row 2: is not the row that the interrupted run read there')
    await expect(resumed(ROWS.slice(0, 2))).rejects.toThrow('has read more than these 2 rows')
    expect(await resumed(ROWS)).toMatchObject({ rows: 3, skipped: 1 })
    expect(await readdir(join(output, '..'))).toEqual(['gradients.csv', 'gradients.csv.summary.json'])
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

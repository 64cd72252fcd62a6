import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseString } from 'fast-csv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { formatResultHeader, formatResults, readResults } from '#src/evaluate/files/result-file.js'
import { openResultWriter } from '#src/evaluate/files/result-writer.js'
import { wholeRecords } from '#src/evaluate/files/whole-records.js'
import type { AttackResult } from '#src/evaluate/result.js'
import { all, defined } from '../collect.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'results-'))
})
afterAll(() => rm(folder, { recursive: true }))

const full: AttackResult = {
  row: 1,
  originalText: 'a [[good]] film',
  perturbedText: 'a [[bad]] film',
  originalScore: 0.1 + 0.2,
  perturbedScore: 1e-300,
  originalOutput: 'positive',
  perturbedOutput: 'negative',
  groundTruthOutput: 'positive',
  numQueries: 12,
  resultType: 'Successful',
  wordsChanged: 1,
  perturbedPercent: 100 / 3,
  l1: 0.1,
  l2: 0.07,
  linf: 0.05,
  epsilon: 0.05,
  numForwards: 4,
  numGradients: 8,
  exactMinimum: 0.03,
  gap: -1e-9,
  seconds: 0.001953125,
}

const skipped = (row: number, text: string, label?: string): AttackResult => ({
  row,
  originalText: text,
  perturbedText: text,
  groundTruthOutput: label,
  numQueries: 0,
  resultType: 'Skipped',
  numForwards: 0,
  numGradients: 0,
  seconds: 0,
})

const HARD_TEXTS = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\tindented',
  '\rreturned',
  "'quoted'",
  "''=twice",
  'two\nlines',
  'two\r\nlines, and a comma',
  '"quotes" and ""doubled""',
  '\\[[no mark\\]]',
  '<script>alert(1)</script>',
  ' blanks around ',
  '\ufeffmark',
  'naïve 🙂 漢字',
  '',
]

const ROWS = [full, ...HARD_TEXTS.map((text, i) => skipped(i + 2, text, text === '' ? undefined : text))]

async function write(path: string, rows: readonly AttackResult[], options = {}) {
  const writer = await openResultWriter(path, { settings: { seed: 1 }, ...options })
  for (const row of rows) await writer.write(row)
  await writer.commit()
}

describe.each(['csv', 'jsonl'])('a result file in %s', (ending) => {
  it('reads back what was written, to the bit', async () => {
    const path = join(folder, `round-trip.${ending}`)
    await write(path, ROWS)
    const read = await all(readResults(path))
    expect(read.map(defined)).toEqual(ROWS.map(defined))
    expect((await readdir(folder)).filter((name) => name.startsWith(`round-trip.${ending}`))).toEqual([
      `round-trip.${ending}`,
    ])
  })

  it('is byte by byte the same when a run that was cut at any byte is gone on with', async () => {
    const path = join(folder, `cut.${ending}`)
    const rows = [full, skipped(2, 'two\n"lines"', 'maybe'), skipped(3, '=1+1')]
    const format = ending === 'csv' ? 'csv' : 'jsonl'
    const whole = (await formatResultHeader(format)) + (await formatResults(format, rows))
    const bytes = Buffer.from(whole)
    let fewest = Number.POSITIVE_INFINITY
    let most = 0
    for (let cut = 0; cut <= bytes.length; cut++) {
      await writeFile(`${path}.partial`, bytes.subarray(0, cut))
      await writeFile(`${path}.partial.settings.json`, '{"seed":1}')
      const writer = await openResultWriter(path, { settings: { seed: 1 }, resume: true })
      const earlier = await all(writer.earlier())
      expect(earlier).toHaveLength(writer.kept)
      expect(earlier.map(defined)).toEqual(rows.slice(0, writer.kept).map(defined))
      for (const row of rows.slice(writer.kept)) await writer.write(row)
      await writer.suspend()
      expect(await readFile(`${path}.partial`, 'utf8')).toBe(whole)
      fewest = Math.min(fewest, writer.kept)
      most = Math.max(most, writer.kept)
    }
    expect([fewest, most]).toEqual([0, rows.length])
  })

  it('can be read while it is gone on with', async () => {
    const path = join(folder, `both.${ending}`)
    const first = await openResultWriter(path, { settings: { seed: 1 } })
    for (const row of ROWS) await first.write(row)
    await first.suspend()
    const second = await openResultWriter(path, { settings: { seed: 1 }, resume: true })
    for (let i = 0; i < 40; i++) await second.write(full)
    let read = 0
    for await (const result of second.earlier()) {
      read++
      for (let i = 0; i < 40; i++) await second.write({ ...result, row: 100 * read + i })
    }
    await second.commit()
    expect(read).toBe(ROWS.length)
    expect(await all(readResults(path))).toHaveLength(41 * ROWS.length + 40)
  })

  it('is not gone on with under other settings', async () => {
    const path = join(folder, `other.${ending}`)
    const first = await openResultWriter(path, { settings: { seed: 1, norm: 'l2' } })
    await first.write(full)
    await first.suspend()
    const other = openResultWriter(path, { settings: { seed: 1, norm: 'linf' }, resume: true })
    await expect(other).rejects.toThrow(
      new UserError(
        `${path}: cannot be resumed, it was begun with another --norm; run it with --force to begin anew, without --resume`,
      ),
    )
    const anew = await openResultWriter(path, { settings: { seed: 1, norm: 'linf' }, force: true })
    expect(anew.kept).toBe(0)
    await anew.abandon()
    expect((await readdir(folder)).filter((name) => name.startsWith(`other.${ending}`))).toEqual([])
  })

  it('leaves nothing where its settings cannot be written', async () => {
    await mkdir(join(folder, `unset.${ending}.partial.settings.json`))
    await expect(write(join(folder, `unset.${ending}`), [full])).rejects.toThrow(/is a folder/)
    expect(await readdir(folder)).not.toContain(`unset.${ending}.partial`)
  })

  it('does not overwrite what is not its kind, unless forced', async () => {
    const path = join(folder, `mine.${ending}`)
    await writeFile(path, 'text,label\nmy own work,1\n')
    await expect(write(path, [full])).rejects.toThrow(/holds something else than attack results/)
    expect(await readFile(path, 'utf8')).toContain('my own work')
    await write(path, [full], { force: true })
    await write(path, [full, full])
    expect(await all(readResults(path))).toHaveLength(2)
  })
})

describe('a result file', () => {
  it('has TextAttack’s columns, then ours', async () => {
    expect(await formatResultHeader('csv')).toBe(
      'original_text,perturbed_text,original_score,perturbed_score,original_output,perturbed_output,' +
        'ground_truth_output,num_queries,result_type,row,words_changed,perturbed_percent,l1,l2,linf,epsilon,' +
        'num_forwards,num_gradients,num_cache_hits,exact_minimum,gap,certified_swaps,reason,seconds\n',
    )
  })

  it('guards text cells against spreadsheets, and no number', async () => {
    const line = await formatResults('csv', [{ ...full, originalText: '=1+1', groundTruthOutput: '-1' }])
    const cells = await new Promise<string[]>((resolve) => parseString(line).on('data', resolve))
    expect(cells[0]).toBe("'=1+1")
    expect(cells[6]).toBe("'-1")
    expect(cells[20]).toBe('-1e-9')
  })

  it('reads one record for each row at any cut, never more than are whole', async () => {
    const path = join(folder, 'records.csv')
    const bytes = Buffer.from('a,b\n"x\n""y",1\nz,2\n')
    const expected = (cut: number) => (cut < 4 ? 0 : cut < 14 ? 1 : cut < 18 ? 2 : 3)
    for (let cut = 0; cut <= bytes.length; cut++) {
      await writeFile(path, bytes.subarray(0, cut))
      expect((await wholeRecords(path, 'csv')).records).toBe(expected(cut))
    }
  })

  it.each([
    ['l2', 'l2', 'near', /row 1: l2: /],
    ['a type', 'resultType', 'Maybe', /row 1: result_type: /],
    ['a row', 'row', 0, /row 1: row: /],
    ['a score', 'originalScore', 1.5, /row 1: original_score: /],
  ])('names file, row and column of %s that cannot be', async (_, field, value, message) => {
    const path = join(folder, 'wrong.jsonl')
    const line = (await formatResults('jsonl', [full])).trimEnd()
    const name = { resultType: 'result_type', originalScore: 'original_score' }[field] ?? field
    await writeFile(path, `${JSON.stringify({ ...JSON.parse(line), [name]: value })}\n`)
    await expect(all(readResults(path))).rejects.toThrow(message)
    await expect(all(readResults(path))).rejects.toThrow(UserError)
  })

  it('names a missing column, a torn row, a missing file and an unknown ending', async () => {
    const path = join(folder, 'broken.csv')
    await writeFile(path, 'original_text,perturbed_text\na,b\n')
    await expect(all(readResults(path))).rejects.toThrow(`${path}: no column original_score`)
    await write(path, [full, full], { force: true })
    await truncate(path, (await readFile(path)).length - 30)
    await expect(all(readResults(path))).rejects.toThrow(/broken\.csv row 2: /)
    await expect(all(readResults(join(folder, 'none.csv')))).rejects.toThrow(/none\.csv: no such file/)
    await expect(all(readResults(join(folder, 'rows.txt')))).rejects.toThrow(UserError)
    await expect(openResultWriter(join(folder, 'rows.csv.gz'), { settings: {} })).rejects.toThrow(/not compressed/)
  })

  it('begins anew by force alone when nobody knows how the rows that were left were made', async () => {
    const path = join(folder, 'unknown.csv')
    await appendFile(`${path}.partial`, await formatResultHeader('csv'))
    await appendFile(`${path}.partial`, await formatResults('csv', [full]))
    const refused = openResultWriter(path, { settings: { seed: 1 }, resume: true })
    await expect(refused).rejects.toThrow(/nothing says with which settings it was begun/)
    const writer = await openResultWriter(path, { settings: { seed: 1 }, resume: true, force: true })
    expect(writer.kept).toBe(0)
    await writer.abandon()
  })
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { formatResultHeader, formatResults } from '#src/evaluate/files/result-file.js'
import { writeSummary } from '#src/evaluate/files/summary-file.js'
import { writeReport } from '#src/report/write-report.js'
import { exampleOf, summaryOf } from './report-fixture.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'))
})
afterAll(() => rm(folder, { recursive: true }))

it.each(['csv', 'jsonl'] as const)('reports on a %s file and its summary', async (format) => {
  const file = join(folder, `hotflip.${format}`)
  const { result } = exampleOf('', '=cmd() dull>fine film')
  await writeFile(file, (await formatResultHeader(format)) + (await formatResults(format, [result])))
  await writeSummary(file, summaryOf(152))
  const page = join(folder, `${format}.html`)
  await writeReport(page, [file], { title: 'two words' })
  const html = await readFile(page, 'utf8')
  expect(html).toContain('<h1>two words</h1>')
  expect(html).toContain('>=cmd() <del>dull</del><ins>fine</ins> film<')
})

it('says in one line which summary is missing', async () => {
  const file = join(folder, 'alone.csv')
  await writeFile(file, await formatResultHeader('csv'))
  const report = writeReport(join(folder, 'alone.html'), [file])
  await expect(report).rejects.toThrow(UserError)
  await expect(report).rejects.toThrow(/alone\.csv\.summary\.json: no such file/)
})

it('does not write over another file without being forced', async () => {
  const file = join(folder, 'none.csv')
  await writeFile(file, await formatResultHeader('csv'))
  await writeSummary(file, summaryOf(0))
  const page = join(folder, 'mine.html')
  await writeFile(page, '<p>mine</p>')
  await expect(writeReport(page, [file])).rejects.toThrow(`${page}: holds something else than a report`)
  await writeReport(page, [file], { force: true })
  await writeReport(page, [file])
  expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>/)
})

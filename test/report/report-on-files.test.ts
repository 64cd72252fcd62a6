import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { formatResultHeader, formatResults } from '#src/evaluate/result-file.js'
import { writeSummary } from '#src/evaluate/summary.js'
import { reportOnFiles } from '#src/report/report-on-files.js'
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
  const html = await reportOnFiles([file], undefined, { title: 'two words' })
  expect(html).toContain('<h1>two words</h1>')
  expect(html).toContain('>=cmd() <del>dull</del><ins>fine</ins> film<')
})

it('says in one line which summary is missing', async () => {
  const file = join(folder, 'alone.csv')
  await writeFile(file, await formatResultHeader('csv'))
  const report = reportOnFiles([file])
  await expect(report).rejects.toThrow(UserError)
  await expect(report).rejects.toThrow(/alone\.csv\.summary\.json: no such file/)
})

import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { formatJsonLines, readJsonLines } from '#src/text/json-lines.js'
import { randomText, stream } from './random-text.js'
import { collect, temporaryFile } from './temporary-files.js'

it('reads back the lines of JSON it wrote, exactly (300 random rows, packed too)', async () => {
  const records = Array.from({ length: 300 }, (_, index) => ({ text: randomText(stream(index)), n: index / 7 }))
  const expected = records.map((record, index) => ({ row: index + 1, record }))
  const content = formatJsonLines(records)
  expect(await collect(readJsonLines(await temporaryFile('a.jsonl', content)))).toEqual(expected)
  expect(await collect(readJsonLines(await temporaryFile('a.jsonl.gz', gzipSync(content))))).toEqual(expected)
})

it('leaves out what is undefined, and does not count blank lines', async () => {
  const path = await temporaryFile('a.jsonl', `\ufeff\n${formatJsonLines([{ a: undefined, b: 1 }])}\r\n {"c": null}`)
  expect(await collect(readJsonLines(path))).toEqual([
    { row: 1, record: { b: 1 } },
    { row: 2, record: { c: null } },
  ])
})

it.each([
  ['a list', '[1]'],
  ['a number', '1'],
  ['null', 'null'],
  ['half an object', '{"a": '],
  ['plain text', 'hello'],
])('names the row of %s', async (_, line) => {
  const path = await temporaryFile('a.jsonl', `{}\n\n{}\n${line}\n`)
  await expect(collect(readJsonLines(path))).rejects.toThrow(
    `${path} row 3: is not a JSON object; one such a line is needed`,
  )
})

import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { MAX_CELL_CHARACTERS } from '#src/text/csv-framing.js'
import { type ReadRowsOptions, readRows, tableFormat } from '#src/text/rows.js'
import { collect, temporaryFile } from './temporary-files.js'

const labelled: ReadRowsOptions = { labelColumn: 'label' }
const FIFTY_MB = 'word '.repeat(10_000_000)

describe('readRows', () => {
  it.each([
    ['a.csv', 'label,text\npositive,"good, fine"\nnegative,bad\n'],
    ['a.csv', '\ufefftext,other,label\r\n"good, fine",1,positive\r\nbad,2,negative'],
    ['a.jsonl', '{"text": "good, fine", "label": "positive"}\n\n{"label": "negative", "text": "bad"}'],
    ['a.ndjson', '\ufeff{"text": "good, fine", "label": "positive"}\r\n{"label": "negative", "text": "bad"}\r\n'],
  ])('reads %s, plain and packed', async (name, content) => {
    const rows = [
      { row: 1, text: 'good, fine', label: 'positive' },
      { row: 2, text: 'bad', label: 'negative' },
    ]
    expect(await collect(readRows(await temporaryFile(name, content), labelled))).toEqual(rows)
    expect(await collect(readRows(await temporaryFile(`${name}.gz`, gzipSync(content)), labelled))).toEqual(rows)
  })

  it('takes numbers and truths of JSON for labels', async () => {
    const path = await temporaryFile('a.jsonl', '{"text": "a", "label": 3}\n{"text": "b", "label": false}')
    expect((await collect(readRows(path, labelled))).map(({ label }) => label)).toEqual(['3', 'false'])
  })

  it.each([
    ['a.csv', 'text,label\na,\n'],
    ['a.csv', 'text\na\n'],
    ['a.jsonl', '{"text": "a", "label": null}'],
    ['a.jsonl', '{"text": "a"}'],
  ])('reads %s %j without a label where none is required', async (name, content) => {
    const options = { ...labelled, labelRequired: false }
    const [row] = await collect(readRows(await temporaryFile(name, content), options))
    expect(row).toEqual({ row: 1, text: 'a', label: undefined })
  })

  it('takes the guard off where told, and only there', async () => {
    const path = await temporaryFile('a.csv', "text\n'=1\n''tis\n'tis\n")
    const texts = async (guarded: boolean) => (await collect(readRows(path, { guarded }))).map(({ text }) => text)
    expect(await texts(true)).toEqual(['=1', "'tis", 'tis'])
    expect(await texts(false)).toEqual(["'=1", "''tis", "'tis"])
  })

  it('makes halves of characters, which JSON can write, whole', async () => {
    const [{ text }] = await collect(readRows(await temporaryFile('a.jsonl', '{"text": "a\\ud83d b \\ud83d\\ude00"}')))
    expect(text).toBe('a\ufffd b 😀')
  })

  it('takes a cell of just the largest size', async () => {
    const path = await temporaryFile('a.csv', `text\n"${'x'.repeat(MAX_CELL_CHARACTERS - 2)}"\n`)
    const [{ text }] = await collect(readRows(path))
    expect(text).toHaveLength(MAX_CELL_CHARACTERS - 2)
  })

  it.each<[what: string, name: string, content: string | Uint8Array, message: string]>([
    [
      'a missing column',
      'a.csv',
      'txt,label\na,b\n',
      "a.csv header: no column 'text'; the columns are 'txt', 'label'; did you mean --text-column 'txt'?",
    ],
    [
      'a missing label column',
      'a.csv',
      'text,class\na,b\n',
      "a.csv header: no column 'label'; the columns are 'text', 'class'; name one with --label-column",
    ],
    ['an empty file', 'a.csv', '', 'a.csv: is empty; a CSV file begins with the names of its columns'],
    ['a column twice', 'a.csv', 'text,text\n', "a.csv header: 'text' names two columns; rename one"],
    ['a short row', 'a.csv', 'text,label\na,b\nc\n', 'a.csv row 2: 1 cell, but the header has 2; give the row as many'],
    [
      'a long row',
      'a.csv',
      'text,label\na,b\nc,d,e\n',
      'a.csv row 2: 3 cells, but the header has 2; quote a cell that holds a comma',
    ],
    [
      'text behind a quote',
      'a.csv',
      'text,label\na,b\n"c"d,e\n',
      'a.csv row 2: text stands behind a closing quote; a quote within a quoted cell is written twice',
    ],
    [
      'a quote that never closes',
      'a.csv',
      'text,label\na,b\n"c,d\ne,f\n',
      'a.csv row 2: a cell opens with a quote that never closes; close it, or double it',
    ],
    [
      '50 MB behind a quote',
      'a.csv',
      `text,label\na,b\n"${FIFTY_MB}\n`,
      'a.csv row 2: a cell has more than 1048576 characters, or its quote never closes; shorten it',
    ],
    [
      'a plain cell of 50 MB',
      'a.csv',
      `text,label\na,b\n${FIFTY_MB},c\n`,
      'a.csv row 2: a cell has more than 1048576 characters; shorten it',
    ],
    ['a header of 50 MB', 'a.csv', FIFTY_MB, 'a.csv header: a cell has more than 1048576 characters; shorten it'],
    ['too many cells', 'a.csv', `text,label\n${','.repeat(20_000)}\n`, 'a.csv row 1: more than 10000 cells'],
    [
      'bytes that are not UTF-8',
      'a.csv',
      Buffer.from('text,label\na,b\n"c\nd\xe9",e\n', 'latin1'),
      'a.csv row 2: bytes that are not UTF-8; convert the file to UTF-8',
    ],
    ['a NUL', 'a.csv', 'text,label\na\0,b\n', 'a.csv row 1: the text holds the character NUL; remove it'],
    [
      'JSON without the text',
      'a.jsonl',
      '{"txt": "a"}\n',
      "a.jsonl row 1: 'text' is missing; there are 'txt'; name one with --text-column",
    ],
    ['JSON with another kind of text', 'a.jsonl', '{"text": 1}\n', "a.jsonl row 1: 'text' is not a text"],
    [
      'JSON without the label',
      'a.jsonl',
      '{"text": "a", "label": "b"}\n{"text": "a"}',
      "a.jsonl row 2: 'label' is missing; there are 'text'; name one with --label-column",
    ],
    [
      'JSON with another kind of label',
      'a.jsonl',
      '{"text": "a", "label": ["b"]}',
      "a.jsonl row 1: 'label' is not a label",
    ],
    [
      'a long text in JSON',
      'a.jsonl',
      JSON.stringify({ text: 'x'.repeat(2_000_000) }),
      'a.jsonl row 1: the text has more than 1048576 characters; shorten it',
    ],
    [
      'a JSON line of 50 MB',
      'a.jsonl',
      `{"text": "${FIFTY_MB}"}`,
      'a.jsonl row 1: more than 16777216 characters; shorten it',
    ],
    [
      'JSON that is not UTF-8',
      'a.jsonl',
      Buffer.from('{"text": "a", "label": "b"}\n{"text": "\xe9"}', 'latin1'),
      'a.jsonl row 2: bytes that are not UTF-8; convert the file to UTF-8',
    ],
    [
      'another ending',
      'a.xlsx',
      '',
      'a.xlsx: rows are read from and written to files ending in .csv or .jsonl; rename it',
    ],
  ])('says in one line, with file and row, what is wrong: %s', async (_, name, content, message) => {
    const path = await temporaryFile(name, content)
    const error: unknown = await collect(readRows(path, labelled)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toBe(`UserError: ${path.slice(0, -basename(path).length)}${message}`)
  })

  it('names a file that is missing', async () => {
    await expect(collect(readRows('/nowhere/a.csv'))).rejects.toThrow('/nowhere/a.csv: no such file or folder')
  })
})

describe('tableFormat', () => {
  it.each([
    ['a.csv', 'csv'],
    ['A.CSV.GZ', 'csv'],
    ['a.jsonl.gz', 'jsonl'],
    ['a.ndjson', 'jsonl'],
  ])('of %s is %s', (path, format) => {
    expect(tableFormat(path)).toBe(format)
  })
})

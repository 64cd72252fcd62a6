import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { type CsvColumn, formatCsvHeader, formatCsvRows, readCsvRecords } from '#src/text/csv.js'
import { CsvFramer } from '#src/text/csv-framing.js'
import { randomText, stream } from './random-text.js'
import { collect, temporaryFile } from './temporary-files.js'

async function read(content: string): Promise<unknown> {
  const records = await collect(readCsvRecords(await temporaryFile('a.csv', content)))
  return records.map(({ row, record }) => [row, ...Object.values(record)])
}

describe('readCsvRecords', () => {
  it.each([
    [
      'plain cells',
      'a,b\n1,2\n3,4\n',
      [
        [1, '1', '2'],
        [2, '3', '4'],
      ],
    ],
    ['no line end at the end', 'a,b\n1,2', [[1, '1', '2']]],
    ['CRLF', 'a,b\r\n1,2\r\n', [[1, '1', '2']]],
    [
      'bare carriage returns',
      'a,b\r1,2\r3,4',
      [
        [1, '1', '2'],
        [2, '3', '4'],
      ],
    ],
    ['a byte-order mark', '\ufeffa,b\n1,2\n', [[1, '1', '2']]],
    ['line ends, commas and quotes within quotes', 'a,b\n"1\r\n,""x""",2\n', [[1, '1\r\n,"x"', '2']]],
    ['quotes within plain cells', 'a,b\n5" disk,it"s\n', [[1, '5" disk', 'it"s']]],
    ['white space around quotes', 'a,b\n "1" ,\t"2"\n', [[1, '1', '2']]],
    [
      'blank lines, not counted',
      '\n\na,b\n\n1,2\n  \n3,4\n\n',
      [
        [1, '1', '2'],
        [2, '3', '4'],
      ],
    ],
    [
      'empty cells',
      'a,b\n,\n"",x\ny,\n',
      [
        [1, '', ''],
        [2, '', 'x'],
        [3, 'y', ''],
      ],
    ],
    ['a cell that begins with U+FEFF', 'a,b\n\ufeffx,2\n', [[1, '\ufeffx', '2']]],
    ['a quote at the very end', 'a,b\n1,"2"', [[1, '1', '2']]],
  ])('reads %s', async (_, content, rows) => {
    expect(await read(content)).toEqual(rows)
  })

  it('names a column __proto__ like any other', async () => {
    const path = await temporaryFile('a.csv', '__proto__,constructor\nx,y\n')
    const [{ record }] = await collect(readCsvRecords(path))
    expect(Object.entries(record)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('tells the columns before the first row, also where none follows', async () => {
    const told: string[] = []
    const onColumns = (columns: readonly string[]): void => void told.push(...columns)
    expect(await collect(readCsvRecords(await temporaryFile('a.csv', 'a,b\n'), { onColumns }))).toEqual([])
    expect(told).toEqual(['a', 'b'])
  })

  it('reads as many rows as there are over many chunks', async () => {
    const content = `a,b\n${Array.from({ length: 40_000 }, (_, index) => `"row, ${index}",${index}`).join('\r\n')}`
    const records = await collect(readCsvRecords(await temporaryFile('a.csv', content)))
    expect(records).toHaveLength(40_000)
    expect(records.every(({ row, record }, index) => row === index + 1 && record.a === `row, ${index}`)).toBe(true)
  })
})

describe('CsvFramer', () => {
  it('cuts the same records wherever the text is cut into pieces (500 random texts)', () => {
    for (let index = 0; index < 500; index++) {
      const random = stream(index)
      const text = randomText(random, 40)
      const cut = random.below(text.length + 1)
      const frame = (...pieces: string[]): string => {
        const framer = new CsvFramer('a.csv')
        try {
          return pieces.map((piece) => framer.push(piece)).join('') + framer.end()
        } catch (error) {
          return String(error)
        }
      }
      expect(frame(text.slice(0, cut), text.slice(cut)), JSON.stringify(text)).toBe(frame(text))
    }
  })
})

describe('formatCsvRows', () => {
  const columns: CsvColumn[] = [
    { name: 'text', kind: 'text' },
    { name: 'n', kind: 'number' },
    { name: 'label', kind: 'text' },
  ]

  it('quotes and guards texts, and leaves numbers as they are', async () => {
    const rows = await formatCsvRows(columns, [
      { text: '=1+1', n: -0.5, label: 'a "b"' },
      { text: 'x', label: undefined },
    ])
    expect((await formatCsvHeader(columns)) + rows).toBe(`text,n,label\n"'=1+1",-0.5,"a ""b"""\n"x",,""\n`)
  })

  it('reads back what it wrote, exactly (600 random rows)', async () => {
    const records = Array.from({ length: 600 }, (_, index) => {
      return { text: randomText(stream(index)), n: index - 300, label: randomText(stream(index + 1000), 2) }
    })
    const content = (await formatCsvHeader(columns)) + (await formatCsvRows(columns, records))
    const read = await collect(readCsvRecords(await temporaryFile('a.csv', content), { guarded: true }))
    expect(read).toEqual(
      records.map((record, index) => ({ row: index + 1, record: { ...record, n: String(record.n) } })),
    )
  })

  it('writes no rows as nothing', async () => {
    expect(await formatCsvRows(columns, [])).toBe('')
  })

  it('throws for NaN, our defect, and for NUL, which CSV does not carry', () => {
    expect(() => formatCsvRows(columns, [{ n: Number.NaN }])).toThrow(RangeError)
    expect(() => formatCsvRows(columns, [{ text: 'a\0b' }])).toThrow(UserError)
  })
})

import { describe, expect, it } from 'vitest'
import { guardCell, unguardCell } from '#src/text/spreadsheet-guard.js'
import { randomText, stream } from './random-text.js'

describe('the guard against spreadsheets', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ["'tis", "''tis"],
    ['', ''],
    ['plain', 'plain'],
    [' =1', ' =1'],
    ['\n=1', '\n=1'],
  ])('%j is written %j', (text, cell) => {
    expect(guardCell(text)).toBe(cell)
    expect(unguardCell(cell)).toBe(text)
  })

  it('takes off exactly what it put on, once for each time (500 random texts)', () => {
    for (let index = 0; index < 500; index++) {
      const text = randomText(stream(index))
      expect(unguardCell(guardCell(text))).toBe(text)
      expect(unguardCell(unguardCell(guardCell(guardCell(text))))).toBe(text)
    }
  })
})

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readSentences } from '#src/text/corpus.js'
import { readRows } from '#src/text/rows.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { collect } from './temporary-files.js'

const data = fileURLToPath(new URL('../../data/', import.meta.url))
const readme = readFileSync(`${data}README.md`, 'utf8')
const tokenizer = tokenizerOf('word')

/** The numbers in the table row of a file. */
function stated(file: string): number[] {
  const line = readme.split('\n').find((line) => line.startsWith(`| \`${file}\``)) ?? ''
  return Array.from(line.matchAll(/\| ([\d,]+) (?=\|)/g), ([, number]) => Number(number.replaceAll(',', '')))
}

describe('the data is what its README says', () => {
  it.each(readdirSync(`${data}corpus`))('corpus/%s', async (file) => {
    const path = `${data}corpus/${file}`
    let words = 0
    for await (const sentence of readSentences([path], { tokenizer })) words += sentence.length
    expect([statSync(path).size, words]).toEqual(stated(file))
  })

  it.each(readdirSync(`${data}labelled`))('labelled/%s', async (file) => {
    const path = `${data}labelled/${file}`
    const rows = await collect(readRows(path, { labelColumn: 'label' }))
    const words = rows.reduce((sum, { text }) => sum + tokenizer.words(text).length, 0)
    expect([statSync(path).size, rows.length, words]).toEqual(stated(file))
    expect(new Set(rows.map(({ label }) => label)).size).toBe(file.startsWith('snips') ? 7 : 2)
  })
})

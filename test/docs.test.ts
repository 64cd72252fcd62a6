import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

/** Each program of a page with the heading it stands under and what it is said to print. */
function programsOf(name: string) {
  const page = readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
  const programs = [...page.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)]
  expect(programs).toHaveLength([...page.matchAll(/```ts\n/g)].length)
  return programs.map(({ index, 1: code, 2: printed }) => ({
    heading: [...page.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1],
    code,
    printed,
  }))
}

/** Within the package, so that they find it by its name. */
const folder = mkdtempSync(fileURLToPath(new URL('../dist/docs-', import.meta.url)))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(['stop-gradient.md', 'victims.md'])('docs/%s', (page) => {
  it.each(programsOf(page))('has a program that prints what stands there: $heading', ({ heading, code, printed }) => {
    const file = join(folder, `${heading?.replace(/\W+/g, '-')}.mjs`)
    writeFileSync(file, code)
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe(printed)
  })
})

describe('the docs', () => {
  const pages = readdirSync(new URL('../docs/', import.meta.url)).filter((name) => name.endsWith('.md'))
  it.each(pages)('point only at files that are there: %s', (name) => {
    const text = readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
    for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(() => readFileSync(new URL(link, new URL('../docs/', import.meta.url))), link).not.toThrow()
    }
  })
})

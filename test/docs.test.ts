import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../docs/stop-gradient.md', import.meta.url), 'utf8')

/** Each program with the heading it stands under and what it is said to print. */
const programs = [...page.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)].map(({ index, 1: code, 2: printed }) => ({
  heading: [...page.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1],
  code,
  printed,
}))

/** Within the package, so that they find it by its name. */
const folder = new URL('../dist/', import.meta.url)
const file = (index: number) => fileURLToPath(new URL(`docs-example-${index}.mjs`, folder))
afterAll(() => {
  for (const index of programs.keys()) rmSync(file(index), { force: true })
})

describe('docs/stop-gradient.md', () => {
  it('says of every program what it prints', () => {
    expect(programs).toHaveLength([...page.matchAll(/```ts\n/g)].length)
    expect(programs.length).toBeGreaterThan(5)
  })

  it.each(programs.map((program, index) => ({ ...program, index })))(
    'has a program that prints what stands there: $heading',
    ({ code, printed, index }) => {
      writeFileSync(file(index), code)
      expect(execFileSync(process.execPath, [file(index)], { encoding: 'utf8' })).toBe(printed)
    },
  )
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

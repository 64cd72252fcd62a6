import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attackDefinitions } from '#src/attacks/index.js'
import { makeSmallModels } from './scripts/small-models.js'

const root = new URL('..', import.meta.url)
const page = (name: string) => readFileSync(new URL(name, root), 'utf8')
const readme = page('README.md')
const documents = readdirSync(new URL('docs', root)).map((name) => `docs/${name}`)
const pages = ['README.md', 'CONTRIBUTING.md', ...documents.filter((name) => name.endsWith('.md'))]
/** The files that a page points at. */
const linksOf = (name: string) =>
  [...page(name).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => new URL(link, new URL(name, root)).href)
const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-readme-'))
/** Within the package, so that it finds itself by its name. */
const program = fileURLToPath(new URL('dist/readme-example.mjs', root))

/** Runs the first program on a page, beside `models/reviews`, and gives the lines that it prints. */
function runExample(name: string): string[] {
  const [, example] = page(name).match(/```ts\n(.*?)```/s) ?? []
  writeFileSync(program, example)
  return execFileSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' }).trim().split('\n')
}

beforeAll(() => {
  makeSmallModels(folder)
  mkdirSync(join(folder, 'models'))
  renameSync(join(folder, 'classifier'), join(folder, 'models', 'reviews'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(program, { force: true })
})

describe('the README', () => {
  it('has an example that runs', () => {
    const [reading, flip] = runExample('README.md')
    expect(reading).toMatch(/^[\d.e-]+ \[ 1, 5, 8 \] 40$/)
    expect(flip).toMatch(/^(Successful|Failed) /)
  })

  it('names every attack', () => {
    for (const { name } of attackDefinitions) expect(readme).toContain(`\`${name}\``)
  })

  it('names every command', () => {
    const { bin } = z.object({ bin: z.record(z.string(), z.string()) }).parse(JSON.parse(page('package.json')))
    for (const name of Object.keys(bin)) expect(readme).toMatch(new RegExp(`(\`|npx )${name}\\b`))
  })
})

describe('the page on what is exact', () => {
  it('has an example that runs, for vectors of any length', () => {
    expect(runExample('docs/exact.md').join('')).toMatch(/norm: [\d.]+.*isExact: true/)
  })
})

describe('the pages', () => {
  it.each(pages)('%s points only at files that are there', (name) => {
    for (const link of linksOf(name)) expect(existsSync(new URL(link)), link).toBe(true)
  })

  it('are all pointed at, and so are the pictures', () => {
    const links = pages.flatMap(linksOf)
    for (const name of documents) expect(links).toContain(new URL(name, root).href)
  })
})

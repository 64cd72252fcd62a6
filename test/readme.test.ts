import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attackDefinitions } from '#src/attacks/index.js'
import { makeSmallModels } from './scripts/small-models.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-readme-'))
/** Within the package, so that it finds itself by its name. */
const program = fileURLToPath(new URL('../dist/readme-example.mjs', import.meta.url))

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
    const [, example] = readme.match(/```ts\n(.*?)```/s) ?? []
    writeFileSync(program, example)
    const printed = execFileSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' })
    const [reading, flip] = printed.trim().split('\n')
    expect(reading).toMatch(/^[\d.e-]+ \[ 1, 5, 8 \] 40$/)
    expect(flip).toMatch(/^(Successful|Failed) /)
  })

  it('names every attack', () => {
    for (const { name } of attackDefinitions) expect(readme).toContain(`\`${name}\``)
  })

  it('points only at files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link)
    expect(links.length).toBeGreaterThan(2)
    for (const link of links) expect(() => readFileSync(new URL(`../${link}`, import.meta.url)), link).not.toThrow()
  })
})

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-package-'))
const { bin } = z
  .object({ bin: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
/** Runs a program in a folder and gives what it prints. */
const run = (cwd: string, program: string, ...args: readonly string[]) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** What a stranger's program might say: it must compile against the shipped types, and run. */
const PROGRAM = `
import { attacks, Embeddings, readLossGradient, TextClassifier, tokenizerOf, UserError, Vocabulary } from 'cbow-adversarial'

const vocabulary: Vocabulary = new Vocabulary(['good', 'bad'], Float64Array.of(2, 1))
const embeddings = new Embeddings(vocabulary, Float32Array.of(1, 0, 0, 1), 2)
const [weights, bias] = [Float32Array.of(1, -1, -1, 1), Float32Array.of(0, 0)]
const victim = new TextClassifier(embeddings, weights, bias, ['positive', 'negative'], tokenizerOf('word'))
const { gradient, shape }: { gradient: Float32Array; shape: readonly number[] } =
  await readLossGradient(victim, [{ text: 'good', label: 'positive' }])
console.log(JSON.stringify({ shape, gradient: [...gradient].map((x) => Math.round(x * 1e4) / 1e4) }))
try {
  attacks.pgd({ epsilon: -1 })
} catch (error) {
  console.log(error instanceof UserError)
}
`

describe('the packed package, installed in an empty folder', () => {
  beforeAll(() => {
    const packed = run(root, 'npm', 'pack', '--json', '--pack-destination', folder)
    const [{ filename }] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(packed))
    const project = join(folder, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
    run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', join('..', filename))
  }, 180_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(Object.keys(bin))('%s --help prints its usage and an example', (name) => {
    const help = run(folder, join('project', 'node_modules', '.bin', name), '--help')
    expect(help).toContain(`Usage: ${name}`)
    expect(help).toContain('Example:')
  })

  it('gives a typed API', () => {
    const project = join(folder, 'project')
    writeFileSync(join(project, 'program.ts'), PROGRAM)
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--types', '']
    run(project, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), ...options, 'program.ts')
    const [read, refused] = run(project, process.execPath, 'program.js').trim().split('\n')
    // L = log(1 + e^(z_2 - z_1)) at z = (1, -1): dL/dv = (p_1 - 1) (u_1 - u_2) = (p_1 - 1) (2, -2).
    const slope = (1 / (1 + Math.exp(-2)) - 1) * 2
    const rounded = (x: number) => Math.round(x * 1e4) / 1e4
    expect(JSON.parse(read)).toEqual({ shape: [1, 1, 2], gradient: [rounded(slope), rounded(-slope)] })
    expect(refused).toBe('true')
  })
})

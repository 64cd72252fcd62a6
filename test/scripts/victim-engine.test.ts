import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOnEmulator, emulator } from '../kernels/cuda/devices.js'
import { runCommand } from './run-command.js'
import { makeSmallModels } from './small-models.js'

const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-engine-'))
const path = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rowsOf = (file: string) => {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line): Record<string, unknown> => JSON.parse(line))
}

/** A command on an engine, over the emulated GPU; its rows go to a file of the engine's name. */
function on(engine: string, command: string, rows: string, model: string, ...args: readonly string[]) {
  const output = path(`${command}-${model}-${engine}.jsonl`)
  const own = [path(rows), '--model', path(model), '--output', output, '--engine', engine, '--limit', '16', ...args]
  const { status, stderr, errors } = runCommand(command, own, { env: { CBOW_CUDA_LIBRARY: emulator } })
  return { output, status, stderr, errors }
}

describeOnEmulator('--engine cuda', () => {
  beforeAll(() => makeSmallModels(folder))

  it.each([
    ['reviews.csv', 'classifier', 'hotflip', ['--max-words', '2']],
    ['corpus.txt', 'cbow', 'pgd', ['--epsilon', '0.5']],
  ])('flips the same rows of %s as the CPU does', (rows, model, attack, args) => {
    const [found, expected] = ['cuda', 'cpu'].map((engine) => {
      const { output, status, stderr } = on(engine, 'generate-adversarial', rows, model, '--attack', attack, ...args)
      expect(status).toBe(0)
      expect(stderr).toContain(
        engine === 'cuda' ? 'engine: cuda on emulator' : 'engine: TensorFlow.js on plain JavaScript',
      )
      const summary = JSON.parse(readFileSync(`${output}.summary.json`, 'utf8'))
      expect(summary).toMatchObject({ engine, backend: engine, ...(engine === 'cuda' && { gpu: 'emulator' }) })
      return rowsOf(output).map(({ resultType, perturbedText }) => ({ resultType, perturbedText }))
    })
    expect(found).toEqual(expected)
  })

  it('reads gradients whose norms are those of the CPU to 1e-5', () => {
    const [found, expected] = ['cuda', 'cpu'].map((engine) => {
      const { output, status } = on(engine, 'read-gradients', 'corpus.txt', 'cbow')
      expect(status).toBe(0)
      return rowsOf(output).map((row) => [Number(row.loss), Number(row.gradient_norm)])
    })
    expect(found).toHaveLength(16)
    found.flat().forEach((value, i) => {
      expect(Math.abs(value / expected.flat()[i] - 1)).toBeLessThan(1e-5)
    })
  })

  it('says in one line that threads cannot share a GPU', () => {
    const args = ['--attack', 'hotflip', '--workers', '2', '--force']
    const { status, errors } = on('cuda', 'generate-adversarial', 'reviews.csv', 'classifier', ...args)
    expect(errors).toEqual([expect.stringContaining("'text-classifier' on a GPU cannot be sent to a thread")])
    expect(status).toBe(2)
  })

  it('answers whether reading disturbs training, on one warp of the GPU', () => {
    const env = { CBOW_CUDA_LIBRARY: emulator }
    const question = ['--question', '--engine', 'cuda', '--steps', '2']
    const { status, stdout, stderr } = runCommand('stop-gradient-demo', question, { env })
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/read while it trains: .*\nreading disturbed nothing: .* equal to the bit\n/)
    const picture = runCommand('stop-gradient-demo', ['--engine', 'cuda', '--output', path('demo.svg')], { env })
    expect(picture).toMatchObject({ status: 2, errors: [expect.stringContaining('add --question')] })
  })

  it.each([
    ['generate-adversarial', ['--attack', 'hotflip', '--force']],
    ['read-gradients', []],
  ])('%s says in one line that no GPU answers', (command, args) => {
    const own = [path('reviews.csv'), '--model', path('classifier'), '--output', path('none.jsonl'), '--engine', 'cuda']
    const env = { CBOW_CUDA_LIBRARY: path('no-driver.so') }
    const { status, errors } = runCommand(command, [...own, ...args], { env })
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/no-driver\.so/)
    expect(status).toBe(2)
  })
})

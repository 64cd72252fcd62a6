import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCommand } from './run-command.js'
import { csv, smallModels } from './small-models.js'

const { path } = smallModels()

const read = (...args: readonly string[]) => runCommand('read-gradients', ['--engine', 'wasm', ...args])

describe('read-gradients', () => {
  it('reads rows for a classifier, and its own predictions where there is no label', () => {
    writeFileSync(path('rows.csv'), 'text\na fine dull film\nxyzzy\n')
    const options = ['--model', path('classifier'), '--output', path('out.jsonl'), '--saliency', 'integrated-gradients']
    const { status, stdout, stderr } = read(path('rows.csv'), ...options, '--save-gradients')
    expect(stderr).toContain("rows.csv: no column label; the model's predictions are taken")
    expect(stdout).toBe(`${path('out.jsonl')}: 2 rows (1 without a known word); the model has not moved, to the bit\n`)
    expect(status).toBe(0)
    const [first] = readFileSync(path('out.jsonl'), 'utf8').split('\n')
    expect(JSON.parse(first)).toMatchObject({ row: 1, words: ['a', 'fine', 'dull', 'film'] })
    expect(readFileSync(path('out.jsonl.gradients-00001.safetensors')).length).toBeGreaterThan(4 * 8 * 4)
  })

  it('reads the windows of a text for a CBOW model', () => {
    const out = path('windows.csv')
    const { status, stdout } = read(
      path('corpus.txt'),
      '--model',
      path('cbow'),
      '--output',
      out,
      '--limit',
      '9',
      '--json',
    )
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ output: out, rows: 9, skipped: 0 })
    expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(10)
  })

  it.each([
    ['no model', ['rows'], /--model/],
    [
      'a label outside the classes',
      ['wrong.csv', '--model', 'classifier', '--output', 'x.csv'],
      /wrong.csv row 1: unknown label 'maybe'/,
    ],
    ['an output of another kind', ['wrong.csv', '--model', 'classifier', '--output', 'x.txt'], /x.txt/],
    ['no step', ['wrong.csv', '--model', 'classifier', '--output', 'x.csv', '--steps', '0'], /steps/],
  ])('refuses %s in one line', (_, args, message) => {
    writeFileSync(path('wrong.csv'), csv('a fine film,maybe'))
    const { status, errors, stderr } = read(...args.map((arg) => (/^[a-z]/.test(arg) ? path(arg) : arg)))
    expect(stderr).toMatch(message)
    expect(errors.length).toBeLessThanOrEqual(1)
    expect(status).toBe(2)
  })
})

describe('stop-gradient-demo --question', () => {
  it('answers in lockstep, for every way of reading, with a control whose losses part', () => {
    const args = ['--question', '--engine', 'wasm', '--threads', '2', '--steps', '2', '--json']
    const { status, stdout } = runCommand('stop-gradient-demo', args)
    const { undisturbed, runs, control } = JSON.parse(stdout)
    expect(status).toBe(0)
    expect(undisturbed).toBe(true)
    expect(runs.map(({ reading }: { reading: string }) => reading)).toEqual([
      'never',
      'once',
      'every step',
      'other batches',
      'while it trains',
    ])
    expect(control.partsAtStep).toBe(2)
  })
})

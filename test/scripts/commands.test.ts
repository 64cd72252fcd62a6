import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attackDefinitions } from '#src/attacks/index.js'
import { AttackSummary } from '#src/evaluate/summary.js'
import { runCommand } from './run-command.js'
import { smallModels } from './small-models.js'

const { path } = smallModels()

/** Runs a command that must succeed quietly, and gives what it prints. */
function succeed(name: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = runCommand(name, [...args, '--quiet'])
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

/** Attacks the small classifier. */
const attack = (output: string, ...more: readonly string[]) =>
  succeed(
    'generate-adversarial',
    ...[path('reviews.csv'), '--model', path('classifier'), '--output', path(output), '--limit', '24', ...more],
  )

/** A CSV without its last column, `seconds`. */
const withoutSeconds = (file: string) =>
  readFileSync(path(file), 'utf8')
    .split('\n')
    .map((line) => line.replace(/,[^,]*$/, ''))
    .join('\n')

const { version, bin } = z
  .object({ version: z.string(), bin: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')))
const COMMANDS = Object.keys(bin)

describe('every command', () => {
  it.each(COMMANDS)('%s --help gives its usage on stdout', (name) => {
    const { status, stdout, stderr } = runCommand(name, ['--help'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: ${name} .*Example:`, 's'))
  })

  it.each(COMMANDS)("%s --version gives the package's", (name) => {
    expect(runCommand(name, ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
  })

  it.skipIf(process.platform === 'win32').each(COMMANDS)('%s may be executed, as npx does', (name) => {
    expect(statSync(bin[name]).mode & 0o111).toBe(0o111)
  })

  it.each([
    ['word-vectors', []],
    ['generate-adversarial', ['--attack', 'hotflip']],
  ])('%s: the help keeps to 80 columns, but for examples', (name, args) => {
    const [options] = runCommand(name, [...args, '--help']).stdout.split('\nExample:')
    expect(Math.max(...options.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it.each(COMMANDS)('%s names the nearest flag for an unknown one', (name) => {
    const { status, errors } = runCommand(name, ['--jsn'])
    expect(status).toBe(2)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain("'--jsn'")
    expect(errors[0]).toContain('--json')
  })
})

describe('a flag that is no good', () => {
  it.each([
    ['--dimensions', '1.5', 'a whole number is needed'],
    ['--epochs', 'x', 'a number is needed'],
    ['--window', '0', 'at least 1 is needed'],
    ['--sample', '2', 'at most 1 is needed'],
    ['--learning-rate', '0', 'more than 0 is needed'],
    ['--mode', 'median', 'one of mean, sum is needed'],
    ['--tokenizer', '', 'a text is needed'],
  ])('%s %s: %s', (flag, value, says) => {
    const { status, stderr } = runCommand('train-cbow', [path('corpus.txt'), '--output', path('no'), flag, value])
    expect(stderr).toBe(`train-cbow: ${flag} ${value}: ${says}\n`)
    expect(status).toBe(2)
  })

  it.each([
    ['train-cbow', []],
    ['train-classifier', []],
    ['word-vectors', ['convert']],
  ])('%s: the help names the tokenizers', (name, args) => {
    expect(runCommand(name, [...args, '--help']).stdout).toMatch(/--tokenizer[^-]*word, whitespace,\s+natural-treebank/)
  })
})

describe('generate-adversarial', () => {
  it('lists the attacks, and the flags of each', () => {
    const { stdout } = runCommand('generate-adversarial', ['--list-attacks'])
    const names = stdout.split('\n').map((line) => line.split(' ')[0])
    expect(names).toEqual([...attackDefinitions.map(({ name }) => name), ''])
    expect(runCommand('generate-adversarial', ['--attack', 'hotflip', '--help']).stdout).toContain('--beam')
    const { stdout: pgd } = runCommand('generate-adversarial', ['--attack', 'pgd', '--help'])
    expect(pgd).not.toContain('--beam')
    expect(pgd).toMatch(/--epsilon <LIST>[^[]*\[0\.1\]/)
    expect(pgd).toMatch(/Example:\n {2}generate-adversarial .*--attack pgd --epsilon/)
  })

  it('lists the attacks for programs too', () => {
    const { stdout } = runCommand('generate-adversarial', ['--list-attacks', '--json'])
    const listed = attackDefinitions.map(({ name, kind, summary, reference }) => ({ name, kind, summary, reference }))
    expect(JSON.parse(stdout)).toEqual({ attacks: listed })
  })

  it('says why one text is skipped', () => {
    const text = ['--text', 'qqqq', '--model', path('classifier'), '--attack', 'hotflip']
    expect(succeed('generate-adversarial', ...text)).toBe('Skipped (no known word)\t? -> ?\tqqqq\tqqqq\n')
  })

  it('prints one JSON object with --json, the same that stands beside the rows', () => {
    const printed: unknown = JSON.parse(attack('json.csv', '--attack', 'hotflip', '--json'))
    expect(printed).toEqual(JSON.parse(readFileSync(path('json.csv.summary.json'), 'utf8')))
    const summary = AttackSummary.parse(printed)
    expect(summary).toMatchObject({ rows: 24, attack: { name: 'hotflip' }, seed: 1 })
    expect(summary.successful).toBeGreaterThan(0)
    expect(summary.readOnlyProof.before).toBe(summary.readOnlyProof.after)
  })

  it.each([
    ['pgd', ['--norm', 'l2', '--epsilon', '5']],
    ['fgsm', ['--epsilon', '1']],
    ['hotflip', ['--max-words', '1']],
    ['random', ['--tries', '3']],
  ])('%s: the same seed gives the same rows, another batch size too', (name, flags) => {
    attack(`${name}-1.csv`, '--attack', name, ...flags)
    attack(`${name}-2.csv`, '--attack', name, ...flags, '--batch-size', '5')
    expect(withoutSeconds(`${name}-2.csv`)).toBe(withoutSeconds(`${name}-1.csv`))
  })

  it('gives a curve for several epsilons, and rows for the largest', () => {
    attack('curve.csv', '--attack', 'pgd', '--epsilon', '1,0.5,4')
    const { curve } = AttackSummary.parse(JSON.parse(readFileSync(path('curve.csv.summary.json'), 'utf8')))
    expect(curve.map(({ epsilon }) => epsilon)).toEqual([0.5, 1, 4])
    expect(curve[0].flips).toBeLessThanOrEqual(curve[2].flips)
    expect(readFileSync(path('curve.csv'), 'utf8')).toMatch(/"Successful",.*,4,/)
  })

  it('writes JSONL by the ending, and a report', () => {
    attack('rows.jsonl', '--attack', 'hotflip', '--report', path('report.html'))
    const rows = readFileSync(path('rows.jsonl'), 'utf8').trim().split('\n')
    expect(rows.map((row) => z.object({ row: z.int() }).parse(JSON.parse(row)).row)).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 1),
    )
    expect(readFileSync(path('report.html'), 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('reaches a target', () => {
    attack('targeted.csv', '--attack', 'hotflip', '--target', 'negative', '--candidates', 'vocabulary')
    const summary = AttackSummary.parse(JSON.parse(readFileSync(path('targeted.csv.summary.json'), 'utf8')))
    expect(summary).toMatchObject({ goal: 'targeted', target: 'negative', skipped: 12 })
  })

  it('attacks one text, and windows of a text for a CBOW model', () => {
    const model = ['--attack', 'hotflip', '--model']
    expect(succeed('generate-adversarial', '--text', 'a fine film', ...model, path('classifier'))).toContain('[[')
    const windows = succeed('generate-adversarial', '--text', 'a fine warm film', ...model, path('cbow'))
    expect(windows.trim().split('\n')).toHaveLength(4)
    const output = ['--output', path('windows.csv'), '--limit', '10']
    succeed('generate-adversarial', path('corpus.txt'), ...model, path('cbow'), ...output)
    expect(readFileSync(path('windows.csv'), 'utf8').trim().split('\n')).toHaveLength(11)
  })

  it.each([
    ['generate-adversarial', ['reviews.csv', '--attack', 'random', '--output', 'o.csv', '--limit', '4'], '--report'],
    ['evaluate-adversarial', ['claimed.csv'], '--report'],
    ['stop-gradient-demo', ['--iterations', '2'], '--output'],
  ])('and %s write no page or picture over what is none, but with --force, and over their own', (name, args, flag) => {
    if (name === 'evaluate-adversarial') attack('claimed.csv', '--attack', 'random')
    const paths = args.map((arg) => (/\.csv$/.test(arg) ? path(arg) : arg))
    const model = name === 'stop-gradient-demo' ? [] : ['--model', path('classifier')]
    const all = [...paths, ...model, flag, path('notes')]
    writeFileSync(path('notes'), 'my notes\n')
    const { status, errors } = runCommand(name, all)
    expect(status).toBe(2)
    expect(errors[0]).toMatch(/notes: holds something else than .*--force/)
    expect(readFileSync(path('notes'), 'utf8')).toBe('my notes\n')
    succeed(name, ...all, '--force')
    succeed(name, ...all, ...(name === 'generate-adversarial' ? ['--resume'] : []))
  })

  it('does not overwrite what is no result', () => {
    writeFileSync(path('mine.csv'), 'text,label\nmine,1\n')
    const args = [
      path('reviews.csv'),
      '--model',
      path('classifier'),
      '--attack',
      'random',
      '--output',
      path('mine.csv'),
    ]
    const { status, errors } = runCommand('generate-adversarial', args)
    expect(status).toBe(2)
    expect(errors[0]).toMatch(/mine\.csv.*--force/)
    expect(readFileSync(path('mine.csv'), 'utf8')).toBe('text,label\nmine,1\n')
  })
})

describe('evaluate-adversarial', () => {
  it('finds that every claim holds, and says what transfers', () => {
    attack('claims.csv', '--attack', 'hotflip')
    attack('saved.csv', '--attack', 'pgd', '--epsilon', '4', '--save-perturbations')
    const others = ['--transfer', path('classifier'), '--report', path('judged.html')]
    const files = [path('claims.csv'), path('saved.csv')]
    const printed = succeed('evaluate-adversarial', ...files, '--model', path('classifier'), ...others)
    expect(printed.match(/every claim holds/g)).toHaveLength(2)
    expect(existsSync(path('judged.html'))).toBe(true)
  })

  it('believes no claim: a changed one is named, exit status 1', () => {
    attack('false.csv', '--attack', 'hotflip')
    const rows = readFileSync(path('false.csv'), 'utf8').split('\n')
    const at = rows.findIndex((row) => row.includes('"Successful"'))
    rows[at] = rows[at].replace('"Successful"', '"Failed"')
    writeFileSync(path('false.csv'), rows.join('\n'))
    const args = [path('false.csv'), '--model', path('classifier'), '--quiet']
    const { status, stdout } = runCommand('evaluate-adversarial', args)
    expect(status).toBe(1)
    expect(stdout).toContain(`1 rows claim what does not hold, the first is row ${at}`)
  })
})

describe('train-cbow', () => {
  it('gives the same bytes again, on one thread', () => {
    const train = (output: string) =>
      succeed(
        'train-cbow',
        ...[path('corpus.txt'), '--output', path(output), '--dimensions', '12', '--threads', '1', '--seed', '5'],
      )
    train('again-1')
    train('again-2')
    expect(readFileSync(path('again-2/tensors.safetensors'))).toEqual(readFileSync(path('again-1/tensors.safetensors')))
    expect(readFileSync(path('again-2/model.json'))).toEqual(readFileSync(path('again-1/model.json')))
  })

  it('reads standard input', () => {
    const args = ['-', '--output', path('stdin'), '--dimensions', '4', '--threads', '1', '--quiet']
    const { status, stderr } = runCommand('train-cbow', args, { input: readFileSync(path('corpus.txt')) })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it('lists the engines', () => {
    expect(runCommand('train-cbow', ['--engine', 'list']).stdout).toMatch(/^cuda.*\nwasm.*\ntensorflow.*\n(.*\n)?cpu/)
  })

  it('says that a finished model is finished, with --resume', () => {
    const args = [path('corpus.txt'), '--dimensions', '8', '--threads', '1', '--sample', '0', '--resume']
    const { status, stderr } = runCommand('train-cbow', [...args, '--output', path('cbow')])
    expect(status).toBe(0)
    expect(stderr).toContain('finished already')
  })
})

describe('stop-gradient-demo', () => {
  it('draws the demonstration and says that w2 and w3 are bit-identical', () => {
    const printed = succeed('stop-gradient-demo', '--output', path('demo.svg'))
    expect(printed).toContain('w2 and w3 are bit-identical')
    expect(readFileSync(path('demo.svg'), 'utf8')).toMatch(/^<svg/)
  })
})

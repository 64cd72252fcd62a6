import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from './run-command.js'
import { csv, smallModels } from './small-models.js'

const { folder, path } = smallModels()

function attack(output: string, ...more: readonly string[]) {
  const args = [path('reviews.csv'), '--model', path('classifier'), '--limit', '24', '--output', path(output)]
  return runCommand('generate-adversarial', [...args, ...more])
}

const evaluate = (file: string, ...more: readonly string[]) =>
  runCommand('evaluate-adversarial', [path(file), '--model', path('classifier'), '--quiet', ...more])

/** Trains another classifier on the rows. */
function train(output: string, rows: string) {
  const args = [rows, '--embeddings', path('cbow'), '--output', path(output), '--epochs', '1', '--quiet']
  expect(runCommand('train-classifier', args).status).toBe(0)
}

beforeAll(() => {
  writeFileSync(path('topics.csv'), csv('a fine warm film,warm', 'a dull cold film,cold'))
  train('topics', path('topics.csv'))
  train('hasty', path('reviews.csv'))
  expect(attack('words.csv', '--attack', 'hotflip').status).toBe(0)
})

describe('evaluate-adversarial', () => {
  it('says of rows without a saved perturbation that none could be judged, status 1', () => {
    const { stderr } = attack('unsaved.csv', '--attack', 'pgd', '--epsilon', '4')
    expect(stderr).toMatch(/nobody can judge these rows anew; --save-perturbations saves it/)
    const { status, stdout } = evaluate('unsaved.csv')
    expect(stdout).toMatch(/^0 of 24 rows could be judged$/m)
    expect(stdout).not.toMatch(/every claim/)
    expect(status).toBe(1)
  })

  it('takes skipped rows for no proof of those that were attacked, status 1', () => {
    const [header, first] = readFileSync(path('reviews.csv'), 'utf8').split('\n')
    writeFileSync(path('skipping.csv'), [header, first, 'qqqq,positive', ''].join('\n'))
    const output = ['--output', path('skipped.csv'), '--attack', 'pgd', '--quiet']
    runCommand('generate-adversarial', [path('skipping.csv'), '--model', path('classifier'), ...output])
    const { status, stdout } = evaluate('skipped.csv')
    expect(stdout).toMatch(/^1 of 2 rows could be judged, none of those attacked$/m)
    expect(stdout).not.toMatch(/every claim/)
    expect(status).toBe(1)
  })

  it('speaks of the judged rows alone where some could not be judged, status 0', () => {
    const [header, ...rows] = readFileSync(path('words.csv'), 'utf8').trim().split('\n')
    const unsaved = readFileSync(path('unsaved.csv'), 'utf8').trim().split('\n').slice(1)
    writeFileSync(path('mixed.csv'), [header, ...rows, ...unsaved, ''].join('\n'))
    const { status, stdout } = evaluate('mixed.csv')
    expect(stdout).toMatch(/^24 of 48 rows could be judged$/m)
    expect(stdout).toMatch(/^every claim of the 24 judged rows holds$/m)
    expect(status).toBe(0)
  })

  it('names the column of a difference, and the model of the summary where it is another', () => {
    cpSync(path('words.csv'), path('other.csv'))
    cpSync(path('words.csv.summary.json'), path('other.csv.summary.json'))
    const args = [path('other.csv'), '--model', path('hasty'), '--quiet']
    const { status, stdout } = runCommand('evaluate-adversarial', args)
    expect(stdout).toMatch(/the first is row \d+, [a-z_0-9]+: claimed \S+, judged \S+/)
    expect(stdout).toMatch(/^the rows were made against another model, .*classifier$/m)
    expect(status).toBe(1)
  })

  it('refuses another victim that knows none of the labels', () => {
    const { status, errors } = evaluate('words.csv', '--transfer', path('topics'))
    expect(errors).toEqual([
      `evaluate-adversarial: ${path('topics')}: has no label of the attacked model, negative, positive; the model knows cold, warm`,
    ])
    expect(status).toBe(2)
  })

  it('finds before it judges that the report cannot be written', () => {
    writeFileSync(path('plain'), '')
    for (const report of [folder, join(path('plain'), 'report.html')]) {
      const { status, errors } = evaluate('no-such.csv', '--report', report)
      expect(errors).toHaveLength(1)
      expect(errors[0]).toMatch(/is a folder|plain/)
      expect(status).toBe(2)
    }
  })

  it('prints where the report is', () => {
    expect(evaluate('words.csv', '--report', path('judged.html')).stdout.trim().split('\n').at(-1)).toBe(
      path('judged.html'),
    )
  })
})

describe('generate-adversarial', () => {
  it.each([
    ['no attack', [], /no --attack given; one of fgsm, .*hotflip, .*random, .*;/],
    [
      'a flag of other attacks',
      ['--attack', 'hotflip', '--epsilon', '1'],
      /--epsilon: hotflip has no such option; fgsm, .*pgd, .* have it/,
    ],
    [
      'a flag of word attacks',
      ['--attack=pgd', '--max-words=1'],
      /--max-words: pgd has no such option; hotflip, .*random, .* have it/,
    ],
    [
      'unknown candidates',
      ['--attack', 'hotflip', '--candidates', 'foo'],
      /foo: no such file.*; .*neighbours, vocabulary/,
    ],
    ['an epsilon beyond all', ['--attack', 'pgd', '--epsilon', '1e40'], /--epsilon 1e40: .*1000000/],
    ['a report that is a folder', ['--attack', 'pgd', '--report', folder], /is a folder, a file is needed/],
  ])('says in one line what is wrong: %s', (_, args, says) => {
    const { status, errors } = attack('none.csv', ...args)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(says)
    expect(status).toBe(2)
  })

  it('prints where the report is', () => {
    const { stdout } = attack('reported.csv', '--attack', 'random', '--report', path('drawn.html'))
    expect(stdout.trim().split('\n').slice(-2)).toEqual([path('reported.csv'), path('drawn.html')])
  })

  it.each([
    ['no label column', 'text\na fine film\na dull film\n', 'csv', true],
    ['an empty label', csv('a fine film,', 'a dull film,negative'), 'csv', false],
    ['no label key', '{"text":"a fine film"}\n{"text":"a dull film"}\n', 'jsonl', true],
    ['one row without the key', '{"text":"a fine film","label":"positive"}\n{"text":"a dull film"}\n', 'jsonl', false],
  ])('attacks rows without a label at their prediction: %s', (_, content, format, noted) => {
    writeFileSync(path(`unlabelled.${format}`), content)
    const args = ['--model', path('classifier'), '--attack', 'hotflip', '--output', path(`at-all.${format}`)]
    const { status, stdout, stderr } = runCommand('generate-adversarial', [
      ...[path(`unlabelled.${format}`), ...args, '--force'],
    ])
    expect(stderr.match(/no column label; the model's own predictions are attacked/g) ?? []).toHaveLength(noted ? 1 : 0)
    expect(stdout).toMatch(noted ? /of 2 .*; 2 rows, 0 skipped/ : /; 2 rows, /)
    expect(status).toBe(0)
  })

  it.each([
    ['a label column that is missing', 'text,label\na fine film,positive\n', 'csv', /--label-column/],
    ['a label key that is missing', '{"text":"a fine film"}\n', 'jsonl', /--label-column/],
    ['rows without any', 'text,label\n', 'csv', /rows\.csv: holds no row/],
    ['JSONL without any row', '\n', 'jsonl', /rows\.jsonl: holds no row/],
    ['a text without a window', 'king\n', 'txt', /rows\.txt: has no window/],
  ])('refuses %s', (_, content, format, says) => {
    writeFileSync(path(`rows.${format}`), content)
    const model = path(format === 'txt' ? 'cbow' : 'classifier')
    const named = says.source === '--label-column' ? ['--label-column', 'stars'] : []
    const { status, errors } = runCommand('generate-adversarial', [
      ...[path(`rows.${format}`), '--model', model, '--attack', 'hotflip', '--output', path('no.csv'), ...named],
    ])
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(says)
    expect(status).toBe(2)
    expect(existsSync(path('no.csv'))).toBe(false)
  })

  it('refuses one text without a window', () => {
    const args = ['--text', 'film', '--model', path('cbow'), '--attack', 'hotflip']
    const { status, stdout, errors } = runCommand('generate-adversarial', args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(errors).toEqual([expect.stringMatching(/the text: has no window; two words/)])
  })
})

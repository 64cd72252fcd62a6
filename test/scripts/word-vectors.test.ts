import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandPath, runCommand } from './run-command.js'

const folder = mkdtempSync(join(tmpdir(), 'word-vectors-'))
const path = (name: string) => join(folder, name)
/** Names of files, not words or flags. */
const inFolder = (arg: string) => (/\.\w+$/.test(arg) ? path(arg) : arg)
const run = (...args: readonly string[]) => runCommand('word-vectors', [...args, '--quiet'])

/** Stands for a full disk: every write to it fails with ENOSPC. */
const FULL = '/dev/full'

beforeAll(() => {
  writeFileSync(path('a.glove'), 'man 1 0 0\nwoman 1 1 0\nking 1 0 2\nqueen 1 1 2\napple -1 0 0\n')
  writeFileSync(path('questions.txt'), ': family\nman woman king queen\nman woman uncle aunt\n')
  writeFileSync(path('pairs.txt'), 'man\twoman\t9\nman\tking\t5\nman\tapple\t1\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('word-vectors', () => {
  it.each([
    [['nearest', 'a.glove', 'man', '--count', '2'], 'woman\t0.7071\nking\t0.4472\n'],
    [['nearest', 'a.glove', 'man', '--limit', '2'], 'woman\t0.7071\n'],
    [['analogy', 'a.glove', 'man', 'woman', 'king', '--count', '1'], /^queen\t0\.9\d+\n$/],
    [['similarity', 'a.glove', 'man', 'apple'], '-1.0000\n'],
    [['similarity', 'a.glove', 'pairs.txt'], 'Spearman 1.0000\t3 of 3 pairs\n'],
    [
      ['analogies', 'a.glove', 'questions.txt'],
      /^family\t100\.0%\t1 of 1\t1 out of vocabulary\n.*\nsyntactic\t-\t0 of 0/s,
    ],
    [['convert', 'a.glove', 'b.txt.gz'], /b\.txt\.gz: 5 words of 3 dimensions\n$/],
  ])('%j', (args, expected) => {
    const { status, stdout, stderr } = run(...args.map(inFolder))
    expect(stderr).toBe('')
    expect(status).toBe(0)
    if (typeof expected === 'string') expect(stdout).toBe(expected)
    else expect(stdout).toMatch(expected)
  })

  it('--json gives one object, without what is no number', () => {
    const { stdout } = run('similarity', path('a.glove'), 'man', 'woman', '--json')
    expect(JSON.parse(stdout)).toEqual({ words: ['man', 'woman'], cosine: expect.closeTo(Math.SQRT1_2, 12) })
    const accuracy = JSON.parse(run('analogies', path('a.glove'), path('questions.txt'), '--json').stdout)
    expect(accuracy.total).toMatchObject({ questions: 2, outOfVocabulary: 1, correct: 1, accuracy: 1 })
    expect(accuracy.syntactic.accuracy).toBeUndefined()
  })

  it.each([
    [['nearest', 'a.glove', 'Man'], /unknown word 'Man': did you mean 'man'\?/],
    [['nearest', 'a.glove', 'kng'], /unknown word 'kng': did you mean 'king'\?/],
    [['nearest', 'a.glove', 'man', '--count', '0'], /--count 0/],
    [['nearest', 'a.glove', 'man', '--limt', '3'], /--limt.*--limit/],
    [['nearest', 'none.glove', 'man'], /none\.glove: no such file/],
    [['nearest', 'a.glove'], /missing required argument 'word'/],
    [['nearst', 'a.glove', 'man'], /nearst.*nearest/],
    [['similarity', 'a.glove', 'man'], /man: no such file; name a file of judged pairs, or two words/],
    [['convert', 'a.glove', 'c.npy'], /c\.npy: what format is this\?/],
    [['analogies', 'a.glove', 'pairs.txt'], /pairs\.txt line 1: has 3 words/],
  ])('%j ends in one line and exit status 2', (args, says) => {
    const { status, stdout, errors, stderr } = run(...args.map(inFolder))
    expect(errors, stderr).toHaveLength(1)
    expect(errors[0]).toMatch(says)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })

  it.skipIf(!existsSync(FULL)).each(['full.txt.gz', 'full.tsv.gz', 'full.bin'])(
    'convert to %s on a full disk ends in one line',
    (name) => {
      symlinkSync(FULL, path(`${name}.partial`))
      const { status, stderr } = run('convert', path('a.glove'), path(name))
      expect(stderr).toBe(`word-vectors: ${path(name)}: no space left on the disk; free some and run it again\n`)
      expect(status).toBe(2)
      expect(existsSync(path(name))).toBe(false)
    },
  )

  it.skipIf(!existsSync(FULL))('an answer that does not fit on the disk ends in one line', () => {
    const args = [commandPath('word-vectors'), 'nearest', path('a.glove'), 'man', '--quiet']
    const { status, stderr } = spawnSync('bash', ['-c', `exec "$@" > ${FULL}`, 'bash', process.execPath, ...args], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('word-vectors: standard output: no space left on the disk; free some and run it again\n')
    expect(status).toBe(2)
  })

  it('without a command says what is missing', () => {
    const { status, stderr } = runCommand('word-vectors', [])
    expect(stderr).toBe(
      'word-vectors: no command given; name one, such as nearest or convert; see word-vectors --help\n',
    )
    expect(status).toBe(2)
  })

  it('makes a text classifier of vectors and a linear layer', () => {
    const layer = {
      labels: ['a', 'b'],
      weights: [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      bias: [0, 0],
    }
    writeFileSync(path('linear.json'), JSON.stringify(layer))
    const { stdout, stderr } = run('convert', path('a.glove'), path('model'), '--classifier', path('linear.json'))
    expect(stderr).toBe('')
    expect(stdout).toBe(`${path('model')}: 2 labels, 5 words of 3 dimensions\n`)
    expect(run('nearest', path('model'), 'man', '--count', '1').stdout).toBe('woman\t0.7071\n')
  })

  it('a file of another program is converted bit for bit', () => {
    expect(run('convert', path('a.glove'), path('c.bin')).status).toBe(0)
    expect(run('convert', path('c.bin'), path('d.glove')).status).toBe(0)
    expect(readFileSync(path('d.glove'), 'utf8')).toBe(readFileSync(path('a.glove'), 'utf8'))
  })
})

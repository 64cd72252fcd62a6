import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from './run-command.js'
import { csv, smallModels } from './small-models.js'

const { path } = smallModels()
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(path(name), content)
  return path(name)
}

beforeAll(() => {
  for (const [name, damage] of [
    ['cut', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 8)],
    ['swapped', () => readFileSync(path('cbow/tensors.safetensors'))],
  ] as const) {
    mkdirSync(path(name))
    for (const each of readdirSync(path('classifier'))) {
      const bytes = readFileSync(path(`classifier/${each}`))
      writeFileSync(path(`${name}/${each}`), each === 'tensors.safetensors' ? damage(bytes) : bytes)
    }
  }
})

const attackArgs = (rows: string, ...more: readonly string[]) => [
  rows,
  ...['--model', path('classifier'), '--attack', 'hotflip', '--output', path('out.csv'), '--quiet', ...more],
]
const corpusArgs = (corpus: string, ...more: readonly string[]) => [
  corpus,
  ...['--output', path('out'), '--dimensions', '8', '--threads', '1', '--quiet', ...more],
]

interface Case {
  readonly what: string
  readonly command: string
  readonly args: () => readonly string[]
  readonly says: RegExp
  readonly fileLimit?: number
}

const CASES: readonly Case[] = [
  {
    what: 'a missing corpus',
    command: 'train-cbow',
    args: () => corpusArgs(path('none.txt')),
    says: /none\.txt: no such file/,
  },
  {
    what: 'an empty corpus',
    command: 'train-cbow',
    args: () => corpusArgs(file('empty.txt', '')),
    says: /no words?|empty/,
  },
  {
    what: 'no word above min-count',
    command: 'train-cbow',
    args: () => corpusArgs(file('rare.txt', 'each word stands once only\n')),
    says: /min-count/,
  },
  {
    what: 'a corpus that is not UTF-8',
    command: 'train-cbow',
    args: () => corpusArgs(file('latin.txt', Buffer.from('fine\nna\xefve\n', 'latin1'))),
    says: /latin\.txt line 2: .*UTF-8/,
  },
  {
    what: 'a window of 0',
    command: 'train-cbow',
    args: () => corpusArgs(path('corpus.txt'), '--window', '0'),
    says: /--window 0/,
  },
  {
    what: 'an output folder that cannot be written',
    command: 'train-cbow',
    args: () => [path('corpus.txt'), '--output', join(file('plain', ''), 'model'), '--quiet'],
    says: /plain/,
  },
  {
    what: 'an output folder in a file system that takes none',
    command: 'train-cbow',
    args: () => [path('corpus.txt'), '--output', '/proc/model', '--quiet'],
    says: /\/proc\/model: no such file or folder/,
  },
  {
    what: 'gradients as rows to judge',
    command: 'evaluate-adversarial',
    args: () => {
      const [rows, gradients] = [file('to-read.csv', csv('a fine film,positive')), path('gradients.csv')]
      runCommand('read-gradients', [rows, '--model', path('classifier'), '--output', gradients, '--force'])
      return [gradients, '--model', path('classifier'), '--quiet']
    },
    says: /gradients\.csv\.summary\.json: is no summary of generate-adversarial/,
  },
  {
    what: 'a full disk while a model is written',
    command: 'train-cbow',
    args: () => [...corpusArgs(path('corpus.txt'), '--dimensions', '100'), '--output', path('filled')],
    says: /filled/,
    fileLimit: 1024,
  },
  {
    what: 'a tokenizer beside the folder of a model',
    command: 'train-classifier',
    args: () => [
      ...[path('reviews.csv'), '--embeddings', path('cbow'), '--tokenizer', 'wrod'],
      ...['--output', path('classified'), '--quiet'],
    ],
    says: /cbow: .*leave --tokenizer out/,
  },
  {
    what: 'a tokenizer without a classifier',
    command: 'word-vectors',
    args: () => ['convert', path('cbow'), path('out.bin'), '--tokenizer', 'word'],
    says: /--tokenizer is for a --classifier/,
  },
  {
    what: 'several threads of an engine that has one',
    command: 'train-cbow',
    args: () => corpusArgs(path('corpus.txt'), '--engine', 'cpu').map((arg) => (arg === '1' ? '2' : arg)),
    says: /--threads 2: engine cpu has one thread/,
  },
  {
    what: 'a folder as rows',
    command: 'generate-adversarial',
    args: () => attackArgs(path('classifier')),
    says: /classifier: is a folder/,
  },
  {
    what: 'missing rows',
    command: 'generate-adversarial',
    args: () => attackArgs(path('none.csv')),
    says: /none\.csv: no such file/,
  },
  {
    what: 'a missing column',
    command: 'generate-adversarial',
    args: () => attackArgs(file('column.csv', 'review,label\nfine,positive\n')),
    says: /column\.csv.*'text'.*review/,
  },
  {
    what: 'a short row',
    command: 'generate-adversarial',
    args: () => attackArgs(file('short.csv', csv('a fine film,positive', 'a bad film'))),
    says: /short\.csv row 2/,
  },
  {
    what: 'a long row',
    command: 'generate-adversarial',
    args: () => attackArgs(file('long.csv', csv('a fine film,positive', 'a bad film,negative,3'))),
    says: /long\.csv row 2/,
  },
  {
    what: 'a broken quote',
    command: 'generate-adversarial',
    args: () => attackArgs(file('quote.csv', csv('a fine film,positive', '"a bad film,negative'))),
    says: /quote\.csv row 2.*quote/,
  },
  {
    what: 'a cell of 50 MB',
    command: 'generate-adversarial',
    args: () => attackArgs(file('huge.csv', csv('a fine film,positive', `${'fine '.repeat(1e7)},positive`))),
    says: /huge\.csv row 2/,
  },
  {
    what: 'rows that are not UTF-8',
    command: 'generate-adversarial',
    args: () => attackArgs(file('latin.csv', Buffer.from(csv('fine,positive', 'na\xefve,positive'), 'latin1'))),
    says: /latin\.csv.*UTF-8/,
  },
  {
    what: 'a label the victim does not know',
    command: 'generate-adversarial',
    args: () => attackArgs(file('label.csv', csv('a fine film,positive', 'a bad film,maybe'))),
    says: /label\.csv row 2.*'maybe'.*negative, positive/,
  },
  {
    what: 'an epsilon below 0',
    command: 'generate-adversarial',
    args: () => [...attackArgs(path('reviews.csv'), '--epsilon=-1').map((arg) => (arg === 'hotflip' ? 'pgd' : arg))],
    says: /--epsilon -1/,
  },
  {
    what: 'an epsilon that is no number',
    command: 'generate-adversarial',
    args: () => [
      ...attackArgs(path('reviews.csv'), '--epsilon', 'NaN').map((arg) => (arg === 'hotflip' ? 'pgd' : arg)),
    ],
    says: /--epsilon NaN/,
  },
  {
    what: 'a list of epsilons with a gap',
    command: 'generate-adversarial',
    args: () => [
      ...attackArgs(path('reviews.csv'), '--epsilon', '0.1,').map((arg) => (arg === 'hotflip' ? 'pgd' : arg)),
    ],
    says: /--epsilon 0\.1,/,
  },
  {
    what: 'an unknown attack',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv')).map((arg) => (arg === 'hotflip' ? 'hotflop' : arg)),
    says: /'hotflop'.*hotflip/,
  },
  {
    what: 'an unknown flag',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv'), '--max-word', '3'),
    says: /--max-word.*--max-words/,
  },
  {
    what: 'an epsilon for an attack on words',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv'), '--epsilon', '1'),
    says: /--epsilon: hotflip has no such option; .*pgd.* have it/,
  },
  {
    what: 'a number of words for a continuous attack',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv'), '--max-words', '1').map((arg) => (arg === 'hotflip' ? 'pgd' : arg)),
    says: /--max-words: pgd has no such option; .*hotflip.* have it/,
  },
  {
    what: 'snapping what is words already',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv'), '--snap'),
    says: /attack hotflip gives words already; leave --snap out/,
  },
  {
    what: 'a target that the victim does not know',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv'), '--target', 'maybe'),
    says: /target: unknown label 'maybe'; the model knows negative, positive/,
  },
  {
    what: 'a candidate file that is no list of words',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv'), '--candidates', file('broken.json', '{"fine": [1]}')),
    says: /broken\.json/,
  },
  {
    what: 'a cut tensor file',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv')).map((arg) => (arg === path('classifier') ? path('cut') : arg)),
    says: /cut.tensors\.safetensors/,
  },
  {
    what: 'a swapped tensor file',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv')).map((arg) => (arg === path('classifier') ? path('swapped') : arg)),
    says: /swapped.tensors\.safetensors/,
  },
  {
    what: 'results that cannot be written',
    command: 'generate-adversarial',
    args: () =>
      attackArgs(path('reviews.csv')).map((arg) => (arg === path('out.csv') ? join(file('plain', ''), 'o.csv') : arg)),
    says: /plain/,
  },
  {
    what: 'a full disk while results are written',
    command: 'generate-adversarial',
    args: () => attackArgs(path('reviews.csv')),
    says: /out\.csv/,
    fileLimit: 1024,
  },
]

describe('bad input ends in one clear line, exit status 2, and no output', () => {
  it.each(CASES)('$what ($command)', ({ command, args, says, fileLimit }) => {
    const { status, stdout, errors, stderr } = runCommand(command, args(), { fileLimit })
    expect(errors, stderr).toHaveLength(1)
    expect(errors[0]).toMatch(says)
    expect(stderr.trim()).toBe(errors[0])
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(existsSync(path('out.csv'))).toBe(false)
    expect(existsSync(path('out'))).toBe(false)
    expect(existsSync(path('filled/model.json'))).toBe(false)
  })
})

describe('unusual input is taken as it is', () => {
  it.each([
    ['a byte-order mark', `\uFEFF${csv('a fine film,positive')}`],
    ['CRLF', csv('a fine film,positive').replaceAll('\n', '\r\n')],
  ])('%s', (_, content) => {
    const output = path('usual.csv')
    const args = [file('usual-rows.csv', content), '--model', path('classifier'), '--attack', 'hotflip']
    const { status, stderr } = runCommand('generate-adversarial', [...args, '--output', output, '--force', '--quiet'])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(readFileSync(output, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  it.each(['1', '2'])('a candidate file with unknown words: counted, and said once, by %s workers', (workers) => {
    const candidates = file('synonyms.json', JSON.stringify({ fine: ['dull', 'zebra'], horse: ['cow'] }))
    const args = ['--model', path('classifier'), '--attack', 'hotflip', '--output', path(`synonyms-${workers}.csv`)]
    const given = [path('reviews.csv'), ...args, '--candidates', candidates, '--workers', workers]
    const { status, stderr } = runCommand('generate-adversarial', given)
    expect(status, stderr).toBe(0)
    expect(stderr.split('3 of its words are not in the vocabulary')).toHaveLength(2)
  })

  it('constraints that leave no candidate: every row is Failed, and the summary says why', () => {
    const args = ['--model', path('classifier'), '--attack', 'hotflip', '--output', path('none.csv')]
    const { status, stdout } = runCommand('generate-adversarial', [
      path('reviews.csv'),
      ...args,
      '--pattern',
      '^[0-9]$',
    ])
    expect(status).toBe(0)
    expect(stdout).toMatch(/flipped 0 of 160/)
    expect(stdout).toContain('160 rows: no candidates')
  })

  it('a text of 100,000 words, and an empty one, among others: no row is lost', () => {
    const rows = csv(`${'a fine warm film '.repeat(25_000)},positive`, '"",negative', 'a fine warm film,positive')
    const args = [file('long-rows.csv', rows), '--model', path('classifier'), '--output', path('long-rows-out.csv')]
    for (const attack of ['hotflip', 'pgd']) {
      const { status, stderr } = runCommand('generate-adversarial', [...args, '--attack', attack, '--force', '--quiet'])
      expect(status, stderr).toBe(0)
      const lines = readFileSync(path('long-rows-out.csv'), 'utf8').trim().split('\n')
      expect(lines.slice(1).map((line) => /"(Failed|Successful|Skipped)",\d/.exec(line)?.[1])).toEqual([
        expect.stringMatching(/Failed|Successful/),
        'Skipped',
        expect.stringMatching(/Failed|Successful/),
      ])
    }
  })

  it('a row with no known word is Skipped and kept', () => {
    const rows = file('unknown.csv', csv('xyzzy plugh,positive', 'a fine film,positive'))
    const output = path('unknown-out.csv')
    const { status } = runCommand('generate-adversarial', [
      ...[rows, '--model', path('classifier'), '--attack', 'hotflip', '--output', output, '--quiet'],
    ])
    expect(status).toBe(0)
    const lines = readFileSync(output, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[1]).toMatch(/xyzzy plugh.*Skipped/)
  })

  it('a corpus that is one line of 50 MB, compressed', () => {
    const corpus = path('line.txt.gz')
    writeFileSync(corpus, gzipSync('warm and funny and good film '.repeat(1_800_000), { level: 1 }))
    const { status, stderr } = runCommand('train-cbow', [
      ...[corpus, '--output', path('line'), '--dimensions', '8', '--epochs', '1', '--threads', '1', '--quiet'],
    ])
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})

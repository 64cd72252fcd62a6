import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../run-command.js'
import { complaining, FAKE_COMPILER, fakePrograms } from './fake-programs.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-setup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const setUp = (programs: Record<string, string>, ...args: readonly string[]) =>
  runCommand('setup-tensorflow', args, {
    env: { XDG_CACHE_HOME: join(folder, 'cache'), ...fakePrograms(join(folder, 'bin'), programs) },
  })

/** What a machine may lack, in the order in which it is looked for. None of these installs anything. */
const CASES: readonly [string, Record<string, string>, readonly string[], RegExp][] = [
  ['no compiler', {}, ['--cpu'], /no C\+\+ compiler; install one/],
  ['no pip', { 'g++': FAKE_COMPILER }, ['--cpu'], /no pip, which fetches TensorFlow: install it/],
  [
    'an unreachable registry',
    { 'g++': FAKE_COMPILER, pip3: complaining("connection broken by 'NewConnectionError'\nERROR: none") },
    ['--cpu'],
    /registry cannot be reached; check the network/,
  ],
  [
    'a full disk',
    { 'g++': FAKE_COMPILER, pip: complaining('ERROR: [Errno 28] No space left on device') },
    ['--gpu'],
    /no space left on the disk; free some/,
  ],
  ['a library that is none', {}, ['--library', tmpdir()], /holds no libtensorflow_cc\.so\.2; name the folder/],
  ['two editions at once', {}, ['--cpu', '--cuda'], /'--cpu' cannot be used with option '--cuda'/],
]

describe('setup-tensorflow', () => {
  it.each(CASES)('ends with one line and status 2 at %s, leaving nothing half-made', (_, programs, args, message) => {
    const { status, stdout, errors } = setUp(programs, ...args)
    expect({ status, stdout, lines: errors.length }).toEqual({ status: 2, stdout: '', lines: 1 })
    expect(errors[0]).toMatch(message)
    const cache = join(folder, 'cache', 'cbow-adversarial')
    expect(readdirSync(folder).includes('cache') ? readdirSync(cache) : []).toEqual([])
  })

  it('ends so at a cache that cannot be a folder', () => {
    writeFileSync(join(folder, 'cache'), '')
    const { status, errors } = setUp({ 'g++': FAKE_COMPILER, pip: '' }, '--cpu')
    expect(status).toBe(2)
    expect(errors).toEqual([expect.stringMatching(/cache.*: (is a file|a part of the path is not a folder)/)])
  })

  it('says that the cache is damaged before it fetches anew', () => {
    mkdirSync(join(folder, 'cache', 'cbow-adversarial', 'tensorflow-2.21.0-cpu-x64'), { recursive: true })
    const { stderr } = setUp({ 'g++': FAKE_COMPILER, pip: complaining('no') }, '--cpu')
    expect(stderr).toMatch(/tensorflow-2\.21\.0-cpu-x64: damaged, or of another version; it is fetched anew\nfetching/)
  })
})

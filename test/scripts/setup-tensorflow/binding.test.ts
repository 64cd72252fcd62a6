import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildBinding, installBinding, installedLibrary, whyNotCompiled } from '#scripts/setup-tensorflow/binding.js'
import { runSelfTest } from '#scripts/setup-tensorflow/run-self-test.js'
import { SILENT } from '#src/base/progress.js'
import { complaining, FAKE_COMPILER, fakePrograms } from './fake-programs.js'

let folder: string
const path = (name: string) => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-binding-'))
  for (const name of ['package/binding', 'headers', 'tensorflow']) mkdirSync(path(name), { recursive: true })
  for (const name of ['package/binding/a.cc', 'package/binding/a.h', 'headers/node_api.h'])
    writeFileSync(path(name), '')
  writeFileSync(path('tensorflow/libtensorflow_cc.so.2'), 'library')
  writeFileSync(path('tensorflow/libtensorflow_framework.so.2'), 'framework')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const library = () => ({ folder: path('tensorflow'), key: '7-9' })
const build = (programs: Record<string, string>, headerFolders = [path('none'), path('headers')]) =>
  buildBinding(path('package'), library(), path('cache'), SILENT, {
    env: fakePrograms(mkdtempSync(path('bin-')), programs),
    headerFolders,
  })

describe('building the binding', () => {
  it('is one call of the compiler, and none the second time', async () => {
    const binding = await build({ 'c++': FAKE_COMPILER })
    const call = readFileSync(binding, 'utf8')
    expect(call).toContain(`${path('package/binding/a.cc')} -std=c++17`)
    expect(call).toContain(`-I ${path('headers')} -I ${path('tensorflow/include')}`)
    expect(call).toContain('-Wl,-rpath,$ORIGIN/../../deps/lib')
    expect(call).not.toContain('a.h ')
    expect(await build({}, [path('none')])).toBe(binding)
  })

  it('is done again for other sources', async () => {
    const binding = await build({ 'g++': FAKE_COMPILER })
    writeFileSync(path('package/binding/a.h'), '#pragma once')
    expect(await build({ 'g++': FAKE_COMPILER })).not.toBe(binding)
  })

  it('says that there is no compiler', async () => {
    await expect(build({})).rejects.toThrow('no C++ compiler; install one (apt install g++)')
  })

  it('has npm bring the headers where Node came without, once', async () => {
    const npm = `while [ "$1" != --prefix ]; do shift; done
      /bin/mkdir -p "$2/node_modules/node-api-headers/include"; : > "$2/node_modules/node-api-headers/include/node_api.h"`
    const brought = join(path('cache'), 'node-api-headers@1.9.0/node_modules/node-api-headers/include')
    const binding = await build({ 'g++': FAKE_COMPILER, npm }, [path('none')])
    expect(readFileSync(binding, 'utf8')).toContain(`-I ${brought} `)
    rmSync(dirname(binding), { recursive: true })
    await build({ 'g++': FAKE_COMPILER, npm: 'exit 1' }, [path('none')])
  })

  it('says that there are no headers of Node, and that npm does not bring them', async () => {
    const npm = complaining('npm error code E404\nnpm error 404 Not Found')
    await expect(build({ 'g++': FAKE_COMPILER, npm }, [path('none')])).rejects.toThrow(
      /^no headers of Node in .*none, and npm does not bring node-api-headers@1\.9\.0 \(it says: 404 Not Found\); take/,
    )
    await expect(build({ 'g++': FAKE_COMPILER }, [path('none')])).rejects.toThrow('it says: nothing')
  })

  it("says the compiler's first error, in one line", async () => {
    const said = 'a.cc: In function f:\na.cc:3:1: error: unknown type\nmore'
    await expect(build({ 'g++': complaining(said) })).rejects.toThrow(
      /^the binding does not compile with this TensorFlow; .* says: a\.cc:3:1: error: unknown type$/,
    )
    expect(whyNotCompiled('killed\nby a signal\n\n')).toMatch(/^the binding .* says: by a signal$/)
    expect(whyNotCompiled('')).toMatch(/ says: nothing$/)
    expect(whyNotCompiled('fatal error: error writing to /tmp/x.s: No space left on device')).toMatch(/no space left/)
  })
})

describe('the installed binding', () => {
  const install = async () => installBinding(path('package'), await build({ 'g++': FAKE_COMPILER }), library())

  it('knows its library', async () => {
    await expect(installedLibrary(path('package'))).rejects.toThrow('has no binding; npx setup-tensorflow builds it')
    await install()
    expect(await installedLibrary(path('package'))).toBe(path('tensorflow'))
    await install()
    expect(readlinkSync(path('package/deps/lib'))).toBe(path('tensorflow'))
  })

  it('takes the place of what the package itself would have fetched', async () => {
    mkdirSync(path('package/deps/lib'), { recursive: true })
    writeFileSync(path('package/deps/lib/libtensorflow.so.2'), 'of 2022')
    await install()
    expect(lstatSync(path('package/deps/lib')).isSymbolicLink()).toBe(true)
  })

  it.each([
    ['another library', () => writeFileSync(path('tensorflow/libtensorflow_cc.so.2'), 'another'.repeat(2)), /another/],
    ['a library that is gone', () => rmSync(path('tensorflow'), { recursive: true }), /not there any more/],
    ['a library that nobody noted', () => rmSync(path('package/lib/napi-v8/tfjs_binding.json')), /another/],
  ])('is refused with %s', async (_, damage, message) => {
    await install()
    damage()
    await expect(installedLibrary(path('package'))).rejects.toThrow(message)
    await expect(installedLibrary(path('package'))).rejects.toThrow('npx setup-tensorflow builds it anew')
  })
})

describe('the self-test', () => {
  const test = (program: string) => {
    writeFileSync(path('child.mjs'), program)
    return runSelfTest(undefined, path('child.mjs'))
  }
  const report = (wrong: string[]) =>
    `console.log(${JSON.stringify(JSON.stringify({ tensorflowVersion: '2.21.0', gpu: false, wrong }))})`

  it('gives what the child found', async () => {
    const found = await test(`console.error('a log'); ${report([])}`)
    expect(found).toEqual({ tensorflowVersion: '2.21.0', gpu: false, log: 'a log\n' })
  })

  it.each([
    [
      'crashes',
      "process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000)",
      /the binding crashes \(SIGSEGV\); /,
    ],
    ['does not load', "throw new Error('libx.so: cannot open')", /^the binding does not work: libx\.so: cannot open$/],
    ['computes wrongly', report(['matMul']), /computes wrongly \(matMul\); npx setup-tensorflow --cpu builds/],
  ])('says in one line that the binding %s', async (_, program, message) => {
    await expect(test(program)).rejects.toThrow(message)
  })
})

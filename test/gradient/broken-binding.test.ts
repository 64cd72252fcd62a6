import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** The package with a tfjs-node of its own, whose binding can be broken without harm to any other. */
const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-broken-'))
const tfjsNode = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu')

beforeAll(() => {
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const part of ['src', 'scripts'])
    cpSync(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true })
  for (const scope of ['.', '@tensorflow']) {
    const from = join(root, 'node_modules', scope)
    mkdirSync(join(folder, 'node_modules', scope), { recursive: true })
    for (const name of readdirSync(from)) {
      if (name === '@tensorflow' || name === 'tfjs-node-gpu') continue
      symlinkSync(join(from, name), join(folder, 'node_modules', scope, name))
    }
  }
  const whole = join(root, 'node_modules/@tensorflow/tfjs-node-gpu')
  mkdirSync(tfjsNode)
  for (const part of ['package.json', 'dist']) cpSync(join(whole, part), join(tfjsNode, part), { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (name: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(folder, `dist/scripts/${name}.js`), ...args], { cwd: folder, encoding: 'utf8' })
const demonstrate = () => run('stop-gradient-demo', '--iterations', '2')

describe("without a working binding of TensorFlow's library", () => {
  const breakIt = () => {
    mkdirSync(join(tfjsNode, 'lib/napi-v8'), { recursive: true })
    writeFileSync(join(tfjsNode, 'lib/napi-v8/tfjs_binding.node'), 'no library')
  }

  it.each([
    ['none', () => {}, /has no binding: npx setup-tensorflow builds it/],
    ['a broken one', breakIt, /does not load \(.*\): npx setup-tensorflow mends it/],
    ['no package', () => rmSync(tfjsNode, { recursive: true }), /is not installed: npx setup-tensorflow brings it/],
  ])('(%s) commands go on with WebAssembly, and say why', (_, prepare, reason) => {
    prepare()
    const { status, stderr } = demonstrate()
    expect(status).toBe(0)
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^engine: TensorFlow.js on WebAssembly \(/)])
    expect(stderr).toMatch(reason)
    const list = run('train-cbow', '--engine', 'list')
    expect(list.status).toBe(0)
    expect(list.stdout).toMatch(reason)
    expect(list.stdout).toMatch(/^wasm\there\t/m)
    const corpus = join(folder, 'corpus.txt')
    writeFileSync(corpus, 'a fine warm film\n'.repeat(50))
    const trained = run('train-cbow', corpus, '--output', join(folder, 'model'), '--optimizer', 'adam', '--force')
    expect(trained.status).toBe(0)
    expect(trained.stderr).toMatch(/taken by auto, since engine wasm has no --optimizer adam/)
    expect(trained.stderr).toMatch(/npx setup-tensorflow (brings|builds|mends)/)
    const check = run('setup-tensorflow', '--check')
    expect(check.status).toBe(2)
    expect(check.stderr).toMatch(/^setup-tensorflow: .*npx setup-tensorflow .*\n$/)
  })
})

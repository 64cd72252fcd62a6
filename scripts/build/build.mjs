// Builds `dist/`: the kernel binaries by AssemblyScript, then everything else by tsc. Plain JavaScript, since it runs
// before there is anything compiled.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const require = createRequire(import.meta.url)

if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  console.error('build: the packages are not installed; run npm ci first')
  process.exit(1)
}

function run(packageName, bin, args) {
  const program = join(dirname(require.resolve(`${packageName}/package.json`)), bin)
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}

const modifiedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)

// Node copies into memory that threads share word by word, 2.5 times more slowly than into a thread's own.
const OF_ONE_THREAD = ['fingerprint', 'pool-rows', 'row-products', 'row-sieve', 'softmax-rows'].map(
  (name) => `${name}.as.ts`,
)

const sources = join(root, 'src', 'kernels', 'assembly')
const output = join(root, 'dist', 'src', 'kernels')
mkdirSync(output, { recursive: true })
// A source may import any other, and the flags stand here: a binary older than one of these is built anew.
const names = existsSync(sources) ? readdirSync(sources) : []
const changedAt = Math.max(
  ...names.map((name) => modifiedAt(join(sources, name))),
  modifiedAt(fileURLToPath(import.meta.url)),
)
for (const source of names.filter((name) => name.endsWith('.as.ts'))) {
  const binary = join(output, source.replace('.as.ts', '.wasm'))
  if (modifiedAt(binary) > changedAt) continue
  run('assemblyscript', 'bin/asc.js', [
    join(sources, source),
    '--outFile',
    binary,
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd,threads',
    '--importMemory',
    ...(OF_ONE_THREAD.includes(source) ? [] : ['--sharedMemory']),
    '--initialMemory',
    '1',
    '--maximumMemory',
    '65536',
    '--noExportMemory',
    '--zeroFilledMemory',
    '--disableWarning',
  ])
}
run('typescript', 'bin/tsc', ['-p', 'tsconfig.json'])

// `npx` makes a command executable when it first sees it, and never again: a `dist` that is built anew needs it too.
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const program of Object.values(bin)) chmodSync(join(root, program), 0o755)

// The CUDA kernels are compiled already, by build-cuda.mjs: see there.
const cuda = join(root, 'src', 'kernels', 'cuda')
mkdirSync(join(output, 'cuda'), { recursive: true })
for (const name of readdirSync(cuda).filter((each) => each.endsWith('.ptx'))) {
  copyFileSync(join(cuda, name), join(output, 'cuda', name))
}

// What a deleted source left behind would still be tested and packed.
const compiled = ['src', 'scripts'].flatMap((room) =>
  readdirSync(join(root, 'dist', room), { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
)
for (const name of compiled.filter((each) => each.endsWith('.js'))) {
  const source = join(root, name.replace(/\.js$/, ''))
  if (existsSync(`${source}.ts`) || existsSync(`${source}.tsx`)) continue
  for (const end of ['.js', '.js.map', '.d.ts']) rmSync(join(root, 'dist', name.replace(/\.js$/, end)), { force: true })
}

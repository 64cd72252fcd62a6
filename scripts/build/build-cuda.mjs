// `npm run build:cuda`: compiles the CUDA kernels to PTX by Debian's clang-19, without a CUDA toolkit, into
// `src/kernels/cuda/*.ptx`. They are committed, so that nobody else needs a compiler; a test holds them against the
// sources. With a folder as argument they go there. Plain JavaScript, as the rest of the build.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CLANG = 'clang-19'
const sources = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'kernels', 'cuda')
const [output = sources] = process.argv.slice(2)

/** SHA-256 over the names and texts of the sources, in the order of their names. */
const hash = createHash('sha256')
for (const name of readdirSync(sources)
  .filter((each) => /\.cuh?$/.test(each))
  .sort()) {
  hash.update(`${name}\n`).update(readFileSync(join(sources, name)))
}
const sha256 = hash.digest('hex')

const [compiler] = execFileSync(CLANG, ['--version'], { encoding: 'utf8' }).split('\n')

/** The programs and their architectures, each with the oldest PTX version that has what it needs. */
for (const [program, architecture, version] of [
  ['cbow', 'sm_70', 70],
  ['cbow', 'sm_90', 81],
  ['attacks', 'sm_70', 70],
]) {
  const ptx = execFileSync(
    CLANG,
    [
      ...['-x', 'cuda', '--cuda-device-only', '-nocudainc', '-nocudalib'],
      ...[`--cuda-gpu-arch=${architecture}`, `--cuda-feature=+ptx${version}`],
      // Only the loops that say so are unrolled: it is as fast, and a third of the text.
      ...['-std=c++17', '-O3', '-fno-unroll-loops', '-Wall', '-S', '-o', '-', join(sources, `${program}.cu`)],
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 24 },
  )
  const lines = ptx
    .split('\n')
    .map((line) => line.replace(/\s*\/\/.*$/, '').trim())
    .filter((line) => line !== '')
  const head = [`// SHA-256 of the sources: ${sha256}`, `// ${compiler}`]
  writeFileSync(join(output, `${program}.${architecture}.ptx`), `${[...head, ...lines].join('\n')}\n`)
}

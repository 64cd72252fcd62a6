import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PTX } from '#src/kernels/cuda/ptx.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const sources = join(root, 'src', 'kernels', 'cuda')
const shipped = join(root, 'dist', 'src', 'kernels', 'cuda')
const hasClang = spawnSync('clang-19', ['--version']).status === 0
if (!hasClang) process.stdout.write('\nThere is no clang-19: compiling the CUDA kernels anew is SKIPPED.\n')

/** The same as in scripts/build/build-cuda.mjs. */
function hashOfSources(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(sources)
    .filter((each) => /\.cuh?$/.test(each))
    .sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(sources, name)))
  }
  return hash.digest('hex')
}

/** Rows that others step are read past the first-level cache; four numbers are neighbours where they are added at once. */
const MEMORY_ACCESS: Record<string, string[]> = {
  'cbow.sm_90.ptx': ['ld.global.cg.v4.f32', 'red.global.add.v4.f32'],
  'cbow.sm_70.ptx': ['ld.global.cg.f32', 'red.global.add.f32'],
  'attacks.sm_70.ptx': ['ld.global.nc.v4.f32'],
}

describe.each([...PTX.cbow, ...PTX.attacks])('$file', ({ file }) => {
  const text = readFileSync(join(shipped, file), 'utf8')

  it('belongs to the sources: if not, run npm run build:cuda', () => {
    expect(text.split('\n')[0]).toBe(`// SHA-256 of the sources: ${hashOfSources()}`)
    expect(text).toBe(readFileSync(join(sources, file), 'utf8'))
  })

  it.skipIf(!hasClang)('is what clang-19 makes of them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-ptx-'))
    try {
      execFileSync(process.execPath, [join(root, 'scripts', 'build', 'build-cuda.mjs'), folder])
      // The second line names the compiler's build, which may be another of the same version.
      const body = (ptx: string) => ptx.split('\n').toSpliced(1, 1)
      expect(body(readFileSync(join(folder, file), 'utf8'))).toEqual(body(text))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('has its kernels for all dimensions, keeps rows in registers, and loads and adds them as its GPUs do best', () => {
    const isCbow = file.startsWith('cbow')
    for (const kernel of isCbow ? ['trainCbow'] : ['readGradients', 'takeLogits', 'pullBack', 'bestWords', 'climb']) {
      for (const most of [128, 256, 512, 1024]) expect(text).toContain(`.visible .entry ${kernel}${most}(`)
    }
    expect(text).not.toMatch(/\.local|ld\.local|st\.local/)
    const accesses = /\b(?:ld|red)\.global\.(?:cg\.|nc\.|add\.)(?:v4\.)?f32\b/g
    expect([...new Set(text.match(accesses))].sort()).toEqual(MEMORY_ACCESS[file])
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '../../src/base/hash.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SOURCES = join(ROOT, 'src', 'kernels', 'cuda')
const FLAGS = [
  '-std=c++17',
  '-O2',
  '-march=native',
  '-Wall',
  '-Wno-unknown-pragmas',
  '-shared',
  '-fPIC',
  '-fvisibility=hidden',
]

/**
 * A CUDA driver's library that plays a GPU on the CPU (`src/kernels/cuda/emulator/driver.cpp`), built by g++ once for
 * each state of its sources.
 * @returns its path, or undefined where there is no g++
 */
export function buildCudaEmulator(): string | undefined {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(cuh?|[hc]pp)$/.test(name),
  )
  const hash = sha256(...FLAGS, ...sources.sort().map((name) => readFileSync(join(SOURCES, name))))
  const folder = join(ROOT, 'dist', 'cuda-emulator')
  const library = join(folder, `libcuda-${hash.slice(0, 16)}.so`)
  if (existsSync(library)) return library
  mkdirSync(folder, { recursive: true })
  // Others may build the same: each its own, and the last to rename wins.
  const partial = `${library}.${process.pid}`
  const { error, status, stderr } = spawnSync('g++', [...FLAGS, '-o', partial, join(SOURCES, 'emulator', 'driver.cpp')])
  if (error) return undefined
  if (status !== 0) throw new Error(`g++ cannot build the CUDA emulator: ${stderr}`)
  renameSync(partial, library)
  return library
}

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** A room imports only rooms before it. */
const ROOMS = [
  'base',
  'kernels',
  'text',
  'embeddings',
  'gradient',
  'cbow',
  'victims',
  'exact',
  'constraints',
  'attacks',
  'evaluate',
  'report',
]

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src')

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => file.split(sep).join('/'))

/** Files of `src` that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8')
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, specifier]) => specifier)
  return specifiers.map((specifier) => {
    const target = normalize(join(dirname(file), specifier))
      .split(sep)
      .join('/')
    // AssemblyScript leaves the ending out.
    const names = [target.replace(/\.js$/, '.ts'), target.replace(/\.js$/, '.tsx'), `${target}.ts`]
    const found = names.find((name) => files.includes(name))
    return found ?? target
  })
}

const graph = new Map(files.map((file) => [file, importsOf(file)]))

const roomOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined)

/** A cycle through `file` as a path, or undefined. */
function findCycle(): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return undefined
}

describe('rooms', () => {
  it('are all known', () => {
    expect([...new Set(files.map(roomOf).filter((room) => room !== undefined))].sort()).toEqual([...ROOMS].sort())
  })

  it('import only rooms before them', () => {
    const upward = files.flatMap((file) =>
      graph
        .get(file)!
        .filter((target) => ROOMS.indexOf(roomOf(target) ?? '') > ROOMS.indexOf(roomOf(file) ?? ''))
        .filter(() => roomOf(file) !== undefined)
        .map((target) => `${file} -> ${target}`),
    )
    expect(upward).toEqual([])
  })

  it('have no import cycle', () => {
    expect(findCycle()).toBeUndefined()
  })

  it('resolve every relative import to a file', () => {
    const missing = files.flatMap((file) =>
      graph
        .get(file)!
        .filter((target) => !files.includes(target) && !target.startsWith('..'))
        .map((target) => `${file} -> ${target}`),
    )
    expect(missing).toEqual([])
  })

  it('let no attack but exact-swaps see the exact optima', () => {
    const seen = files
      .filter((file) => roomOf(file) === 'attacks' && !file.endsWith('exact-swaps.ts'))
      .filter((file) => graph.get(file)!.some((target) => roomOf(target) === 'exact'))
    expect(seen).toEqual([])
  })

  it('let no attack but exact-swaps see the weights of a victim', () => {
    const seen = files
      .filter((file) => roomOf(file) === 'attacks' && !file.endsWith('exact-swaps.ts'))
      .filter((file) => /victim\.linear|\{ linear\b/.test(readFileSync(join(source, file), 'utf8')))
    expect(seen).toEqual([])
  })

  it('keep a file to at most 400 lines', () => {
    const long = files.filter((file) => readFileSync(join(source, file), 'utf8').split('\n').length > 401)
    expect(long.map((file) => relative(source, join(source, file)))).toEqual([])
  })
})

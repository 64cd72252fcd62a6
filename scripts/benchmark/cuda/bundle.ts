// Packs what the benchmark of engine cuda needs into one file, for a machine that has a GPU, its driver and nothing else:
// no Node, no network. There: `tar xzf cuda.tgz && cuda/run.sh FOLDER`, which takes ten minutes at most.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { UserError } from '../../../src/base/errors.js'
import { createCommand, doing } from '../../command-line/command.js'
import { addSchemaFlags, parseFlags } from '../../command-line/schema-flags.js'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
/** What run.js imports; what these need comes with them. */
const PACKAGES = ['cli-progress', 'commander', 'koffi', 'zod']
const TESTS = ['analogies', 'similarity'] as const

const Options = z.object({
  output: z.string().default('cuda.tgz').describe('the file'),
  analogies: z.string().optional().describe("Google's questions-words.txt"),
  similarity: z.string().optional().describe('word<TAB>word<TAB>score lines'),
})

export const cudaBundleBenchmark = createCommand(
  'cuda-bundle',
  'Packs the benchmark cuda, a text and this Node for a machine that has a GPU and nothing else.',
  'npm run benchmark -- cuda-bundle enwiki-20mb.txt.gz --analogies questions-words.txt --similarity wordsim353.txt',
).argument('<corpus>', 'plain text, also .gz')
doing(addSchemaFlags(cudaBundleBenchmark, Options), async ([corpus], flags) => {
  const { output, ...tests } = parseFlags(Options, flags)
  const above = mkdtempSync(join(tmpdir(), 'cuda-bundle-'))
  try {
    const folder = join(above, 'cuda')
    mkdirSync(folder)
    copyFileSync(process.execPath, join(folder, 'node'))
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|map)$|cuda-emulator/.test(path),
    })
    for (const name of withDependencies(PACKAGES)) {
      cpSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), {
        recursive: true,
        filter: (path) => !/\.(d\.[cm]?ts|map|md)$/.test(path),
      })
    }
    const given = TESTS.flatMap((test) => {
      const path = tests[test]
      if (path === undefined) return []
      copyFileSync(path, join(folder, basename(path)))
      return [`--${test} ${basename(path)}`]
    })
    copyFileSync(corpus, join(folder, basename(corpus)))
    const run = ['./node dist/scripts/benchmark/cuda/run.js', basename(corpus), ...given, '--output "$to" "$@"']
    const script = ['#!/bin/sh', 'to=$(realpath -m "$1")', 'shift', 'cd "$(dirname "$0")"', `exec ${run.join(' ')}`]
    writeFileSync(join(folder, 'run.sh'), `${script.join('\n')}\n`, { mode: 0o755 })
    const { error, status, stderr } = spawnSync('tar', ['czf', output, '-C', above, 'cuda'], { encoding: 'utf8' })
    if (error || status !== 0) throw new UserError(`tar cannot write ${output}: ${error?.message ?? stderr.trim()}`)
    const megabytes = (statSync(output).size / 2 ** 20).toFixed(1)
    return { lines: [`${output}: ${megabytes} MiB`], json: { output, megabytes } }
  } finally {
    rmSync(above, { recursive: true, force: true })
  }
})

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})

/** Packages and all that they need, as far as they are installed: of koffi only this platform's binary is. */
function withDependencies(names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const look = (name: string): void => {
    const file = join(ROOT, 'node_modules', name, 'package.json')
    if (found.has(name) || !existsSync(file)) return
    found.add(name)
    const { dependencies, optionalDependencies } = Manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) look(needed)
  }
  for (const name of names) look(name)
  return found
}

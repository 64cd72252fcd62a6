import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { SILENT } from '#src/base/progress.js'
import { attackToFile } from '#src/evaluate/attack-to-file.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import type { InputRow } from '#src/evaluate/generate-adversarial.js'
import type { JudgedResult } from '#src/evaluate/judge-results.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { smallVictim } from './small-victim.js'

await useTensorBackend('cpu')
setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Bytes of objects and arrays that are in use. */
function live(): number {
  if (typeof collect !== 'function') throw new Error('no garbage collector to call')
  // Arrays that the first has found are given back by the second.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Each lies 2,000 rows behind the beginning of a shard of 10,000 perturbations, whose names and shapes are in memory. */
const [EARLY, LATE] = [2_000, 12_000]
const ALL = 20_000
/** A kept result row takes some 500 bytes, a kept perturbation more. */
const MOST_BYTES_PER_ROW = 100

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'constant-memory-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Texts that differ, made as they are asked for. */
function* rows(count: number): Generator<InputRow> {
  const { words } = smallVictim().embeddings.vocabulary
  for (let row = 0; row < count; row++) {
    const text = [0, 1, 2, 3].map((i) => words[(row * (2 * i + 1) + (row >> 4) + i) % words.length]).join(' ')
    yield { text: `${row} ${text}` }
  }
}

class LiveWatch {
  readonly #live = new Map<number, number>()

  look(row: number): void {
    if (row === EARLY || row === LATE) this.#live.set(row, live())
  }

  /** Bytes per row; NaN where the rows did not come by. */
  get growth(): number {
    return ((this.#live.get(LATE) ?? Number.NaN) - (this.#live.get(EARLY) ?? Number.NaN)) / (LATE - EARLY)
  }
}

describe('what is in use grows by less than 100 bytes a row from row 2,000 to row 12,000', () => {
  it.each<[string, Attack, number, object]>([
    ['words are swapped for neighbours', attacks.hotflip({ neighbours: 5, beam: 1, maxWords: 1 }), LATE, {}],
    ['perturbations are saved', attacks.fgsm({ epsilon: 1 }), ALL, { savePerturbations: true }],
  ])('while %s', async (name, attack, count, options) => {
    const watch = new LiveWatch()
    const progress = { ...SILENT, update: (row: number) => watch.look(row) }
    const run = { ...options, progress, batchSize: 200 }
    const { successful } = await attackToFile(smallVictim(), attack, rows(count), join(folder, `${name}.csv`), run)
    expect(successful).toBeGreaterThan(count / 10)
    expect(watch.growth).toBeLessThan(MOST_BYTES_PER_ROW)
  })

  it('while saved perturbations are judged', async () => {
    const watch = new LiveWatch()
    const onRow = ({ claimed }: JudgedResult) => watch.look(claimed.row)
    const output = join(folder, 'perturbations are saved.csv')
    expect(await evaluate(smallVictim(), output, { batchSize: 200, onRow })).toMatchObject({ rows: ALL, differing: 0 })
    expect(watch.growth).toBeLessThan(MOST_BYTES_PER_ROW)
  })
})

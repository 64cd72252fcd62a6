import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { InterruptedError, UserError } from '#src/base/errors.js'
import { SILENT } from '#src/base/progress.js'
import { attackToFile } from '#src/evaluate/attack-to-file.js'
import { readResults } from '#src/evaluate/files/result-file.js'
import { summaryPath } from '#src/evaluate/files/summary-file.js'
import { PerturbationReader, ShardWriter } from '#src/evaluate/files/tensor-shards.js'
import type { InputRow } from '#src/evaluate/generate-adversarial.js'
import { readSummary } from '#src/evaluate/summary.js'
import { all } from './collect.js'
import { shiftGoodness, smallVictim, swapFirst } from './small-victim.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attack-'))
})
afterAll(() => rm(folder, { recursive: true }))

const ROWS: InputRow[] = [
  { text: 'good "film"', label: 'positive' },
  { text: 'a great,\nlovely plot', label: 'positive' },
  { text: 'dull', label: 'positive' },
  { text: '=awful()', label: 'negative' },
  { text: '[[bad]] film', label: 'negative' },
  { text: '', label: 'negative' },
]

/** The bytes of a result file without the last column, `seconds`. */
async function timeless(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).replace(/,[^,\n]*$/gm, ',')
}

const filesOf = async (name: string) => (await readdir(folder)).filter((file) => file.startsWith(name)).sort()

describe('attackToFile', () => {
  it('leaves the rows, the summary and the perturbations, and nothing else', async () => {
    const output = join(folder, 'all.csv')
    const summary = await attackToFile(smallVictim(), shiftGoodness(0.6), ROWS, output, { savePerturbations: true })
    expect(await filesOf('all')).toEqual(['all.csv', 'all.csv.perturbations-00001.safetensors', 'all.csv.summary.json'])
    expect(await readSummary(output)).toEqual(summary)
    expect(await all(readResults(output))).toHaveLength(ROWS.length)
    const reader = new PerturbationReader(output)
    const saved = await reader.find(0, 1)
    expect(saved?.shape).toEqual([2, 3])
    expect([...saved!.values].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([-0.6, 0, 0, -0.6, 0, 0])
    expect(await reader.find(2, 3)).toBeUndefined()
    await reader.close()
    await attackToFile(smallVictim(), swapFirst(smallVictim(), 'awful'), ROWS, output, { force: true })
    expect(await filesOf('all')).toEqual(['all.csv', 'all.csv.summary.json'])
  })

  it('goes on from any cut to the bytes of an undisturbed run', async () => {
    const output = join(folder, 'cut.csv')
    const victim = smallVictim()
    const options = { epsilons: [0.25, 0.6], batchSize: 2, savePerturbations: true, resume: true }
    await attackToFile(victim, shiftGoodness(1), ROWS, output, options)
    const rows = await timeless(output)
    const whole = await readFile(output)
    const shard = `${output}.perturbations-00001.safetensors`
    const perturbations = await readFile(shard)
    const { seconds, rowsPerSecond, ...summary } = await readSummary(output)
    expect(seconds).toBeGreaterThan(0)
    expect(rowsPerSecond).toBeGreaterThan(0)
    // An interrupted run leaves its settings: they are kept, and its rows replaced by the first bytes of a whole file.
    for (let cut = 0; cut <= whole.length; cut += 97) {
      await rm(output)
      await rm(shard)
      const stop = new AbortController()
      const interrupted = attackToFile(victim, shiftGoodness(1), ROWS, output, {
        ...options,
        signal: stop.signal,
        progress: { ...SILENT, update: () => stop.abort() },
      })
      await expect(interrupted).rejects.toThrow(InterruptedError)
      await writeFile(`${output}.partial`, whole.subarray(0, cut))
      await attackToFile(victim, shiftGoodness(1), ROWS, output, options)
      expect(await timeless(output)).toBe(rows)
      expect(await readFile(shard)).toEqual(perturbations)
      const { seconds: _, rowsPerSecond: __, ...again } = await readSummary(output)
      expect(again).toEqual(summary)
    }
  })

  it('begun anew leaves nothing of a run that was killed, whether it saves perturbations or not', async () => {
    for (const savePerturbations of [true, false]) {
      const output = join(folder, `anew-${savePerturbations}.csv`)
      await writeFile(`${output}.partial.perturbations`, 'values of half a shard')
      await writeFile(`${output}.partial.perturbations-00001.safetensors`, 'another shard')
      await attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, { force: true, savePerturbations })
      const shards = savePerturbations ? [`anew-true.csv.perturbations-00001.safetensors`] : []
      const name = `anew-${savePerturbations}.csv`
      expect(await filesOf(`anew-${savePerturbations}`)).toEqual([name, ...shards, `${name}.summary.json`])
    }
  })

  it('leaves nothing when it fails, and what stood there before', async () => {
    const output = join(folder, 'failing.csv')
    await attackToFile(smallVictim(), shiftGoodness(0.6), ROWS, output)
    const before = await readFile(output, 'utf8')
    const rows = [...ROWS, { text: 'good', label: 'maybe' }]
    const options = { source: 'r.csv', batchSize: 2, force: true }
    const failing = attackToFile(smallVictim(), shiftGoodness(0.9), rows, output, options)
    await expect(failing).rejects.toThrow(/^r\.csv row 7: unknown label 'maybe'; the model knows negative, positive$/)
    expect(await filesOf('failing')).toEqual(['failing.csv', 'failing.csv.summary.json'])
    expect(await readFile(output, 'utf8')).toBe(before)
  })

  it.skipIf(!existsSync('/dev/full'))('ends its threads and closes its rows when the disk is full', async () => {
    const output = join(folder, 'full.jsonl')
    await symlink('/dev/full', `${output}.partial`)
    let closed = false
    function* endless(): Generator<InputRow> {
      try {
        for (;;) yield* ROWS
      } finally {
        closed = true
      }
    }
    const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
    const before = threads()
    const writing = attackToFile(smallVictim(), attacks.hotflip(), endless(), output, { batchSize: 16, workers: 2 })
    await expect(writing).rejects.toThrow(`${output}: no space left on the disk; free some and run it again`)
    expect(closed).toBe(true)
    expect(threads()).toBe(before)
    expect(await filesOf('full')).toEqual([])
  })

  it('keeps what it has when it is interrupted', async () => {
    const output = join(folder, 'interrupted.jsonl')
    const stop = new AbortController()
    const progress = { ...SILENT, update: () => stop.abort() }
    const options = { batchSize: 2, signal: stop.signal, progress }
    await expect(attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, options)).rejects.toThrow(
      new InterruptedError(`${output}: interrupted after 2 rows, which are kept; run it again with --resume to go on`),
    )
    expect((await readFile(`${output}.partial`, 'utf8')).split('\n')).toHaveLength(3)
    const attack = shiftGoodness(1)
    const counting: Attack = {
      ...attack,
      run(victim, examples, context) {
        expect(examples.every(({ row }) => row > 2)).toBe(true)
        return attack.run(victim, examples, context)
      },
    }
    await attackToFile(smallVictim(), counting, ROWS, output, { batchSize: 2, resume: true })
    expect(await filesOf('interrupted')).toEqual(['interrupted.jsonl', 'interrupted.jsonl.summary.json'])
  })

  it('is not gone on with by another model', async () => {
    const output = join(folder, 'other-model.csv')
    const stop = new AbortController()
    const options = { batchSize: 2, signal: stop.signal, progress: { ...SILENT, update: () => stop.abort() } }
    await expect(attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, options)).rejects.toThrow(InterruptedError)
    const other = smallVictim()
    other.bias[0] += 1e-6
    const resumed = attackToFile(other, shiftGoodness(1), ROWS, output, { batchSize: 2, resume: true })
    await expect(resumed).rejects.toThrow(/cannot be resumed, it was begun with another --model; /)
  })

  it('is not gone on with where a candidate file has changed', async () => {
    const output = join(folder, 'other-candidates.csv')
    const candidates = join(folder, 'candidates.json')
    await writeFile(candidates, '{"good": ["bad"]}')
    const stop = new AbortController()
    const options = { batchSize: 2, signal: stop.signal, progress: { ...SILENT, update: () => stop.abort() } }
    const run = (more: object) => attackToFile(smallVictim(), attacks.hotflip({ candidates }), ROWS, output, more)
    await expect(run(options)).rejects.toThrow(InterruptedError)
    await writeFile(candidates, '{"good": ["dull"]}')
    await expect(run({ batchSize: 2, resume: true })).rejects.toThrow(
      /it was begun with another content of a file that its options name; /,
    )
    await writeFile(candidates, '{"good": ["bad"]}')
    expect(await run({ batchSize: 2, resume: true })).toMatchObject({ rows: ROWS.length })
  })

  it('writes over finished results with force alone, and says with resume that they are finished', async () => {
    const output = join(folder, 'finished.csv')
    const options = { epsilons: [0.25, 0.6], source: 'rows.csv', limit: 4 }
    const summary = await attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, options)
    const before = await readFile(output)
    const again = (changes: object, attack = shiftGoodness(1)) =>
      attackToFile(smallVictim(), attack, ROWS, output, { ...options, ...changes })
    const notes: string[] = []
    const progress = { ...SILENT, note: (line: string) => notes.push(line) }
    expect(await again({ resume: true, batchSize: 2, progress })).toEqual(summary)
    expect(notes).toEqual([`${output}: is finished, with these very settings`])
    await expect(again({})).rejects.toThrow(`${output}: holds finished results; name another file, or write over them`)
    for (const [changes, other] of [
      [{ limit: 5 }, '--limit'],
      [{ epsilons: [0.6] }, '--epsilon'],
      [{ target: 'positive' }, '--goal'],
      [{ source: 'others.csv' }, 'file of rows'],
      [{ savePerturbations: true }, '--save-perturbations'],
    ] as const) {
      const refused = again({ ...changes, resume: true })
      await expect(refused).rejects.toThrow(`${output}: holds finished results of another ${other}; name`)
    }
    const words = { resume: true, epsilons: [] }
    await expect(again(words, swapFirst(smallVictim(), 'bad'))).rejects.toThrow('of another --attack')
    expect(await readFile(output)).toEqual(before)
    expect(await again({ limit: 5, force: true })).toMatchObject({ rows: 5 })
  })

  it('throws no interrupted run and no summary of a stranger away', async () => {
    const output = join(folder, 'stopped-rows.csv')
    const stop = new AbortController()
    const options = { batchSize: 2, signal: stop.signal, progress: { ...SILENT, update: () => stop.abort() } }
    await expect(attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, options)).rejects.toThrow(InterruptedError)
    await expect(attackToFile(smallVictim(), shiftGoodness(1), ROWS, output)).rejects.toThrow(
      `${output}.partial: holds an interrupted run; go on with --resume, or begin anew with --force`,
    )
    await writeFile(summaryPath(output), '{"mine": 1}')
    const resumed = attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, { batchSize: 2, resume: true })
    await expect(resumed).rejects.toThrow(/summary\.json: holds something else than a summary/)
    await rm(summaryPath(output))
    await rm(`${output}.partial.settings.json`)
    const unknown = attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, { batchSize: 2, resume: true })
    await expect(unknown).rejects.toThrow(
      `${output}.partial: nothing says with which settings it was begun; begin anew`,
    )
    await attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, { force: true })
    expect(await filesOf('stopped-rows')).toEqual(['stopped-rows.csv', 'stopped-rows.csv.summary.json'])
  })

  it('saves no perturbations where there are none', async () => {
    const output = join(folder, 'none.csv')
    const words = attackToFile(smallVictim(), swapFirst(smallVictim(), 'bad'), ROWS, output, {
      savePerturbations: true,
    })
    await expect(words).rejects.toThrow('attack swap-first gives words, there is nothing to save')
    const options = { savePerturbations: true, snap: true }
    await expect(attackToFile(smallVictim(), shiftGoodness(1), ROWS, output, options)).rejects.toThrow(
      /^snap makes words/,
    )
    expect(await filesOf('none')).toEqual([])
  })

  it('is told of a summary that is cut, of another kind, or missing', async () => {
    const output = join(folder, 'told.csv')
    await expect(readSummary(output)).rejects.toThrow(/told\.csv\.summary\.json: no such file/)
    await attackToFile(smallVictim(), shiftGoodness(0.6), ROWS, output)
    const path = summaryPath(output)
    const text = await readFile(path, 'utf8')
    await truncate(path, 100)
    await expect(readSummary(output)).rejects.toThrow(/not JSON/)
    await writeFile(path, text.replace('"successful": ', '"successful": -'))
    await expect(readSummary(output)).rejects.toThrow(/successful: /)
    await expect(readSummary(output)).rejects.toThrow(UserError)
  })
})

describe('perturbations in shards', () => {
  const tensor = (row: number) => ({ values: Float32Array.of(row, -row), shape: [1, 2] })
  const withTensor = (row: number) => row % 3 !== 0

  async function write(output: string, rows: number, resume: boolean, commit = true) {
    const writer = await ShardWriter.open(output, { resume, rowsPerShard: 4 })
    for (let row = writer.kept + 1; row <= rows; row++) {
      await writer.add(row, withTensor(row) ? tensor(row) : undefined)
    }
    await (commit ? writer.commit() : writer.suspend())
    return writer.kept
  }

  it('are found row by row, over any number of shards', async () => {
    const output = join(folder, 'shards.csv')
    await write(output, 10, false)
    expect(await filesOf('shards')).toEqual([1, 2, 3].map((n) => `shards.csv.perturbations-0000${n}.safetensors`))
    const reader = new PerturbationReader(output, 4)
    for (let row = 1; row <= 12; row++) {
      const expected = row <= 10 && withTensor(row) ? tensor(row) : undefined
      expect(await reader.find(row - 1, row)).toEqual(expected)
    }
    await reader.close()
  })

  it('keep the full shards of an interrupted run, and no old one', async () => {
    const output = join(folder, 'kept.csv')
    await write(output, 20, false)
    expect(await write(output, 10, false, false)).toBe(0)
    expect(await write(output, 9, true)).toBe(8)
    expect(await filesOf('kept')).toEqual([1, 2, 3].map((n) => `kept.csv.perturbations-0000${n}.safetensors`))
    const reader = new PerturbationReader(output, 4)
    expect(await reader.find(4, 5)).toEqual(tensor(5))
    expect(await reader.find(9, 10)).toBeUndefined()
    await reader.close()
  })

  it('are UserErrors when they are cut', async () => {
    const output = join(folder, 'torn.csv')
    await write(output, 4, false)
    await truncate(`${output}.perturbations-00001.safetensors`, 50)
    await expect(new PerturbationReader(output, 4).find(0, 1)).rejects.toThrow(UserError)
  })
})

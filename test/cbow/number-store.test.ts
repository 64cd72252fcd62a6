import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { NumberStore } from '#src/cbow/number-store.js'

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cbow-adversarial-cbow-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const PIECES = [[1, 2, 3], [4, 5], [6], [7, 8, 9, 10]]

async function contents(store: NumberStore): Promise<number[][]> {
  const pieces: number[][] = []
  for await (const piece of store.pieces()) pieces.push([...piece])
  return pieces
}

describe.each([
  ['in memory', 100],
  ['on disk from the start', 0],
  ['moved to disk on the way', 5],
])('NumberStore %s', (_, memoryWords) => {
  async function filled(): Promise<NumberStore> {
    const store = new NumberStore(memoryWords, await emptyFolder())
    onTestFinished(() => store.close())
    for (const piece of PIECES) store.append(Uint32Array.from(piece))
    return store
  }

  it('gives back its pieces, as often as asked, and leaves no file that has a name', async () => {
    const store = await filled()
    expect(store.length).toBe(10)
    expect(store.isOnDisk).toBe(memoryWords < 10)
    expect(await contents(store)).toEqual(PIECES)
    expect(await contents(store)).toEqual(PIECES)
    expect(await readdir(store.folder)).toEqual([])
  })

  it('is rewritten in place, pieces becoming shorter or empty', async () => {
    const store = await filled()
    await store.rewrite((piece) => piece.filter((number) => number % 2 === 0 && number !== 6))
    expect(await contents(store)).toEqual([[2], [4], [], [8, 10]])
    expect(store.length).toBe(4)
    store.toMemory()
    expect(store.isOnDisk).toBe(memoryWords < 4)
    if (!store.isOnDisk) expect([...store.memory.subarray(0, 4)]).toEqual([2, 4, 8, 10])
  })
})

describe('NumberStore on disk', () => {
  it('reads any stretch', async () => {
    const store = new NumberStore(0, await emptyFolder())
    onTestFinished(() => store.close())
    for (const piece of PIECES) store.append(Uint32Array.from(piece))
    const stretch = new Uint32Array(new SharedArrayBuffer(20))
    store.read(2, stretch)
    expect([...stretch]).toEqual([3, 4, 5, 6, 7])
    expect(() => store.read(6, stretch)).toThrow('ends before word 11')
  })

  it('names a folder that it cannot write to', async () => {
    const store = new NumberStore(0, join(await emptyFolder(), 'missing'))
    expect(() => store.append(Uint32Array.of(1))).toThrow(UserError)
  })
})

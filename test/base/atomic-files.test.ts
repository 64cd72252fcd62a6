import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AtomicFile, ensureOutputFolder, inOutputFolder, writeFileAtomically } from '#src/base/atomic-files.js'
import { UserError } from '#src/base/errors.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Stands for a full disk: every write to it fails with ENOSPC. */
const FULL = '/dev/full'

describe('a file written in pieces', () => {
  it('is not there before it is whole, and holds all pieces then', async () => {
    const path = join(folder, 'new/deeper/rows.csv')
    const file = await AtomicFile.open(path)
    await file.write('naïve,')
    await file.write(Uint8Array.of(0, 255))
    expect(file.bytes).toBe(9)
    expect(existsSync(path)).toBe(false)
    await file.commit()
    expect(await readFile(path)).toEqual(Buffer.concat([Buffer.from('naïve,'), Buffer.of(0, 255)]))
    expect(await readdir(join(folder, 'new/deeper'))).toEqual(['rows.csv'])
  })

  it('leaves what stood there before when it is abandoned', async () => {
    const path = join(folder, 'rows.csv')
    await writeFile(path, 'old')
    const file = await AtomicFile.open(path)
    await file.write('new')
    await file.abandon()
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['rows.csv'])
  })

  it('is not harmed by abandoning after the commit', async () => {
    const path = join(folder, 'rows.csv')
    const file = await AtomicFile.open(path)
    await file.write('whole')
    await file.commit()
    await file.abandon()
    expect(await readFile(path, 'utf8')).toBe('whole')
  })

  it('goes on where it was suspended, without the bytes after', async () => {
    const path = join(folder, 'rows.csv')
    const first = await AtomicFile.open(path)
    await first.write('row 1\nrow 2\nrow')
    await first.suspend()
    const second = await AtomicFile.open(path, { resumeAt: 12 })
    await second.write('row 3\n')
    await second.commit()
    expect(await readFile(path, 'utf8')).toBe('row 1\nrow 2\nrow 3\n')
  })

  it('does not resume from less than was asked for', async () => {
    const path = join(folder, 'rows.csv')
    await writeFile(`${path}.partial`, 'short')
    await expect(AtomicFile.open(path, { resumeAt: 6 })).rejects.toThrow(
      `${path}.partial: holds 5 bytes, 6 are to be resumed from; begin anew without resuming`,
    )
  })
})

describe.skipIf(!existsSync(FULL))('a full disk', () => {
  it.each([
    { keepPartial: false, left: [] },
    { keepPartial: true, left: ['rows.csv.partial'] },
  ])('ends in one line; keepPartial $keepPartial leaves $left', async ({ keepPartial, left }) => {
    const path = join(folder, 'rows.csv')
    await symlink(FULL, `${path}.partial`)
    const file = await AtomicFile.open(path, { keepPartial })
    const written = file.write('row 1\n')
    await expect(written).rejects.toThrow(UserError)
    await expect(written).rejects.toThrow(`${path}: no space left on the disk; free some and run it again`)
    expect(await readdir(folder)).toEqual(left)
  })

  it('keeps the old file when a whole one is written', async () => {
    const path = join(folder, 'model.json')
    await writeFile(path, 'old')
    await symlink(FULL, `${path}.partial`)
    await expect(writeFileAtomically(path, 'new')).rejects.toThrow('no space left')
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['model.json'])
  })

  it('is told of a device too, which stays a device', async () => {
    await expect(writeFileAtomically(FULL, 'new')).rejects.toThrow('/dev/full: no space left')
    expect(existsSync(`${FULL}.partial`)).toBe(false)
    expect(existsSync(FULL)).toBe(true)
  })
})

describe('paths that cannot be written', () => {
  it('a folder', async () => {
    await expect(writeFileAtomically(folder, '')).rejects.toThrow(`${folder}: is a folder, a file is needed`)
  })

  it('below a file', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(writeFileAtomically(join(file, 'x', 'y'), '')).rejects.toThrow(
      `${join(file, 'x')}: a part of the path is not a folder`,
    )
    await expect(ensureOutputFolder(file)).rejects.toThrow(`${file}: is a file, a folder is needed`)
  })

  it('a folder that is there already is no error', async () => {
    await mkdir(join(folder, 'there'))
    await expect(ensureOutputFolder(join(folder, 'there'))).resolves.toBeUndefined()
  })
})

describe('writers at the same time', () => {
  it.each([
    ['the same folder', () => 'p/q/r'],
    ['folders beside each other, under new ones', (i: number) => `p/q/r/${i}`],
    ['folders one in another', (i: number) => 'p/q/r/s/t'.slice(0, 1 + 2 * (i % 5))],
  ])('make %s', async (_, name) => {
    const folders = Array.from({ length: 20 }, (_, i) => join(folder, name(i)))
    await Promise.all(folders.map(ensureOutputFolder))
    for (const made of folders) expect(await readdir(made)).toBeDefined()
  })
})

describe('work that fills a folder and fails', () => {
  it.each([
    { before: false, writes: false, stays: false },
    { before: true, writes: false, stays: true },
    { before: false, writes: true, stays: true },
  ])(
    'folder there before: $before, something written: $writes; it stays: $stays',
    async ({ before, writes, stays }) => {
      const output = join(folder, 'model')
      if (before) await mkdir(output)
      const work = inOutputFolder(output, async () => {
        if (writes) await writeFile(join(output, 'checkpoint'), 'a')
        throw new UserError('no words')
      })
      await expect(work).rejects.toThrow('no words')
      expect(existsSync(output)).toBe(stays)
    },
  )
})

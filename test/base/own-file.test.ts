import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { refuseOtherFile } from '#src/base/own-file.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-file-'))
})
afterAll(() => rm(folder, { recursive: true }))

const refuse = (path: string) => refuseOtherFile(path, 'a page', (beginning) => beginning.startsWith('<html'))

describe('what may be written over', () => {
  it.each(['', '<html>ours'])('%j is', async (content) => {
    const path = join(folder, 'ours')
    await writeFile(path, content)
    await expect(refuse(path)).resolves.toBeUndefined()
  })

  it('nothing is, and a pipe that nobody writes to', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    await expect(refuse(pipe)).resolves.toBeUndefined()
    await expect(refuse(join(folder, 'none'))).resolves.toBeUndefined()
  })

  it('something else is not, and is named', async () => {
    const path = join(folder, 'notes')
    await writeFile(path, 'my notes')
    await expect(refuse(path)).rejects.toThrow(
      new UserError(`${path}: holds something else than a page; name another file or use --force`),
    )
  })
})

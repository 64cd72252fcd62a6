import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { readText } from '#src/text/read-text.js'
import { collect, temporaryFile } from './temporary-files.js'

async function failure(path: string): Promise<{ error: unknown; before: string }> {
  let before = ''
  try {
    for await (const text of readText(path)) before += text
  } catch (error) {
    return { error, before }
  }
  return { error: undefined, before }
}

describe('readText', () => {
  it.each([
    ['nothing', ''],
    ['a byte-order mark alone', '\ufeff'],
    ['a byte-order mark, and another later', '\ufeffa\ufeffb'],
    ['characters of 1, 2, 3 and 4 bytes across the borders of chunks', 'aé漢😀'.repeat(100_000)],
  ])('reads %s', async (_, text) => {
    const expected = text.replace(/^\ufeff/, '')
    expect((await collect(readText(await temporaryFile('a.txt', text)))).join('')).toBe(expected)
    expect((await collect(readText(await temporaryFile('a.gz', gzipSync(text))))).join('')).toBe(expected)
  })

  it.each([
    ['latin-1', [0x61, 0xe9, 0x20, 0x62, 0x0a]],
    ['a character that the end of the file cuts', [0xe6, 0xbc]],
    ['a character written too long', [0xc0, 0xaf, 0x0a]],
    ['half of a pair of UTF-16', [0xed, 0xa0, 0x80, 0x0a]],
    ['a byte out of nowhere', [0x80]],
  ])('names the line of %s, after giving the lines before', async (_, bad) => {
    const good = 'fine é\n'.repeat(70_000)
    const path = await temporaryFile('a.txt', Buffer.concat([Buffer.from(good), Buffer.from(bad)]))
    const { error, before } = await failure(path)
    expect(error).toEqual(new UserError(`${path} line 70001: bytes that are not UTF-8; convert the file to UTF-8`))
    expect(before).toBe(good)
  })

  it('names a file that is missing, and a folder', async () => {
    const folder = dirname(await temporaryFile('a.txt', ''))
    expect((await failure(`${folder}/b.txt`)).error).toEqual(new UserError(`${folder}/b.txt: no such file or folder`))
    expect((await failure(`${folder}/b.gz`)).error).toEqual(new UserError(`${folder}/b.gz: no such file or folder`))
    expect((await failure(folder)).error).toEqual(new UserError(`${folder}: is a folder, a file is needed`))
  })

  it.each([
    ['cut short', gzipSync('text '.repeat(1000)).subarray(0, -12)],
    ['not packed at all', Buffer.from('plain text')],
    ['empty of everything but a header', gzipSync('').subarray(0, 10)],
  ])('says so of a packed file that is %s', async (_, bytes) => {
    const path = await temporaryFile('a.txt.gz', bytes)
    const { error } = await failure(path)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toMatch(/a\.txt\.gz: the compressed file is cut short or broken \([^\n]+\); fetch it again$/)
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sha256, sha256OfFile } from '#src/base/hash.js'

// FIPS 180-2, appendix B: one block, two blocks.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const TWO_BLOCKS = '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'

describe('sha256', () => {
  it.each([
    ['abc', ABC],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', TWO_BLOCKS],
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ])('of %j is the published one', (text, hash) => {
    expect(sha256(text)).toBe(hash)
  })

  it('takes parts one after the other, text or bytes', () => {
    expect(sha256('a', Uint8Array.of(98), 'c')).toBe(ABC)
  })

  it('of a file is that of its bytes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hash-'))
    await writeFile(join(folder, 'abc'), 'abc')
    expect(await sha256OfFile(join(folder, 'abc'))).toBe(ABC)
    await rm(folder, { recursive: true })
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sha256, sha256OfArrays, sha256OfFile } from '#src/base/hash.js'

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

describe('sha256OfArrays', () => {
  const a = Float32Array.of(1, 2)
  const b = Float32Array.of(3)
  const hash = sha256OfArrays(
    new Map([
      ['a', a],
      ['b', b],
    ]),
  )

  it('does not depend on the order of the names', () => {
    const other = new Map<string, Float32Array>().set('b', b).set('a', a)
    expect(sha256OfArrays(other)).toBe(hash)
  })

  it.each<[string, Map<string, Float32Array>]>([
    [
      'one bit of one value',
      new Map([
        ['a', Float32Array.of(1, 2.0000002)],
        ['b', b],
      ]),
    ],
    [
      'the sign of a zero',
      new Map([
        ['a', Float32Array.of(-0, 2)],
        ['b', b],
      ]),
    ],
    [
      'a name',
      new Map([
        ['a', a],
        ['c', b],
      ]),
    ],
    [
      'where one array ends and the next begins',
      new Map([
        ['a', Float32Array.of(1)],
        ['b', Float32Array.of(2, 3)],
      ]),
    ],
    [
      'an array more',
      new Map([
        ['a', a],
        ['b', b],
        ['c', new Float32Array(0)],
      ]),
    ],
  ])('changes with %s', (_, arrays) => {
    expect(sha256OfArrays(arrays)).not.toBe(hash)
  })

  it('sees through a view into shared memory only what the view shows', () => {
    const shared = new Float32Array(new SharedArrayBuffer(16))
    shared.set([9, 1, 2, 9])
    expect(
      sha256OfArrays(
        new Map<string, Float32Array>([
          ['a', shared.subarray(1, 3)],
          ['b', b],
        ]),
      ),
    ).toBe(hash)
  })
})

import { describe, expect, it } from 'vitest'
import { fingerprint } from '#src/kernels/fingerprint.js'

describe('fingerprint', () => {
  // Published vectors of MurmurHash3_x64_128 with seed 0; the two halves as little-endian bytes.
  it.each([
    ['', '0000000000000000', '0000000000000000'],
    ['hello', 'cbd8a7b341bd9b02', '5b1e906a48ae1d19'],
    ['hello, world', '342fac623a5ebc8e', '4cdcbc079642414d'],
    ['19 Jan 2038 at 3:14:07 AM', 'b89e5988b737affc', '664fc2950231b2cb'],
    ['The quick brown fox jumps over the lazy dog.', 'cd99481f9ee902c9', '695da1a38987b6e7'],
  ])("is MurmurHash3's of '%s'", (text, first, second) => {
    const halves = [first, second].map((half) => Buffer.from(half, 'hex').reverse().toString('hex'))
    expect(fingerprint(Buffer.from(text))).toBe(halves.join(''))
  })

  it.each([15, 16, 17, 62_463, 62_464, 62_465, 62_480, 200_001])(
    'sees each of some flipped bits of %i bytes, and the length',
    (length) => {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 31)
      const seen = new Set([
        fingerprint(bytes),
        fingerprint(bytes.subarray(1)),
        fingerprint(new Uint8Array(length + 1)),
      ])
      for (let at = 0; at < length; at += Math.ceil(length / 40)) {
        bytes[at] ^= 1
        seen.add(fingerprint(bytes))
        bytes[at] ^= 1
      }
      expect(seen.size).toBe(3 + Math.ceil(length / Math.ceil(length / 40)))
      expect(seen.has(fingerprint(bytes))).toBe(true)
    },
  )

  it('reads views, also of shared memory', () => {
    const shared = new Float32Array(new SharedArrayBuffer(400))
    shared.set([1, 2, 3], 7)
    expect(fingerprint(shared)).toBe(fingerprint(Float32Array.from(shared)))
    expect(fingerprint(shared.subarray(7, 10))).toBe(fingerprint(Float32Array.of(1, 2, 3)))
  })
})

import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readText } from '#src/text/read-text.js'
import { FrameWalk } from '#src/text/zstd.js'
import { temporaryFile } from './temporary-files.js'

const HAS_ZSTD = 'createZstdDecompress' in zlib
if (!HAS_ZSTD) console.warn('this Node has no zstd: what unpacks it is SKIPPED')

/** What `zstd` makes of texts: with a checksum, of one segment; without either. */
const frames = [
  { text: 'a line\nand another one\n', packed: 'KLUv/SQXuQAAYSBsaW5lCmFuZCBhbm90aGVyIG9uZQodQkuJ' },
  { text: 'of a second frame\n', packed: 'KLUv/SQSkQAAb2YgYSBzZWNvbmQgZnJhbWUKXyV5+g==' },
  {
    text: Array.from({ length: 40 }, (_, i) => `${i + 1}\n`).join(''),
    packed: 'KLUv/QBY1QEA8oYNC6DFDU92i8R/4x4Chxw66NWpT5fezr4ePXDAixMfLrycfDx42GDXpj1bdjf3duwwuKZnufMFAA==',
  },
].map(({ text, packed }) => ({ text, packed: Buffer.from(packed, 'base64') }))

/** A frame that says nothing. */
const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
const all = Buffer.concat([SKIPPABLE, ...frames.map(({ packed }) => packed)])
const whole = frames.map(({ text }) => text).join('')

async function textOf(packed: Buffer): Promise<string> {
  const path = await temporaryFile('text.zst', packed)
  let text = ''
  for await (const piece of readText(path)) text += piece
  return text
}

describe('a walk over a frame', () => {
  it.each([1, 2, 7, 1000])('finds the ends of all frames in pieces of %d bytes', (length) => {
    const ends: number[] = []
    let walk = new FrameWalk()
    for (let from = 0; from < all.length; from += length) {
      for (let piece = all.subarray(from, from + length); piece.length > 0; ) {
        piece = piece.subarray(walk.advance(piece))
        if (!walk.isOver) continue
        ends.push(Math.min(all.length, from + length) - piece.length)
        walk = new FrameWalk()
      }
    }
    const lengths = [SKIPPABLE, ...frames.map(({ packed }) => packed)].map((frame) => frame.length)
    expect(ends).toEqual(lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)))
  })

  it('is none where no frame begins', () => {
    expect(() => new FrameWalk().advance(Buffer.from('no zstd'))).toThrow('no frame begins there')
  })
})

describe.skipIf(!HAS_ZSTD)('zstd', () => {
  it('is unpacked, all of its frames', async () => {
    expect(await textOf(all)).toBe(whole)
    expect(await textOf(Buffer.alloc(0))).toBe('')
  })

  it.each([
    [
      'within a frame',
      all.subarray(0, all.length - 20),
      /text\.zst: the compressed file is cut short; fetch it again$/,
    ],
    ['within a header', all.subarray(0, SKIPPABLE.length + 2), /: the compressed file is cut short; /],
    ['by what is no frame', Buffer.concat([all, Buffer.from('more')]), /: the compressed file is broken \(no frame/],
    ['in one bit', Buffer.from(all.map((byte, at) => (at === 30 ? byte ^ 1 : byte))), /: the compressed file is /],
  ])('that is cut or changed is one line: %s', async (_, packed, message) => {
    await expect(textOf(packed)).rejects.toThrow(message)
  })
})

describe.skipIf(HAS_ZSTD)('without zstd', () => {
  it('a file of it is one line that says what to do', async () => {
    await expect(textOf(all)).rejects.toThrow(
      /text\.zst: zstd needs Node 22\.15 or later, this is 20\.\d+\.\d+; unpack it first, or pack it as \.gz$/,
    )
  })
})

import { describe, expect, it } from 'vitest'
import { CounterStream, drawBlock, MAX_SEED, multiplyHigh, Purpose, philox4x32 } from '#src/base/random.js'

const block = (...[c0, c1, c2, c3, k0, k1]: number[]): string[] => {
  const out = new Uint32Array(4)
  philox4x32(c0, c1, c2, c3, k0, k1, out)
  return Array.from(out, (word) => word.toString(16).padStart(8, '0'))
}

// Random123, examples/kat_vectors, lines "philox4x32 10".
describe('philox4x32-10 gives the known answers', () => {
  it.each([
    ['zeros', [0, 0, 0, 0, 0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      'ones',
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      'digits of pi',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('%s', (_, words, answer) => {
    expect(block(...words).join(' ')).toBe(answer)
  })
})

describe('multiplyHigh is the upper half of the 64-bit product', () => {
  const edges = [0, 1, 2, 0xffff, 0x10000, 0x10001, 0x7fffffff, 0x80000000, 0xd2511f53, 0xfffffffe, 0xffffffff]
  const drawn = new Uint32Array(400)
  for (let i = 0; i < 100; i++) drawBlock(5, Purpose.Shuffle, 0, i, 0, drawn.subarray(4 * i, 4 * i + 4))
  const pairs = [...edges.flatMap((a) => edges.map((b) => [a, b])), ...Array.from(drawn, (a, i) => [a, drawn[399 - i]])]

  it(`on ${pairs.length} pairs, against BigInt`, () => {
    for (const [a, b] of pairs) expect(multiplyHigh(a, b)).toBe(Number((BigInt(a) * BigInt(b)) >> 32n))
  })
})

describe('drawBlock', () => {
  const draw = (seed: number, purpose: Purpose, epoch: number, index: number, number: number) => {
    const out = new Uint32Array(4)
    drawBlock(seed, purpose, epoch, index, number, out)
    return out.join()
  }

  it('lays out key and counter as documented', () => {
    const seed = 0x12_3456_789a
    const index = 0xa_bcde_f012
    const expected = block(0xbcdef012, 0xa, 7, 3 * 256 + Purpose.Subsample, 0x3456789a, 0x12)
    const out = new Uint32Array(4)
    drawBlock(seed, Purpose.Subsample, 3, index, 7, out)
    expect(Array.from(out, (word) => word.toString(16).padStart(8, '0'))).toEqual(expected)
  })

  it('differs for every seed, purpose, epoch, index and block, up to the largest seed', () => {
    const blocks = [
      draw(1, 1, 0, 0, 0),
      draw(2, 1, 0, 0, 0),
      draw(1 + 2 ** 32, 1, 0, 0, 0),
      draw(MAX_SEED, 1, 0, 0, 0),
      draw(MAX_SEED - 1, 1, 0, 0, 0),
      draw(1, 2, 0, 0, 0),
      draw(1, 1, 1, 0, 0),
      draw(1, 1, 0, 1, 0),
      draw(1, 1, 0, 2 ** 32, 0),
      draw(1, 1, 0, 0, 1),
    ]
    expect(new Set(blocks).size).toBe(blocks.length)
  })
})

describe('a stream', () => {
  const take = (stream: CounterStream, n: number) => Array.from({ length: n }, () => stream.uint32())

  it('is the blocks of its key, one after the other', () => {
    const out = new Uint32Array(12)
    for (let b = 0; b < 3; b++) drawBlock(7, Purpose.RandomSwap, 2, 9, b, out.subarray(4 * b, 4 * b + 4))
    expect(take(new CounterStream(7, Purpose.RandomSwap, 9, 2), 12)).toEqual([...out])
  })

  it('is not moved by what others draw, before or in between', () => {
    const alone = take(new CounterStream(7, Purpose.AttackStart, 3), 10)
    const other = new CounterStream(7, Purpose.AttackStart, 4)
    const same = new CounterStream(7, Purpose.AttackStart, 3)
    const between = Array.from({ length: 10 }, () => {
      other.normal()
      return same.uint32()
    })
    expect(between).toEqual(alone)
  })
})

describe('draws are distributed as they say', () => {
  const N = 20_000
  const stream = () => new CounterStream(11, Purpose.Demonstration, 0)

  it('uniform: chi-square of 20 bins below its 0.999 quantile 43.8', () => {
    const random = stream()
    const bins = new Float64Array(20)
    for (let i = 0; i < N; i++) {
      const x = random.uniform()
      expect(x >= 0 && x < 1).toBe(true)
      bins[Math.floor(x * 20)]++
    }
    expect(bins.reduce((sum, n) => sum + (n - N / 20) ** 2 / (N / 20), 0)).toBeLessThan(43.8)
  })

  it('below(6): chi-square below its 0.999 quantile 20.5; below(1) is 0', () => {
    const random = stream()
    const bins = new Float64Array(6)
    for (let i = 0; i < N; i++) bins[random.below(6)]++
    expect(bins.reduce((sum, n) => sum + (n - N / 6) ** 2 / (N / 6), 0)).toBeLessThan(20.5)
    expect(random.below(1)).toBe(0)
  })

  it('normal: mean, variance and fourth moment within 4 standard errors of 0, 1 and 3', () => {
    const random = stream()
    const moments = [0, 0, 0, 0, 0]
    for (let i = 0; i < N; i++) {
      const x = random.normal()
      for (const power of [1, 2, 4]) moments[power] += x ** power / N
    }
    expect(Math.abs(moments[1])).toBeLessThan(4 * Math.sqrt(1 / N))
    expect(Math.abs(moments[2] - 1)).toBeLessThan(4 * Math.sqrt(2 / N))
    expect(Math.abs(moments[4] - 3)).toBeLessThan(4 * Math.sqrt(96 / N))
  })

  it('shuffle: each of the 24 orders of 4 about equally often, chi-square below its 0.999 quantile 49.7', () => {
    const seen = new Map<string, number>()
    for (let i = 0; i < 4800; i++) {
      const order = new CounterStream(11, Purpose.Shuffle, i).shuffle(Int32Array.of(0, 1, 2, 3)).join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(24)
    expect([...seen.values()].reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0)).toBeLessThan(49.7)
  })
})

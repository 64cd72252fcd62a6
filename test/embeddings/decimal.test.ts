import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { formatFloat32, parseDecimal } from '#src/embeddings/formats/decimal.js'

const parse = (text: string): number => {
  const bytes = Buffer.from(`x${text}x`)
  return parseDecimal(bytes, 1, bytes.length - 1)
}

/** Any float32 but NaN and the infinities, by its bits: all sizes, subnormal ones too. */
function drawFloats(count: number): number[] {
  const random = new CounterStream(1, Purpose.Demonstration, 0)
  const bits = Uint32Array.from({ length: count }, () => random.uint32())
  return [...new Float32Array(bits.buffer)].filter(Number.isFinite)
}

describe('parseDecimal', () => {
  it.each(['0', '-0', '1', '-1.5', '.5', '5.', '0.1', '1e5', '-2.5E-3', '1e-400', '+3', '0.30000000000000004'])(
    'reads %s as the language does',
    (text) => {
      expect(parse(text)).toBe(Number(text))
    },
  )

  it('reads 3,000 drawn decimals of up to 20 digits exactly as the language does', () => {
    const random = new CounterStream(2, Purpose.Demonstration, 0)
    for (let i = 0; i < 3000; i++) {
      const digits = Array.from({ length: 1 + random.below(20) }, () => random.below(10)).join('')
      const point = random.below(digits.length + 1)
      const text = `${random.below(2) ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
      expect(parse(text)).toBe(Number(text))
    }
  })

  it.each(['', '-', '.', '+', 'nan', 'inf', 'Infinity', '0x10', '1_0', '1e', '1.2.3', '--1', '1,5', '１'])(
    '%j is no number',
    (text) => {
      expect(parse(text)).toBeNaN()
    },
  )
})

describe('formatFloat32', () => {
  it.each([
    [0.1, '0.1'],
    [-0.31762695, '-0.31762695'],
    [1e-5, '1e-05'],
    [1.5e-10, '1.5e-10'],
    [1e-4, '0.0001'],
    [16777216, '16777216'],
    [1e20, '1e+20'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1e-45, '1e-45'],
    [-0, '-0'],
  ])('%d is %s, as numpy writes it', (value, text) => {
    expect(formatFloat32(Math.fround(value))).toBe(text)
  })

  it('reads back as the same float32, bit for bit, for 5,000 drawn ones', () => {
    for (const value of drawFloats(5000)) expect(Math.fround(parse(formatFloat32(value)))).toBe(value)
  })
})

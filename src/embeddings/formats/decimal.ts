const ZERO = 0x30
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
const SMALLEST_NORMAL = 2 ** -126
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * The number written in bytes `start` to `end` - 1; NaN when that is no number in decimal or exponential form.
 *
 * At most 15 digits with at most 22 of them behind the point are exact in float64, and so is their quotient by a power
 * of ten but for one correct rounding (Clinger: "How to read floating point numbers accurately", PLDI 1990); the rest
 * goes through the language's own parser.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  const negative = bytes[i] === 0x2d
  if (negative) i++
  let digits = 0
  let mantissa = 0
  let point = -1
  for (; i < end; i++) {
    const digit = bytes[i] - ZERO
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digits++
    } else if (bytes[i] === 0x2e && point < 0) {
      point = i
    } else {
      break
    }
  }
  if (i < end || digits === 0 || digits > 15) return parseAny(bytes, start, end)
  const value = point < 0 ? mantissa : mantissa / POWERS_OF_TEN[end - point - 1]
  return negative ? -value : value
}

function parseAny(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
  return NUMBER.test(text) ? Number(text) : Number.NaN
}

/**
 * The shortest decimal that reads back as this float32, written as Python and gensim write it: exponential below 1e-4
 * and from 1e16 on.
 */
export function formatFloat32(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  // Six digits survive every float32 but the subnormal ones.
  for (let precision = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6; ; precision++) {
    const rounded = Number(value.toPrecision(precision))
    if (Math.fround(rounded) !== value && precision < 9) continue
    const size = Math.abs(rounded)
    if (size >= 1e-4 && size < 1e16) return String(rounded)
    return rounded.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
}

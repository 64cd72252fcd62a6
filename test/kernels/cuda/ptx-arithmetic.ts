// What PTX's instructions make of numbers, in one lane.
type Comparison = (a: number | bigint, b: number | bigint) => boolean
export const COMPARISONS: Record<string, Comparison> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  // Unordered: true of what is no number, too.
  neu: (a, b) => a !== b,
  leu: (a, b) => !(a > b),
  geu: (a, b) => !(a < b),
}

export const WIDE: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: (a, b) => (a < b ? a : b),
  max: (a, b) => (a > b ? a : b),
  and: (a, b) => a & b,
}

type Compute = (a: number, b: number, c: number) => number
export const INTEGERS: Record<string, Compute> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  'mul.lo': Math.imul,
  'mul.hi': (a, b) => Number((BigInt(a) * BigInt(b)) >> 32n),
  'mad.lo': (a, b, c) => Math.imul(a, b) + c,
  div: (a, b) => Math.floor(a / b),
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => ~a,
  neg: (a) => -a,
  shl: (a, b) => (b > 31 ? 0 : a << b),
  shr: (a, b) => (b > 31 ? 0 : a >>> b),
  popc: (a) => a.toString(2).replaceAll('0', '').length,
  clz: Math.clz32,
  bfe: (a, from, length) => (a >>> from) & (2 ** length - 1),
}
export const FLOATS: Record<string, Compute> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  fma: (a, b, c) => a * b + c,
  neg: (a) => -a,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  ex2: (a) => 2 ** a,
  lg2: Math.log2,
  rcp: (a) => 1 / a,
  sqrt: Math.sqrt,
}
export const PREDICATES: Record<string, Compute> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => (a === 0 ? 1 : 0),
}

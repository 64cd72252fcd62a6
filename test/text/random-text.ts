import { CounterStream, Purpose } from '#src/base/random.js'

/** What texts trip over: brackets, backslashes, quotes, separators, line ends, and characters of two code units. */
const PIECES = [
  '[',
  ']',
  '[[',
  ']]',
  '\\',
  '"',
  "'",
  '’',
  ',',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '\ufeff',
  'a',
  'Bc',
  'don',
  '0',
]
const WIDE_PIECES = [
  'İ',
  'Σ',
  'ß',
  'é',
  'e\u0301',
  '😀',
  '👩‍👩‍👧',
  '𐐀',
  '漢字',
  '=',
  '-1',
  '@',
  '+',
  '_',
  '___',
  '-',
  '.',
  '  ',
]

/** A stream of its own for the case numbered `index`. */
export const stream = (index: number): CounterStream => new CounterStream(20_240_607, Purpose.Shuffle, index)

/** Up to `most` pieces; empty now and then. */
export function randomText(random: CounterStream, most = 14): string {
  const pieces = [...PIECES, ...WIDE_PIECES]
  return Array.from({ length: random.below(most + 1) }, () => pieces[random.below(pieces.length)]).join('')
}

/** Ordered spans of a text that do not overlap: some empty, some touching. */
export function randomSpans(random: CounterStream, text: string): { start: number; end: number }[] {
  const ends = Int32Array.from({ length: 2 * random.below(4) }, () => random.below(text.length + 1)).sort()
  return Array.from({ length: ends.length / 2 }, (_, index) => ({ start: ends[2 * index], end: ends[2 * index + 1] }))
}

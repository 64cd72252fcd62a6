/** Lines are handled in pieces of at most so many code units, so that one of 50 MB needs no more memory than others. */
export const LONGEST_RUN = 1 << 16

/** Where a piece of a line ends, and where the next one begins. */
export interface PieceEnd {
  readonly end: number
  readonly next: number
}

/**
 * Cuts a piece off a line that is longer than `most` code units: at the last white space within so many, which is in
 * neither piece; where there is none, after so many, or one less within a character's halves. So pieces never divide a
 * run without white space that is at most so long, and divide a longer one every `most` units, whatever stands before.
 */
export function pieceEnd(line: string, start: number, most: number): PieceEnd {
  const end = start + most
  for (let at = end; at >= start; at--) if (isSpace(line.charCodeAt(at))) return { end: at, next: at + 1 }
  const whole = isHighSurrogate(line.charCodeAt(end - 1)) ? end - 1 : end
  return { end: whole, next: whole }
}

const isSpace = (unit: number): boolean => unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0x3000
const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00

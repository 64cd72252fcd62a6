/** What a file or a user wrote, as a message shows it: in quotes, on one line, with no control characters, not long. */
export function quoted(written: string): string {
  const short = written.length > 60 ? `${written.slice(0, 57)}...` : written
  return `'${short.replace(/[\p{C}\u2028\u2029]/gu, escapeCharacter)}'`
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}

/** Several, with commas between; after the tenth only how many more there are. */
export function quotedList(written: readonly string[]): string {
  const shown = written.slice(0, 10).map(quoted).join(', ')
  return written.length > 10 ? `${shown} and ${written.length - 10} more` : shown
}

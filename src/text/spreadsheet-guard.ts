/*
 * A spreadsheet runs a cell that begins like a formula. Such a cell is written with one leading quote, as OWASP's note
 * on CSV injection advises, and so is one that begins with a quote, which makes the guard reversible: of a leading
 * quote exactly one was put there by us.
 */

/** Puts `'` before a text that begins with `=`, `+`, `-`, `@`, a tab, a carriage return or `'`. */
export function guardCell(text: string): string {
  return /^[=+\-@\t\r']/.test(text) ? `'${text}` : text
}

/** Takes off the one `'` that {@link guardCell} put there. */
export function unguardCell(cell: string): string {
  return cell.startsWith("'") ? cell.slice(1) : cell
}

import { UserError } from '../base/errors.js'

/*
 * fast-csv parses, but it neither bounds what it holds (a quote that never closes makes it keep, and parse again and
 * again, the whole rest of a file) nor says in which row an error is. So the text is first cut into records here, by
 * fast-csv's own reading of quotes: a cell is quoted when its first character other than white space is a quote; a quote
 * within is doubled; anywhere else a quote is a plain character.
 */

/** A cell of CSV, or a text of JSONL, may have so many characters (UTF-16 code units): 1 MiB. */
export const MAX_CELL_CHARACTERS = 1 << 20

/** A record of all cells together, or a line of JSONL: 16 MiB. */
export const MAX_RECORD_CHARACTERS = 1 << 24

/** A record may have so many cells. */
const MAX_COLUMNS = 10_000

const QUOTE = 0x22
const COMMA = 0x2c
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Where in a cell the reading stands. `QuoteInQuoted`: a quote that closes the cell unless another follows. */
type State = 'CellStart' | 'Plain' | 'Quoted' | 'QuoteInQuoted' | 'Closed'

/** Cuts the text of a CSV file into whole records, dropping blank lines. */
export class CsvFramer {
  /** The record being read: 0 is the header, 1 the first row of data. */
  row = 0
  readonly #name: string
  #state: State = 'CellStart'
  /** The part of this record that earlier pieces held. */
  #record = ''
  /** Characters of this cell in earlier pieces. */
  #cellCharacters = 0
  #cells = 1
  /** Whether the last character was a carriage return that ended a record. */
  #returned = false

  /** @param name of the file, for errors */
  constructor(name: string) {
    this.#name = name
  }

  /** `header` or `row 17`. */
  get place(): string {
    return this.row === 0 ? 'header' : `row ${this.row}`
  }

  /**
   * Takes the next piece of text.
   * @returns the records that are now whole, each ended by one line feed
   * @throws UserError for text behind a closing quote, and for what is too large
   */
  push(text: string): string {
    let whole = ''
    let recordStart = 0
    let cellStart = 0
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (this.#returned) {
        this.#returned = false
        if (unit === LINE_FEED) {
          recordStart = cellStart = at + 1
          continue
        }
      }
      if (this.#state === 'Quoted') {
        at = indexOrEnd(text, at)
        if (at < text.length) this.#state = 'QuoteInQuoted'
      } else if (this.#state === 'QuoteInQuoted' && unit === QUOTE) this.#state = 'Quoted'
      else if (unit === COMMA) {
        this.#endCell(at - cellStart)
        cellStart = at + 1
      } else if (unit === LINE_FEED || unit === CARRIAGE_RETURN) {
        this.#endCell(at - cellStart)
        whole += this.#endRecord(text.slice(recordStart, at))
        this.#returned = unit === CARRIAGE_RETURN
        recordStart = cellStart = at + 1
      } else if (!isSpace(unit)) this.#takeCharacter(unit)
      else if (this.#state === 'QuoteInQuoted') this.#state = 'Closed'
    }
    this.#cellCharacters += Math.max(0, text.length - cellStart)
    this.#record += text.slice(recordStart)
    this.#checkSize(this.#cellCharacters)
    return whole
  }

  /**
   * Ends the file.
   * @returns the last record, where no line end stood behind it
   * @throws UserError for a quote that never closed
   */
  end(): string {
    if (this.#state === 'Quoted') this.#fail('a cell opens with a quote that never closes; close it, or double it')
    return this.#endRecord('')
  }

  /** A character that neither separates nor is white space, outside of a quoted cell. */
  #takeCharacter(unit: number): void {
    if (this.#state === 'CellStart') this.#state = unit === QUOTE ? 'Quoted' : 'Plain'
    else if (this.#state !== 'Plain') {
      this.#fail('text stands behind a closing quote; a quote within a quoted cell is written twice')
    }
  }

  #endCell(characters: number): void {
    this.#checkSize(this.#cellCharacters + characters)
    if (++this.#cells > MAX_COLUMNS) this.#fail(`more than ${MAX_COLUMNS} cells`)
    this.#cellCharacters = 0
    this.#state = 'CellStart'
  }

  #endRecord(end: string): string {
    const record = this.#record + end
    this.#record = ''
    this.#cells = 1
    if (!/\S/.test(record)) return ''
    this.row++
    return `${record}\n`
  }

  #checkSize(cellCharacters: number): void {
    if (cellCharacters > MAX_CELL_CHARACTERS) {
      const quote = this.#state === 'Quoted' ? ', or its quote never closes' : ''
      this.#fail(`a cell has more than ${MAX_CELL_CHARACTERS} characters${quote}; shorten it`)
    }
    if (this.#record.length > MAX_RECORD_CHARACTERS)
      this.#fail(`more than ${MAX_RECORD_CHARACTERS} characters; shorten it`)
  }

  #fail(what: string): never {
    throw new UserError(`${this.#name} ${this.place}: ${what}`)
  }
}

function indexOrEnd(text: string, from: number): number {
  const at = text.indexOf('"', from)
  return at === -1 ? text.length : at
}

/** White space as fast-csv has it: all but the line ends. */
function isSpace(unit: number): boolean {
  return unit <= 0x20
    ? unit === 0x20 || unit === 0x09 || unit === 0x0b || unit === 0x0c
    : unit > 0x7f && isRareSpace(unit)
}

const isRareSpace = (unit: number): boolean => /\s/.test(String.fromCharCode(unit))

/*
 * Fetching rows into the processor's cache before they are needed. WebAssembly has no prefetch, and a load holds up all
 * that comes after it until its line is there; a store does not, until some hundred of them wait. So zero is stored to
 * the last number of each cache line of a row, a spare that is always zero.
 */

const SPARE: usize = 60

/** Begins to fetch a row. */
@inline export function fetchRow(at: usize, row: usize): void {
  for (const end = at + row; at < end; at += 64) store<u32>(at, 0, SPARE)
}

/** Centres whose rows are fetched at once: the processor waits for all of them hardly longer than for one. */
export const FETCH_AHEAD: i32 = 8

/** Fetches the rows of a list. */
export function fetchList(rows: usize, count: i32, row: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) fetchRow(load<u32>(rows + i), row)
}

/**
 * Fetches what centres from `from` on need that those before them did not: the context rows that come into the window
 * with them and, where they are words, their own output rows.
 */
export function fetchAhead(input: usize, output: usize, row: usize, sentence: usize, from: i32, window: i32, end: i32,
  areWords: bool): void {
  for (let c = from, last = min(from + FETCH_AHEAD, end); c < last; c++) {
    const centre = sentence + (<usize>c << 2)
    if (areWords) fetchRow(output + load<u32>(centre), row)
    if (c + window < end) fetchRow(input + load<u32>(centre + (<usize>window << 2)), row)
  }
}

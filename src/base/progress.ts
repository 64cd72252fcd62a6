/** Told how far long work has come. The commands show it; code that calls the API may pass its own. */
export interface Progress {
  /** Begins a stretch of work of `total` units (bytes, words, rows); `total` is undefined when it is not known. */
  start(label: string, total: number | undefined, unit: string): void
  /** Says how many units are done, with a note shown beside (`loss 2.31`). */
  update(done: number, note?: string): void
  /** Ends the stretch. */
  stop(): void
  /** A line of text that stays. */
  note(line: string): void
}

/** Shows nothing. */
export const SILENT: Progress = { start() {}, update() {}, stop() {}, note() {} }

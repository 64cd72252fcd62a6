import cliProgress from 'cli-progress'
import type { Progress } from '../../src/base/progress.js'

/** Milliseconds between the plain lines that stand in for a bar where stderr is no terminal. */
const PLAIN_LINE_EVERY = 5000

/** A bar with rate and time left on stderr; where that is no terminal, a plain line now and then. */
export function progressBar(): Progress {
  let bar: cliProgress.SingleBar | undefined
  let begun = 0
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    start(label, total, unit) {
      stop()
      begun = performance.now()
      const known = total !== undefined && total > 0
      const format = known
        ? `${label} {bar} {percentage}% | {rate} ${unit}/s | {eta_formatted} left{note}`
        : `${label} {count} ${unit} | {rate} ${unit}/s{note}`
      bar = new cliProgress.SingleBar(
        {
          format,
          stream: process.stderr,
          noTTYOutput: true,
          notTTYSchedule: PLAIN_LINE_EVERY,
          hideCursor: true,
          etaBuffer: 50,
          gracefulExit: false,
        },
        cliProgress.Presets.shades_classic,
      )
      bar.start(known ? total : 1, 0, { rate: '0', count: '0', note: '' })
    },
    update(done, note) {
      const rate = done / Math.max(1e-3, (performance.now() - begun) / 1000)
      bar?.update(done, {
        rate: short(rate),
        count: short(done),
        ...(note === undefined ? {} : { note: ` | ${note}` }),
      })
    },
    stop,
    note(line) {
      // A line in the middle of a bar would be overwritten by it.
      if (bar === undefined || !process.stderr.isTTY) process.stderr.write(`${line}\n`)
      else process.stderr.write(`\r\x1b[K${line}\n`)
    },
  }
}

const short = (value: number): string =>
  value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(0)

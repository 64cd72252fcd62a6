import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PLACES = ['compute-sanitizer', '/usr/local/cuda/bin/compute-sanitizer']

/**
 * Has the checks run once more under NVIDIA's memory checker, where it is installed.
 * @param seconds how long that may take
 * @returns one line
 */
export function checkMemory(seconds: number): string {
  const checker = PLACES.find((place) => spawnSync(place, ['--version']).status === 0)
  if (checker === undefined) return 'memory checker: compute-sanitizer is not here'
  if (seconds < 30) return 'memory checker: no time left'
  const run = [process.execPath, fileURLToPath(new URL('./run.js', import.meta.url)), '--check-only', '--quiet']
  const { status, signal, stdout } = spawnSync(checker, ['--tool', 'memcheck', '--error-exitcode', '9', ...run], {
    encoding: 'utf8',
    timeout: 1000 * seconds,
  })
  if (signal !== null) return `memory checker: not done within ${Math.round(seconds)} s`
  const summary = stdout.split('\n').findLast((line) => line.includes('ERROR SUMMARY'))
  return `memory checker: status ${status}, ${summary?.replace(/^=+ /, '') ?? 'no summary'}`
}

import { readFileSync } from 'node:fs'
import { z } from 'zod'

// Two folders above `dist/`: the package's own, in the repository and where it is installed.
const packageJson = new URL('../../../package.json', import.meta.url)

/** What made a file: this package's version and Node's. Stands in everything that is written. */
export interface Versions {
  readonly 'cbow-adversarial': string
  readonly node: string
}

/** The versions in use. */
export function versionsInUse(): Versions {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageJson, 'utf8')))
  return { 'cbow-adversarial': version, node: process.versions.node }
}

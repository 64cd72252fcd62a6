import { flagOf } from '../../text/flag-of.js'

/** What the rows of a run depend on, by name. */
export type Settings = Readonly<Record<string, unknown>>

/** Settings that are no flag, or a flag of another name. */
const NAMES: Readonly<Record<string, string>> = {
  epsilons: '--epsilon',
  source: 'file of rows',
  files: 'content of a file that its options name',
  version: 'version',
  backend: 'engine (--engine)',
  tensorflowVersion: 'version of TensorFlow',
}

/** What differs between an earlier run and this one, as a person set it: `--max-words`; undefined where nothing does. */
export function differingSetting(earlier: unknown, settings: Settings): string | undefined {
  if (earlier === undefined) return NAMES.version
  const of = new Map(Object.entries(Object(earlier)))
  const names = new Set([...Object.keys(settings), ...of.keys()])
  const name = [...names].find((each) => JSON.stringify(of.get(each)) !== JSON.stringify(settings[each]))
  return name && (NAMES[name] ?? flagOf(name))
}

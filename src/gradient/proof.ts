import { sha256 } from '../base/hash.js'
import { fingerprint } from '../kernels/fingerprint.js'
import type { Victim } from './victim.js'

/** A part of a state: an array in use, or a number, a switch, a name as it is now. */
export type StatePart = NodeJS.ArrayBufferView | number | boolean | string

/** By name: parameters, optimiser slots, random states, cursors, whether something trains. */
export type State = ReadonlyMap<string, StatePart>

/** SHA-256 in hexadecimal of a state: of all of it, and of each part. */
export interface StateHash {
  readonly total: string
  readonly parts: ReadonlyMap<string, string>
}

/** The total covers each part's name, size in bytes and content, in the order of the names. */
export function hashState(state: State): StateHash {
  const parts = new Map<string, string>()
  let lines = ''
  for (const [name, value] of [...state].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = bytesOf(value)
    const part = sha256(bytes)
    parts.set(name, part)
    lines += `${JSON.stringify(name)} ${bytes.byteLength} ${part}\n`
  }
  return { total: sha256(lines), parts }
}

/** Numbers as the bytes of their float64, so that 0 and -0 differ; the rest as text. */
function bytesOf(part: StatePart): NodeJS.ArrayBufferView {
  if (typeof part === 'number') return Float64Array.of(part)
  return typeof part === 'object' ? part : Buffer.from(String(part))
}

/** A fingerprint of each part: two states that differ by mistake differ in these. */
type Fingerprints = ReadonlyMap<string, string>

function fingerprintsOf(state: State): Fingerprints {
  return new Map([...state].map(([name, part]) => [name, `${typeof part} ${fingerprint(bytesOf(part))}`]))
}

/** The names whose fingerprints differ, or that only one of the two has. */
function movedBetween(before: Fingerprints, after: Fingerprints): string[] {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => before.get(name) !== after.get(name))
}

const known = new WeakMap<object, { readonly fingerprints: Fingerprints; readonly hash: StateHash }>()

/** SHA-256 of a victim's parameters: computed once in a process, and again when a fingerprint has changed. */
export function hashVictim(victim: Pick<Victim, 'parameters'>): StateHash {
  return hashOnce(victim, stateOf(victim))
}

function hashOnce(owner: object, state: State, fingerprints = fingerprintsOf(state)): StateHash {
  const earlier = known.get(owner)
  if (earlier && movedBetween(earlier.fingerprints, fingerprints).length === 0) return earlier.hash
  const hash = hashState(state)
  known.set(owner, { fingerprints, hash })
  return hash
}

/** A victim's parameters as they are now. */
export function stateOf(victim: Pick<Victim, 'parameters'>): State {
  return new Map([...victim.parameters].map(([name, { values }]) => [name, values]))
}

/** Two equal hashes, of before and after. */
export interface Unmoved {
  readonly before: string
  readonly after: string
}

/**
 * Holds a victim, and whatever state of a trainer is given beside it, against what they were when this was made: to the
 * bit, so that a write of the same number is no offence and a write of -0 over 0 is one. What is compared are fingerprints
 * of 128 bits; SHA-256, for the report, is computed once for a victim that nobody changes.
 */
export class ReadOnlyProof {
  readonly #read: () => State
  readonly #fingerprints: Fingerprints
  readonly #hash: StateHash

  /**
   * @param victim every one of its parameters is watched
   * @param trainer optimiser slots, random states, cursors, modes, by name: the very arrays in use, or a function that
   *   gives the state as it is when it is called
   */
  constructor(victim: Pick<Victim, 'parameters'>, trainer: State | (() => State) = new Map()) {
    this.#read = () => join(stateOf(victim), typeof trainer === 'function' ? trainer() : trainer)
    const state = this.#read()
    this.#fingerprints = fingerprintsOf(state)
    this.#hash = hashOnce(victim, state, this.#fingerprints)
  }

  /** SHA-256 over the whole state when this was made. */
  get before(): string {
    return this.#hash.total
  }

  /**
   * Looks at everything anew.
   * @returns both hashes, equal
   * @throws Error naming every part that moved, was added or was taken away, with both hashes
   */
  verify(): Unmoved {
    const state = this.#read()
    const moved = movedBetween(this.#fingerprints, fingerprintsOf(state))
    if (moved.length === 0) return { before: this.before, after: this.before }
    throw new Error(
      `what was only to be read has moved: ${moved.join(', ')} (SHA-256 ${this.before} before, ${hashState(state).total} after)`,
    )
  }
}

function join(parameters: State, trainer: State): State {
  for (const name of trainer.keys()) {
    if (parameters.has(name)) throw new RangeError(`'${name}' is a parameter and a name of the trainer's state`)
  }
  return new Map([...parameters, ...trainer])
}

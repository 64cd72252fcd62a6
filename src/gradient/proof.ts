import { sha256 } from '../base/hash.js'
import type { Victim } from './victim.js'

/** Arrays by name: parameters, optimiser slots, random states, cursors. */
export type State = ReadonlyMap<string, NodeJS.ArrayBufferView>

/** SHA-256 in hexadecimal of a state: of all of it, and of each array. */
export interface StateHash {
  readonly total: string
  readonly parts: ReadonlyMap<string, string>
}

/** The total covers each array's name, size in bytes and content, in the order of the names. */
export function hashState(state: State): StateHash {
  const parts = new Map<string, string>()
  let lines = ''
  for (const name of [...state.keys()].sort()) {
    const bytes = state.get(name)!
    const part = sha256(bytes)
    parts.set(name, part)
    lines += `${JSON.stringify(name)} ${bytes.byteLength} ${part}\n`
  }
  return { total: sha256(lines), parts }
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
 * bit, so that a write of the same number is no offence and a write of -0 over 0 is one.
 */
export class ReadOnlyProof {
  readonly #read: () => State
  readonly #before: StateHash

  /**
   * @param victim every one of its parameters is hashed
   * @param trainer optimiser slots, random states and the like, by name; the very arrays in use
   */
  constructor(victim: Pick<Victim, 'parameters'>, trainer: State = new Map()) {
    this.#read = () => join(stateOf(victim), trainer)
    this.#before = hashState(this.#read())
  }

  /** SHA-256 over the whole state when this was made. */
  get before(): string {
    return this.#before.total
  }

  /**
   * Hashes everything anew.
   * @returns both hashes, equal
   * @throws Error naming every array that moved, was added or was taken away, with both hashes
   */
  verify(): Unmoved {
    const before = this.#before
    const after = hashState(this.#read())
    const names = new Set([...before.parts.keys(), ...after.parts.keys()])
    const moved = [...names].filter((name) => before.parts.get(name) !== after.parts.get(name))
    if (moved.length > 0) {
      throw new Error(
        `what was only to be read has moved: ${moved.join(', ')} (SHA-256 ${before.total} before, ${after.total} after)`,
      )
    }
    return { before: before.total, after: after.total }
  }
}

function join(parameters: State, trainer: State): State {
  for (const name of trainer.keys()) {
    if (parameters.has(name)) throw new RangeError(`'${name}' is a parameter and a name of the trainer's state`)
  }
  return new Map([...parameters, ...trainer])
}

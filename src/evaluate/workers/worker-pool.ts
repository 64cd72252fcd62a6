import { Worker } from 'node:worker_threads'
import type { Attack } from '../../attacks/attack.js'
import { attackDefinitions } from '../../attacks/index.js'
import { UserError } from '../../base/errors.js'
import { backendInUse } from '../../gradient/tensorflow.js'
import type { Victim } from '../../gradient/victim.js'
import { partsOfVictim } from '../../victims/victim-parts.js'
import type { AttackedRow, AttackRunOptions } from '../attack-run.js'
import type { Goal } from '../goal.js'
import type { BatchAttacker } from '../rows/batch-attacker.js'
import type { NumberedRow } from '../rows/before-attack.js'
import { received, type WorkerReply, type WorkerSetUp, type WorkerTask } from './worker-messages.js'

/** Batches for each thread: one that it works on, and one that waits for it. */
const BATCHES_PER_WORKER = 2

/** A task that waits for its answer. */
interface Asked {
  readonly resolve: (reply: WorkerReply) => void
  readonly reject: (error: Error) => void
}

/** One thread: answers one task after another. */
class Thread {
  readonly #worker: Worker
  readonly #asked: Asked[] = []
  #failure: Error | undefined

  constructor(workerData: WorkerSetUp, note: (line: string) => void) {
    this.#worker = new Worker(new URL('./attack-worker.js', import.meta.url), { workerData })
    this.#worker.on('message', (reply: WorkerReply) => {
      if ('note' in reply) note(reply.note)
      else this.#asked.shift()?.resolve(reply)
    })
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(new Error('a thread of the attack has ended')))
  }

  get busy(): number {
    return this.#asked.length
  }

  ask(task: WorkerTask): Promise<WorkerReply> {
    // One that has ended would never answer.
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      this.#worker.postMessage(task)
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#asked.splice(0)) reject(error)
  }
}

/**
 * Attacks in threads that share one copy of the victim's parameters. Each makes the attack anew and attacks whole
 * batches; what comes of a batch depends on nothing else, so it is the same in any thread.
 */
export class WorkerPool implements BatchAttacker {
  readonly #threads: readonly Thread[]

  /** @throws UserError for a victim, an attack or a backend of the caller's own: a thread could not make it again */
  constructor(
    victim: Victim,
    { name, options }: Attack,
    goal: Goal,
    epsilons: readonly number[],
    { note, ...rest }: AttackRunOptions,
    workers: number,
  ) {
    if (!attackDefinitions.some((known) => known.name === name)) {
      throw new UserError(`attack ${name} cannot be sent to a thread; leave --workers out`)
    }
    const setUp = { victim: partsOfVictim(victim), attack: { name, options }, goal, epsilons, ...rest }
    const said = new Set<string>()
    const noteOnce = (line: string) => {
      if (!said.has(line)) note?.(line)
      said.add(line)
    }
    const backend = sendableBackend()
    this.#threads = Array.from({ length: workers }, () => new Thread({ ...setUp, backend }, noteOnce))
  }

  get atOnce(): number {
    return BATCHES_PER_WORKER * this.#threads.length
  }

  async attack(rows: readonly NumberedRow[]): Promise<readonly AttackedRow[]> {
    const idlest = this.#threads.reduce((a, b) => (b.busy < a.busy ? b : a))
    const reply = await idlest.ask({ rows })
    if ('attacked' in reply) return reply.attacked
    throw failureOf(reply)
  }

  async verify(): Promise<void> {
    const replies = await Promise.all(this.#threads.map((thread) => thread.ask('verify')))
    for (const reply of replies) if (!('proof' in reply)) throw failureOf(reply)
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }
}

function failureOf(reply: WorkerReply): Error {
  return 'error' in reply ? received(reply.error) : new Error('a thread answered what it was not asked')
}

function sendableBackend() {
  const { backend } = backendInUse()
  if (backend === 'native' || backend === 'wasm' || backend === 'cpu') return backend
  throw new UserError(`the TensorFlow.js backend '${backend}' cannot be had in a thread; leave --workers out`)
}

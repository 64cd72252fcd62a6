import { parentPort, workerData } from 'node:worker_threads'
import { createAttack } from '../../attacks/create-attack.js'
import { findAttack } from '../../attacks/index.js'
import { ReadOnlyProof } from '../../gradient/proof.js'
import { useTensorBackend } from '../../gradient/tensorflow.js'
import { victimOfParts } from '../../victims/victim-parts.js'
import { AttackRun } from '../attack-run.js'
import { keptSearches } from '../rows/kept-searches.js'
import { sendable, type WorkerReply, type WorkerSetUp, type WorkerTask } from './worker-messages.js'

const { victim: parts, attack, goal, epsilons, backend, ...options }: WorkerSetUp = workerData

const reply = (message: WorkerReply) => parentPort?.postMessage(message)

async function start() {
  await useTensorBackend(backend)
  const victim = victimOfParts(parts)
  const proof = new ReadOnlyProof(victim)
  const searches = keptSearches(victim, proof)
  const note = (line: string) => reply({ note: line })
  const own = createAttack(findAttack(attack.name), attack.options)
  return { run: new AttackRun(victim, own, goal, epsilons, { ...options, note, searches }), proof }
}

// Begun now, while the first rows are still being read; whether it went wrong is told with the first task.
const started = start()
started.catch(() => {})

parentPort?.on('message', async (task: WorkerTask) => {
  try {
    const { run, proof } = await started
    if (task === 'verify') reply({ proof: proof.verify() })
    else reply({ attacked: run.attackRows(task.rows) })
  } catch (error) {
    reply({ error: sendable(error) })
  }
})

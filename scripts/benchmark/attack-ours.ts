// Does the jobs of a shared work (attack-work.ts) and prints lines of JSON: attack-ours.js FOLDER MODEL [ID]
// An attack on embedded words is timed twice: alone, which is what the peers do, and with all that `generateAdversarial`
// does (reading the texts, attack, judging anew, exact optima, the proof that nothing moved). One on words is a whole run.
// With an ID it does that job alone, as a process that has attacked nothing before: no list of words is sorted, no code is
// compiled.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { embed } from '../../src/gradient/embed.js'
import {
  type Attack,
  attackEmbedded,
  attacks,
  generateAdversarial,
  loadTextClassifier,
  useTensorBackend,
} from '../../src/index.js'
import { readMarked } from '../../src/text/changed-words.js'
import { ALONE, bytesOf, type Done, FIRST, type Job, readWork, WHOLE, type Work } from './attack-work.js'
import { median } from './median.js'

const [folder, model, only] = process.argv.slice(2)
const { classifier: victim } = await loadTextClassifier(model)
const work = await readWork(folder)
// The peers, too, have their tensor library before they are timed.
await useTensorBackend()

for (const job of work.jobs.filter(({ id }) => only === undefined || id === only)) {
  const attack = attackOf(job)
  const rows = work.rows.slice(0, job.rows)
  if (attack.kind === 'words') {
    const tool = only === undefined ? WHOLE : FIRST
    if (tool === WHOLE) await wholeRun(attack, job, rows)
    const { texts, queries, seconds } = await wholeRun(attack, job, rows)
    await writeFile(fileOf(job, tool, 'json'), JSON.stringify(texts))
    tell({ tool, id: job.id, seconds, queries })
    continue
  }
  const alone = await timed(() => attackAlone(attack, job, rows))
  await writeFile(fileOf(job, ALONE, 'f32'), Buffer.concat(alone.perturbed.map(bytesOf)))
  tell({ tool: ALONE, id: job.id, seconds: alone.seconds })
  const { changes, queries, seconds } = await timed(() => wholeRun(attack, job, rows))
  const perturbed = rows.map((row, i) => plus(embedded(row), changes.get(i + 1)))
  await writeFile(fileOf(job, WHOLE, 'f32'), Buffer.concat(perturbed.map(bytesOf)))
  tell({ tool: WHOLE, id: job.id, seconds, queries })
}

/** The last of several passes after an untimed one, with the median of their seconds. */
async function timed<Pass extends { readonly seconds: number }>(run: () => Promise<Pass>): Promise<Pass> {
  await run()
  const seconds: number[] = []
  for (let spent = 0; ; spent += seconds[seconds.length - 1]) {
    const pass = await run()
    seconds.push(pass.seconds)
    if (seconds.length === work.timing.passes || spent + pass.seconds >= work.timing.seconds) {
      return { ...pass, seconds: median(seconds) }
    }
  }
}

/** The attack on embedded words that lie ready, all together or in one call for each. */
async function attackAlone(attack: Attack, { single }: Job, rows: Work['rows']) {
  const inputs = rows.map(embedded)
  const labels = rows.map(({ label }) => label)
  const begun = performance.now()
  const perturbed: Float32Array[] = []
  if (single) {
    for (const [i, input] of inputs.entries()) {
      perturbed.push(...(await attackEmbedded(victim, attack, [input], [labels[i]])))
    }
  } else perturbed.push(...(await attackEmbedded(victim, attack, inputs, labels)))
  return { perturbed, seconds: (performance.now() - begun) / 1000 }
}

/** A run over texts, all judged anew. */
async function wholeRun(attack: Attack, { single }: Job, rows: Work['rows']) {
  const changes = new Map<number, Float32Array>()
  const texts: string[] = []
  let queries = 0
  const options = {
    against: 'truth' as const,
    batchSize: single ? 1 : 32,
    perturbations: {
      kept: 0,
      add: async (row: number, change: { values: Float32Array } | undefined) => {
        if (change) changes.set(row, change.values)
      },
    },
  }
  const input = rows.map(({ text, label }) => ({ text, label: work.labels[label] }))
  const begun = performance.now()
  for await (const { perturbedText, numQueries } of generateAdversarial(victim, attack, input, options)) {
    texts.push(perturbedText)
    queries += numQueries
  }
  const seconds = (performance.now() - begun) / 1000
  return { texts: texts.map((text) => readMarked(text).text), changes, queries, seconds }
}

function attackOf({ attack, epsilon }: Job): Attack {
  switch (attack) {
    case 'hotflip-greedy':
      return attacks.hotflip({ beam: 1, maxWords: 2, candidates: 'vocabulary', pattern: work.swappable })
    case 'hotflip-beam':
      return attacks.hotflip({ beam: 8, maxWords: 2, candidates: 'vocabulary', pattern: work.swappable })
    case 'fgsm-linf':
      return attacks.fgsm({ norm: 'linf', epsilon })
    case 'pgd-linf':
      return attacks.pgd({ norm: 'linf', epsilon, steps: 40 })
    case 'pgd-l2':
      return attacks.pgd({ norm: 'l2', epsilon, steps: 40 })
    case 'deepfool-l2':
      return attacks.deepfool({ norm: 'l2' })
    case 'carlini-wagner-l2':
      return attacks.cw()
  }
}

function embedded({ ids }: Work['rows'][number]): Float32Array {
  return embed(victim.embeddings, [Int32Array.from(ids)]).embedded
}

function plus(input: Float32Array, change: Float32Array | undefined): Float32Array {
  return input.map((value, i) => value + (change?.[i] ?? 0))
}

function fileOf({ id }: Job, tool: string, ending: string): string {
  return join(folder, `${id}.${tool}.${ending}`)
}

function tell(done: Done): void {
  console.log(JSON.stringify(done))
}

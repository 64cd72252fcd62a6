// Does the jobs of a shared work (attack-work.ts) and prints a line of JSON for each: attack-ours.js FOLDER MODEL
// Timed is all that `generateAdversarial` does: attack, judging anew, exact optima, the proof that nothing moved.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { embed } from '../../src/gradient/embed.js'
import { type Attack, attacks, generateAdversarial, loadTextClassifier, useTensorBackend } from '../../src/index.js'
import { readMarked } from '../../src/text/changed-words.js'
import { bytesOf, type Job, readWork } from './attack-work.js'

const [folder, model] = process.argv.slice(2)
const { classifier: victim } = await loadTextClassifier(model)
const work = await readWork(folder)
// The peers, too, have their tensor library before they are timed.
await useTensorBackend()

for (const job of work.jobs) {
  const rows = work.rows.slice(0, job.rows).map(({ text, label }) => ({ text, label: work.labels[label] }))
  const changes = new Map<number, Float32Array>()
  const texts: string[] = []
  let queries = 0
  const options = {
    against: 'truth' as const,
    batchSize: job.single ? 1 : 32,
    perturbations: {
      kept: 0,
      add: async (row: number, change: { values: Float32Array } | undefined) => {
        if (change) changes.set(row, change.values)
      },
    },
  }
  const attack = attackOf(job)
  const begun = performance.now()
  for await (const result of generateAdversarial(victim, attack, rows, options)) {
    texts.push(result.perturbedText)
    queries += result.numQueries
  }
  const seconds = (performance.now() - begun) / 1000
  const path = join(folder, `${job.id}.cbow-adversarial`)
  if (attack.kind === 'words')
    await writeFile(`${path}.json`, JSON.stringify(texts.map((text) => readMarked(text).text)))
  else
    await writeFile(
      `${path}.f32`,
      Buffer.concat(work.rows.slice(0, job.rows).map(({ ids }, i) => perturbed(ids, changes.get(i + 1)))),
    )
  console.log(JSON.stringify({ tool: 'cbow-adversarial', id: job.id, seconds, queries }))
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

function perturbed(ids: readonly number[], change: Float32Array | undefined): Uint8Array {
  const { embedded } = embed(victim.embeddings, [Int32Array.from(ids)])
  change?.forEach((value, i) => {
    embedded[i] += value
  })
  return bytesOf(embedded)
}

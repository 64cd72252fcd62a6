import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { normsOfChange } from '../../src/evaluate/rows/norms.js'
import { embed, joinEmbedded } from '../../src/gradient/embed.js'
import { predictedLabel } from '../../src/gradient/prediction.js'
import { exact, type TextClassifier } from '../../src/index.js'
import { type Done, isOnWords, type Job, type Work } from './attack-work.js'
import { median } from './median.js'

/** What a tool reached in a job, by our own forward passes: nothing it says is believed. */
export interface Verdict {
  /** Rows whose label is left, within the budget. */
  readonly flips: number
  /** Rows that some perturbation or set of swaps within the budget flips: the exact bound. */
  readonly exactFlips: number
  /** Flips where nothing within the budget should: a defect of the bound, the tool or the judge. */
  readonly impossible: number
  /** Of minimal attacks: the norm found over the least, of the rows that flip. */
  readonly ratio?: { readonly median: number; readonly p95: number }
}

/** Larger than the rounding of float32 norms. */
const SLACK = 1 + 1e-5

export async function judge(folder: string, victim: TextClassifier, work: Work, job: Job, done: Done) {
  return isOnWords(job)
    ? judgeTexts(JSON.parse(await readFile(join(folder, `${done.id}.${done.tool}.json`), 'utf8')), victim, work, job)
    : judgeEmbedded(await readFile(join(folder, `${done.id}.${done.tool}.f32`)), victim, work, job)
}

const MAX_SWAPS = 2

function judgeTexts(json: unknown, victim: TextClassifier, work: Work, job: Job): Verdict {
  const texts = z.array(z.string()).length(job.rows).parse(json)
  const pattern = new RegExp(work.swappable)
  const swappable = Int32Array.from(work.words.keys()).filter((id) => pattern.test(work.words[id]))
  let [flips, exactFlips, impossible] = [0, 0, 0]
  for (const [row, text] of texts.entries()) {
    const { ids, label } = work.rows[row]
    const original = Int32Array.from(ids)
    const swapped = victim.encode(text).ids
    const changed = swapped.length === ids.length ? swapped.filter((id, i) => id !== ids[i]).length : Infinity
    const problem = { ids: original, candidates: ids.map(() => swappable), logits: logitsOf(victim, original), label }
    const isFlip = changed <= MAX_SWAPS && predictedLabel(logitsOf(victim, swapped)) !== label
    const isPossible = exact.minimalSwaps(victim.linear, victim.embeddings, problem, MAX_SWAPS) !== undefined
    if (isFlip) flips++
    if (isPossible) exactFlips++
    else if (isFlip) impossible++
  }
  return { flips, exactFlips, impossible }
}

function judgeEmbedded(bytes: Buffer, victim: TextClassifier, work: Work, job: Job): Verdict {
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const norm = job.attack.endsWith('linf') ? 'linf' : 'l2'
  const ratios: number[] = []
  let [flips, exactFlips, impossible, at] = [0, 0, 0, 0]
  for (const { ids, label } of work.rows.slice(0, job.rows)) {
    const original = embed(victim.embeddings, [Int32Array.from(ids)])
    const perturbed = values.subarray(at, (at += original.embedded.length))
    const logits = victim.logits(original)
    const least = exact.minimalNorm(victim.linear, logits, ids.length, label, norm).norm
    const size = normsOfChange(original.embedded, perturbed)[norm]
    const reached = predictedLabel(victim.logits(joinEmbedded([perturbed], work.dimensions)))
    const isFlip = reached !== label && size <= (job.epsilon ?? Infinity) * SLACK
    const isPossible = least <= (job.epsilon ?? Infinity)
    if (isFlip) flips++
    if (isPossible) exactFlips++
    if (isFlip && size * SLACK < least) impossible++
    if (isFlip && least > 0) ratios.push(size / least)
  }
  const isMinimal = job.epsilon === undefined && ratios.length > 0
  ratios.sort((a, b) => a - b)
  const ratio = { median: median(ratios), p95: ratios[Math.floor(0.95 * (ratios.length - 1))] }
  return { flips, exactFlips, impossible, ...(isMinimal && { ratio }) }
}

const logitsOf = (victim: TextClassifier, ids: Int32Array) => victim.logits(embed(victim.embeddings, [ids]))

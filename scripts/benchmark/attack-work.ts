import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { TextClassifier } from '../../src/index.js'

/** What a tool is asked to do once: one attack on the first rows, all together or one call for each row. */
export const Job = z.object({
  id: z.string(),
  attack: z.enum([
    'hotflip-greedy',
    'hotflip-beam',
    'fgsm-linf',
    'pgd-linf',
    'pgd-l2',
    'deepfool-l2',
    'carlini-wagner-l2',
  ]),
  /** Of attacks within a ball. */
  epsilon: z.number().optional(),
  rows: z.int(),
  single: z.boolean(),
})
export type Job = z.output<typeof Job>

/** A job on embedded words is passed over once untimed, then so often, or for so long; its time is the passes' median. */
export const TIMING = { passes: 15, seconds: 1 }

/** The very same victim and rows for every tool. Arrays lie beside, as plain little-endian float32. */
export const Work = z.object({
  dimensions: z.int(),
  words: z.array(z.string()),
  labels: z.array(z.string()),
  /** Of words that may be put in: has a Latin letter, which TextAttack asks for. */
  swappable: z.string(),
  rows: z.array(z.object({ text: z.string(), ids: z.array(z.int()), label: z.int() })),
  jobs: z.array(Job),
  timing: z.object({ passes: z.int(), seconds: z.number() }),
})
export type Work = z.output<typeof Work>

/** What a tool says of a job; what it made lies in `ID.TOOL.f32` (embedded inputs) or `ID.TOOL.json` (texts). */
export const Done = z.object({
  tool: z.string(),
  id: z.string(),
  seconds: z.number(),
  /** Forward passes and gradient reads in all, where the tool counts them (TextAttack leaves gradients out). */
  queries: z.number().optional(),
})
export type Done = z.output<typeof Done>

/** Our attack on embedded words that lie ready: what the peers are timed with. */
export const ALONE = 'cbow-adversarial, attack alone'
/** Our whole run over texts. */
export const WHOLE = 'cbow-adversarial, whole run'
/** The same of words, as the first thing that a process does. */
export const FIRST = 'cbow-adversarial, first run of a process'

export const isOnWords = ({ attack }: Job): boolean => attack.startsWith('hotflip')

/** Words that TextAttack would put in. */
export const SWAPPABLE = '[a-zA-Z]'

export async function writeWork(folder: string, work: Work, victim: TextClassifier): Promise<void> {
  const { vectors } = victim.embeddings
  await writeFile(join(folder, 'work.json'), JSON.stringify(work))
  await writeFile(join(folder, 'embeddings.f32'), bytesOf(vectors))
  await writeFile(join(folder, 'output.f32'), bytesOf(victim.linear.output))
  await writeFile(join(folder, 'bias.f32'), bytesOf(victim.bias))
}

export async function readWork(folder: string): Promise<Work> {
  return Work.parse(JSON.parse(await readFile(join(folder, 'work.json'), 'utf8')))
}

export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)

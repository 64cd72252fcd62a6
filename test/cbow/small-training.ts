import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TrainCbow } from '#src/cbow/train-cbow.js'
import { smallSentences } from './small-corpus.js'

/** The files of a finished model. */
export const MODEL = ['model.json', 'tensors.safetensors', 'vocabulary.tsv']

/** A folder that is gone when its test is over. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cbow-adversarial-cbow-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A run of 7 chunks on one thread. */
export function request(changed: Partial<TrainCbow> = {}): TrainCbow {
  return {
    corpus: smallSentences(35_000),
    dimensions: 12,
    epochs: 2,
    sample: 1e-2,
    minCount: 1,
    reproducible: true,
    stretchWords: 10_000,
    ...changed,
  }
}

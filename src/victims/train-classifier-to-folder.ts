import { stat } from 'node:fs/promises'
import { inOutputFolder, requireEmptyFolder } from '../base/atomic-files.js'
import { UserError } from '../base/errors.js'
import type { Progress } from '../base/progress.js'
import { readModelTokenizer } from '../embeddings/model-folder.js'
import { readEmbeddings } from '../embeddings/read-vectors.js'
import { readRows } from '../text/rows.js'
import { tokenizerOf } from '../text/tokenizers.js'
import { saveTextClassifier } from './classifier-folder.js'
import type { ClassifierOptions } from './classifier-options.js'
import type { ClassifierTraining } from './classifier-training.js'
import { trainClassifier } from './train-classifier.js'

/** What `trainClassifierToFolder` is asked: its options, and the files that it reads and writes. */
export interface TrainClassifierToFolder extends Partial<ClassifierOptions> {
  /** CSV or JSONL. */
  readonly rows: string
  readonly textColumn?: string
  readonly labelColumn?: string
  /** A model's folder, or a file of vectors. */
  readonly embeddings: string
  /** Of a file of vectors; a model's folder says its own. */
  readonly tokenizer?: string
  readonly output: string
  readonly force?: boolean
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

/**
 * Trains a text classifier (`trainClassifier`) on the rows of a file and writes its folder.
 * @throws UserError, with file and row, for rows, embeddings or an output folder that cannot be used
 * @throws InterruptedError when the signal fires; nothing is written then, training takes seconds
 */
export function trainClassifierToFolder(request: TrainClassifierToFolder): Promise<TrainedToFolder> {
  return inOutputFolder(request.output, () => train(request))
}

interface TrainedToFolder {
  readonly labels: readonly string[]
  readonly training: ClassifierTraining
}

async function train(request: TrainClassifierToFolder): Promise<TrainedToFolder> {
  const { rows, textColumn, labelColumn = 'label', embeddings, tokenizer: named, output, force, ...rest } = request
  if (!force) await requireEmptyFolder(output)
  const isModel = await isFolder(embeddings)
  if (isModel && named !== undefined) {
    throw new UserError(`${embeddings}: a model's folder says its own tokenizer; leave --tokenizer out`)
  }
  const tokenizer = isModel ? await readModelTokenizer(embeddings) : tokenizerOf(named ?? 'word')
  const vectors = await readEmbeddings(embeddings)
  const { classifier, training } = await trainClassifier({
    ...rest,
    rows: readRows(rows, { textColumn, labelColumn }),
    source: rows,
    embeddings: vectors,
    tokenizer,
  })
  await saveTextClassifier(classifier, output, training)
  return { labels: classifier.labels, training }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

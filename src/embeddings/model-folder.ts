import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ensureOutputFolder, writeFileAtomically } from '../base/atomic-files.js'
import { errorCode, fileError, UserError } from '../base/errors.js'
import { sha256OfFile } from '../base/hash.js'
import { readSafetensors, type TensorData, writeSafetensors } from '../base/safetensors.js'
import { versionsInUse } from '../base/versions.js'
import { type Phrases, withPhrases } from '../text/phrases.js'
import { readPhrases, writePhrases } from '../text/phrases-file.js'
import type { Tokenizer } from '../text/tokenizer.js'
import { tokenizerOf } from '../text/tokenizers.js'
import type { Vocabulary } from '../text/vocabulary.js'
import { readVocabulary, writeVocabulary } from '../text/vocabulary-file.js'

/** The names of a model folder's files. */
export const MODEL_FILES = {
  model: 'model.json',
  vocabulary: 'vocabulary.tsv',
  tensors: 'tensors.safetensors',
  /** Only where the model's text is read with phrases. */
  phrases: 'phrases.tsv',
} as const

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** What every `model.json` holds, whatever its kind. */
export const ModelJson = z.looseObject({
  kind: z.string(),
  tokenizer: z.string(),
  versions: z.looseObject({ 'cbow-adversarial': z.string() }),
  sha256: z.looseObject({ tensors: hash, vocabulary: hash, phrases: hash.optional() }),
})

/** A model as its folder holds it. */
export interface ModelFolder<T> {
  /** What `model.json` says, checked. */
  readonly description: T
  readonly vocabulary: Vocabulary
  readonly tensors: ReadonlyMap<string, TensorData>
  /** What its text is joined by, if by anything. */
  readonly phrases?: Phrases
}

/** What `model.json` is made of; hashes of the other two files and the versions in use are added. */
export interface ModelDescription {
  readonly kind: string
  readonly tokenizer: string
  readonly sha256?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/**
 * Writes a model folder. `model.json` is taken away first and comes last, so that a folder that was cut short while it
 * was written is no model.
 * @throws UserError when the folder cannot be written
 */
export async function writeModelFolder(
  directory: string,
  { description, vocabulary, tensors, phrases }: ModelFolder<ModelDescription>,
): Promise<void> {
  const path = pathsOf(directory)
  await ensureOutputFolder(directory)
  await rm(path.model, { force: true })
  await writeVocabulary(path.vocabulary, vocabulary)
  await writeSafetensors(path.tensors, tensors)
  if (phrases === undefined) await rm(path.phrases, { force: true })
  else await writePhrases(path.phrases, phrases)
  const json = {
    ...description,
    sha256: {
      ...description.sha256,
      tensors: await sha256OfFile(path.tensors),
      vocabulary: await sha256OfFile(path.vocabulary),
      ...(phrases !== undefined && { phrases: await sha256OfFile(path.phrases) }),
    },
    versions: versionsInUse(),
  }
  await writeFileAtomically(path.model, `${JSON.stringify(json, undefined, 2)}\n`)
}

/**
 * Reads a model folder and checks that its tensors and vocabulary are those that `model.json` was written with.
 * @param schema of the kind of model that is wanted
 * @throws UserError when a file is missing, cut, swapped, or of another kind of model
 */
export async function readModelFolder<T>(directory: string, schema: z.ZodType<T>): Promise<ModelFolder<T>> {
  const path = pathsOf(directory)
  const json = await readModelJson(directory)
  const description = schema.safeParse(json)
  if (!description.success) throw new UserError(`${path.model}: ${firstIssue(description.error)}`)
  await verify(path.tensors, json.sha256.tensors)
  await verify(path.vocabulary, json.sha256.vocabulary)
  const vocabulary = await readVocabulary(path.vocabulary)
  const { tensors } = await readSafetensors(path.tensors)
  const phrases = await readModelPhrases(directory, json.sha256.phrases)
  return { description: description.data, vocabulary, tensors, phrases }
}

/**
 * The kind of model in a folder (`cbow`, `text-classifier`, …), without reading its tensors.
 * @throws UserError when there is no model
 */
export async function readModelKind(directory: string): Promise<string> {
  return (await readModelJson(directory)).kind
}

/**
 * The tokenizer that a folder's model reads text by, with its phrases.
 * @throws UserError when there is no model, or it names a tokenizer that is not known
 */
export async function readModelTokenizer(directory: string): Promise<Tokenizer> {
  const { tokenizer, sha256 } = await readModelJson(directory)
  return withPhrases(tokenizerOf(tokenizer), await readModelPhrases(directory, sha256.phrases))
}

async function readModelPhrases(directory: string, expected: string | undefined): Promise<Phrases | undefined> {
  if (expected === undefined) return undefined
  const file = pathsOf(directory).phrases
  await verify(file, expected)
  return readPhrases(file)
}

/** A model's folder, and the SHA-256 of its tensors' file: what a result names its victim by. */
export interface ModelName {
  readonly folder: string
  readonly sha256: string
}

/**
 * Names the model in a folder, without reading its tensors.
 * @throws UserError when there is no model
 */
export async function readModelName(directory: string): Promise<ModelName> {
  return { folder: directory, sha256: (await readModelJson(directory)).sha256.tensors }
}

/**
 * A tensor that a model must have, in the shape that it must have; its values.
 * @throws UserError naming the folder
 */
export function tensorOf(
  directory: string,
  tensors: ReadonlyMap<string, TensorData>,
  name: string,
  shape: readonly number[],
): Float32Array {
  const file = pathsOf(directory).tensors
  const tensor = tensors.get(name)
  if (!tensor) throw new UserError(`${file}: no tensor '${name}'; the model was not written by this program`)
  if (tensor.shape.join() !== shape.join()) {
    throw new UserError(`${file}: '${name}' is [${tensor.shape.join(', ')}], [${shape.join(', ')}] is needed`)
  }
  return tensor.values
}

function pathsOf(directory: string) {
  return {
    model: join(directory, MODEL_FILES.model),
    vocabulary: join(directory, MODEL_FILES.vocabulary),
    tensors: join(directory, MODEL_FILES.tensors),
    phrases: join(directory, MODEL_FILES.phrases),
  }
}

async function readModelJson(directory: string) {
  const file = pathsOf(directory).model
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new UserError(
        `${directory}: no model there (it has no model.json); name a folder that training has written`,
      )
    }
    if (errorCode(error) === 'ENOTDIR') throw new UserError(`${directory}: a file, a model is a folder`)
    throw fileError(error, file)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new UserError(`${file}: not JSON; the file is damaged, train the model anew`)
  }
  const parsed = ModelJson.safeParse(json)
  if (!parsed.success) throw new UserError(`${file}: ${firstIssue(parsed.error)}`)
  return parsed.data
}

async function verify(file: string, expected: string): Promise<void> {
  const found = await sha256OfFile(file).catch((error: unknown) => {
    throw fileError(error, file)
  })
  if (found === expected) return
  throw new UserError(
    `${file}: not the file model.json was written with (SHA-256 differs): it was cut, changed or swapped`,
  )
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues
  return `${issue.path.join('.') || 'the file'}: ${issue.message.toLowerCase()}`
}

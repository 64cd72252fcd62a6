import { UserError } from '../../src/base/errors.js'
import { type Progress, SILENT } from '../../src/base/progress.js'
import { bindingFile, TFJS_NODE, tfjsNodeFolder } from '../../src/gradient/native-binding.js'
import { buildBinding, findBuildTools, installBinding, installedLibrary } from './binding.js'
import { cacheFolder } from './cache.js'
import { type Edition, type EditionName, editionFor } from './editions.js'
import { findGraphics, whyNoGpu } from './graphics.js'
import { cachedLibrary, fetchLibrary, type Library, libraryAt } from './library.js'
import { runSelfTest } from './run-self-test.js'
import { bringTfjsNode } from './tfjs-node.js'

/** What is there now, and computes. */
export interface TensorflowState {
  readonly tensorflowVersion: string
  readonly gpu: boolean
  readonly library: string
  readonly binding: string
}

export interface SetupOptions {
  /** What to fetch, or the folder of a TensorFlow that is there. */
  readonly source: { readonly edition: EditionName } | { readonly library: string }
  readonly progress?: Progress
  readonly signal?: AbortSignal
  /** Shows pip's own progress. */
  readonly show?: boolean
}

/**
 * Makes TensorFlow.js compute on TensorFlow's own library: fetches it or takes the one named, builds the binding of
 * tfjs-node with it, installs both, and tests what it has installed. What is there already is not made again.
 * @throws UserError that says what is missing and what to do
 */
export async function setUpTensorflow({
  source,
  progress = SILENT,
  signal,
  show,
}: SetupOptions): Promise<TensorflowState> {
  const packageFolder = await bringTfjsNode(progress, { signal })
  const cache = cacheFolder()
  const library = 'library' in source ? await libraryAt(source.library) : await libraryOf(editionFor(source.edition))
  const binding = await buildBinding(packageFolder, library, cache, progress, { signal })
  await installBinding(packageFolder, binding, library)
  return checkTensorflow({ signal })

  async function libraryOf(edition: Edition): Promise<Library> {
    const cached = await cachedLibrary(edition, cache, progress)
    if (cached !== undefined) return cached
    // Before a long download, not after it.
    await findBuildTools(cache, progress, { signal })
    return fetchLibrary(edition, cache, progress, { signal, show })
  }
}

/**
 * Says what is installed, having computed with it.
 * @throws UserError where it does not compute, or where a GPU is there that it was built for and cannot use
 */
export async function checkTensorflow({ signal }: { readonly signal?: AbortSignal } = {}): Promise<TensorflowState> {
  const packageFolder = tfjsNodeFolder()
  if (packageFolder === undefined) throw new UserError(`${TFJS_NODE} is not installed; npx setup-tensorflow brings it`)
  const library = await installedLibrary(packageFolder)
  const { tensorflowVersion, gpu, log } = await runSelfTest(signal)
  const reason = gpu ? undefined : whyNoGpu(await findGraphics(), log)
  if (reason !== undefined) throw new UserError(`TensorFlow ${tensorflowVersion} computes on the CPU: ${reason}`)
  return { tensorflowVersion, gpu, library, binding: bindingFile(packageFolder) }
}

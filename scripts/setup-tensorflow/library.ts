import { readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import type { Progress } from '../../src/base/progress.js'
import { fillFolder, requireRoom } from './cache.js'
import { type Edition, megabytes } from './editions.js'
import { type Fetching, findPip, unpackWheels } from './pip.js'

/** TensorFlow's libraries and headers on this disk. */
export interface Library {
  /** Holds the two libraries and `include`. */
  readonly folder: string
  /** Tells this build of the libraries from any other. */
  readonly key: string
}

/** What a binding is linked with. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const

const HEADER = join('include', 'tensorflow', 'c', 'eager', 'c_api.h')

/** Written last into a folder of the cache. */
const MARKER = 'complete.json'
const Marker = z.object({ hashes: z.array(z.string()), key: z.string() })

/** The sizes of its libraries tell a build: some hundred million bytes never come out the same. */
export async function keyOf(folder: string): Promise<string> {
  const sizes = await Promise.all(LIBRARIES.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.join('-')
}

/**
 * A TensorFlow that is there already: the folder `tensorflow` of Python's package, or the folder that holds it.
 * @throws UserError where it lacks a library or the headers
 */
export async function libraryAt(path: string): Promise<Library> {
  for (const candidate of [path, join(path, 'tensorflow')]) {
    const key = await keyOf(candidate).catch(() => undefined)
    if (key === undefined) continue
    const folder = await realpath(candidate)
    if (await isThere(join(folder, HEADER))) return { folder, key }
    throw new UserError(`${path}: lacks TensorFlow's headers (${HEADER}); take --cpu or --gpu, whose wheels hold them`)
  }
  throw new UserError(
    `${path}: holds no ${LIBRARIES[0]}; name the folder that \`python3 -c 'import tensorflow; print(tensorflow.__path__[0])'\` prints, or take --cpu`,
  )
}

/** The library of an edition where the cache holds it whole. */
export async function cachedLibrary(edition: Edition, cache: string, progress: Progress): Promise<Library | undefined> {
  const home = join(cache, edition.id)
  if (!(await isThere(home))) return undefined
  if (await isWhole(home, edition)) return libraryIn(home)
  progress.note(`${home}: damaged, or of another version; it is fetched anew`)
  return undefined
}

/**
 * Fetches the library of an edition into the cache.
 * @throws UserError when it cannot be fetched
 */
export async function fetchLibrary(
  edition: Edition,
  cache: string,
  progress: Progress,
  fetching: Fetching,
): Promise<Library> {
  const home = join(cache, edition.id)
  const download = edition.wheels.reduce((sum, { bytes }) => sum + bytes, 0)
  const pip = await findPip(fetching.env)
  // While pip unpacks, the wheels lie there as well.
  await requireRoom(cache, download + edition.unpackedBytes)
  const what = edition.wheels.map(({ requirement }) => requirement).join(', ')
  progress.note(`fetching ${megabytes(download)} by pip, ${megabytes(edition.unpackedBytes)} in ${home}: ${what}`)
  await fillFolder(home, async (partial) => {
    await unpackWheels(pip, edition, partial, fetching)
    await mendCusolver(partial)
    const { key } = await libraryIn(partial)
    const marker: z.infer<typeof Marker> = { hashes: hashesOf(edition), key }
    await writeFile(join(partial, MARKER), JSON.stringify(marker))
  })
  return libraryIn(home)
}

async function libraryIn(home: string): Promise<Library> {
  const folder = join(home, 'tensorflow')
  return { folder, key: await keyOf(folder) }
}

const hashesOf = ({ wheels }: Edition): string[] => wheels.map(({ sha256 }) => sha256)

async function isWhole(home: string, edition: Edition): Promise<boolean> {
  try {
    const { hashes, key } = Marker.parse(JSON.parse(await readFile(join(home, MARKER), 'utf8')))
    const library = await libraryIn(home)
    return (
      hashes.join() === hashesOf(edition).join() && key === library.key && (await isThere(join(library.folder, HEADER)))
    )
  } catch {
    return false
  }
}

/** TensorFlow 2.21.0 does not look into `nvidia/cusolver/lib`; it does look into cusparse's. */
async function mendCusolver(home: string): Promise<void> {
  const target = join(home, 'nvidia', 'cusolver', 'lib', 'libcusolver.so.11')
  if (!(await isThere(target))) return
  await symlink('../../cusolver/lib/libcusolver.so.11', join(home, 'nvidia', 'cusparse', 'lib', 'libcusolver.so.11'))
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

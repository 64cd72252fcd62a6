import { copyFile, lstat, mkdir, readdir, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from '../../src/base/atomic-files.js'
import { UserError } from '../../src/base/errors.js'
import { sha256 } from '../../src/base/hash.js'
import type { Progress } from '../../src/base/progress.js'
import { bindingFile } from '../../src/gradient/native-binding.js'
import { fillFolder } from './cache.js'
import { keyOf, LIBRARIES, type Library } from './library.js'
import { findNodeHeaders, type Seeking } from './node-headers.js'
import { findProgram, runProgram } from './run-program.js'

const FLAGS = ['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8']

/** The package finds its libraries by this link, and so does the binding. */
const LINK = join('deps', 'lib')
const NAME = 'tfjs_binding.node'

/** Written beside the installed binding: for which library it was built. */
const BuiltFor = z.object({ key: z.string() })
const builtForFile = (packageFolder: string): string => bindingFile(packageFolder).replace(/\.node$/, '.json')

/**
 * The binding of tfjs-node's sources with a library: from the cache, built into it where it is not there. Node's ABI
 * for addons is stable: one binary serves every version of Node.
 * @param packageFolder holds the sources, `binding/*.cc`
 * @throws UserError without a compiler or Node's headers, or when the sources do not compile
 */
export async function buildBinding(
  packageFolder: string,
  library: Library,
  cache: string,
  progress: Progress,
  seeking: Seeking = {},
): Promise<string> {
  const { env = process.env, signal } = seeking
  const sources = join(packageFolder, 'binding')
  const names = (await readdir(sources)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(sources, name), 'utf8')))
  const key = sha256([process.arch, ...FLAGS, library.key, ...texts].join('\n')).slice(0, 16)
  const folder = join(cache, `binding-${key}`)
  const binding = join(folder, NAME)
  if (await isFile(binding)) return binding
  const { compiler, headers } = await findBuildTools(cache, progress, seeking)
  progress.note(`building the binding with ${compiler}`)
  await fillFolder(folder, async (partial) => {
    const args = [
      ...names.filter((name) => name.endsWith('.cc')).map((name) => join(sources, name)),
      ...FLAGS,
      ...['-I', headers, '-I', join(library.folder, 'include')],
      ...['-o', join(partial, NAME), '-L', library.folder, ...LIBRARIES.map((name) => `-l:${name}`)],
      `-Wl,-rpath,$ORIGIN/../../${LINK}`,
    ]
    const ended = await runProgram(compiler, args, { env: { ...env, TMPDIR: partial, LC_ALL: 'C' }, signal })
    if (ended?.status !== 0) throw new UserError(whyNotCompiled(ended?.stderr ?? ''))
  })
  return binding
}

/**
 * What builds a binding.
 * @throws UserError where a part is missing
 */
export async function findBuildTools(
  cache: string,
  progress: Progress,
  seeking: Seeking = {},
): Promise<{ compiler: string; headers: string }> {
  const [compiler] = (await findProgram([['g++'], ['c++'], ['clang++']], seeking.env)) ?? []
  if (compiler === undefined) throw new UserError('no C++ compiler; install one (apt install g++), then run it again')
  return { compiler, headers: await findNodeHeaders(cache, progress, seeking) }
}

/** What the compiler's complaint means, in one line. */
export function whyNotCompiled(stderr: string): string {
  if (/No space left on device/i.test(stderr)) return 'the binding was not built: no space left on the disk; free some'
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const said = lines.find((line) => /error|undefined reference|cannot find/i.test(line)) ?? lines.at(-1) ?? 'nothing'
  return `the binding does not compile with this TensorFlow; take --cpu or --gpu. The compiler says: ${said.trim()}`
}

/** Puts a binding and the link to its library into the package, each at once. */
export async function installBinding(packageFolder: string, binding: string, library: Library): Promise<void> {
  const link = join(packageFolder, LINK)
  await mkdir(dirname(link), { recursive: true })
  // The package's own install script leaves a folder of that name.
  const before = await lstat(link).catch(() => undefined)
  if (before?.isDirectory()) await rm(link, { recursive: true })
  const beside = `${link}.partial-${process.pid}`
  await symlink(library.folder, beside)
  await rename(beside, link)
  const target = bindingFile(packageFolder)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(binding, `${target}.partial-${process.pid}`)
  await rename(`${target}.partial-${process.pid}`, target)
  await writeFileAtomically(builtForFile(packageFolder), JSON.stringify({ key: library.key }))
}

/**
 * Where the library of the installed binding is.
 * @throws UserError where there is no binding, no library, or one was built for another
 */
export async function installedLibrary(packageFolder: string): Promise<string> {
  const binding = bindingFile(packageFolder)
  const mend = 'npx setup-tensorflow builds it'
  if (!(await isFile(binding))) throw new UserError(`${packageFolder}: has no binding; ${mend}`)
  const folder = await realpath(join(packageFolder, LINK)).catch(() => undefined)
  const key = folder === undefined ? undefined : await keyOf(folder).catch(() => undefined)
  if (folder === undefined || key === undefined) {
    throw new UserError(`${join(packageFolder, LINK)}: TensorFlow's library is not there any more; ${mend} anew`)
  }
  if (key !== (await builtForKey(packageFolder))) {
    throw new UserError(`${binding}: was built for another TensorFlow than ${folder}; ${mend} anew`)
  }
  return folder
}

async function builtForKey(packageFolder: string): Promise<string | undefined> {
  try {
    return BuiltFor.parse(JSON.parse(await readFile(builtForFile(packageFolder), 'utf8'))).key
  } catch {
    return undefined
  }
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

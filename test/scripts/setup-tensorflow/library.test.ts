import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cacheFolder, fillFolder, requireRoom } from '#scripts/setup-tensorflow/cache.js'
import { type EditionName, editionFor } from '#scripts/setup-tensorflow/editions.js'
import { cachedLibrary, fetchLibrary, libraryAt } from '#scripts/setup-tensorflow/library.js'
import { whyPipFailed } from '#scripts/setup-tensorflow/pip.js'
import { SILENT } from '#src/base/progress.js'
import { FAKE_PIP, fakePrograms } from './fake-programs.js'

let folder: string
let cache: string
let notes: string[]
const progress = { ...SILENT, note: (line: string) => notes.push(line) }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cbow-adversarial-library-'))
  cache = join(folder, 'cache')
  notes = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const edition = { ...editionFor('cpu', 'linux', 'x64'), unpackedBytes: 1000, wheels: [wheel('tensorflow-cpu==2.21.0')] }
function wheel(requirement: string) {
  return { requirement, sha256: 'ab'.repeat(32), bytes: 1000 }
}
const home = () => join(cache, edition.id)
const fetch = (script = FAKE_PIP, signal?: AbortSignal) =>
  fetchLibrary(edition, cache, progress, { env: fakePrograms(join(folder, 'bin'), { python3: script }), signal })

describe('fetching TensorFlow', () => {
  it('says what and how large before, hands pip the hash, and finds it again in the cache', async () => {
    const library = await fetch()
    expect(notes).toEqual([`fetching 0 MB by pip, 0 MB in ${home()}: tensorflow-cpu==2.21.0`])
    expect(library).toEqual({ folder: join(home(), 'tensorflow'), key: '8-10' })
    expect(readFileSync(join(cache, 'pip-arguments'), 'utf8')).toMatch(/--require-hashes.*--python-version 3\.11/)
    expect(readFileSync(join(home(), 'requirements.txt'), 'utf8')).toBe(
      `tensorflow-cpu==2.21.0 --hash=sha256:${'ab'.repeat(32)}\n`,
    )
    expect(await cachedLibrary(edition, cache, progress)).toEqual(library)
  })

  it('finds nothing in an empty cache, without a word', async () => {
    expect(await cachedLibrary(edition, cache, progress)).toBeUndefined()
    expect(notes).toEqual([])
  })

  it.each([
    ['a library cut short', () => writeFileSync(join(home(), 'tensorflow/libtensorflow_cc.so.2'), 'lib')],
    ['a missing library', () => rmSync(join(home(), 'tensorflow/libtensorflow_framework.so.2'))],
    ['missing headers', () => rmSync(join(home(), 'tensorflow/include'), { recursive: true })],
    ['no marker', () => rmSync(join(home(), 'complete.json'))],
    ['a marker that is no JSON', () => writeFileSync(join(home(), 'complete.json'), '{')],
    [
      'another version',
      () => writeFileSync(join(home(), 'complete.json'), JSON.stringify({ hashes: ['cd'], key: '8-10' })),
    ],
  ])('fetches anew what the cache holds with %s, aloud', async (_, damage) => {
    const whole = await fetch()
    damage()
    expect(await cachedLibrary(edition, cache, progress)).toBeUndefined()
    expect(notes.at(-1)).toMatch(/damaged, or of another version; it is fetched anew/)
    expect(await fetch()).toEqual(whole)
    expect(await cachedLibrary(edition, cache, progress)).toEqual(whole)
  })

  it('leaves nothing when interrupted, and removes what a killed run left, not what another is making', async () => {
    mkdirSync(cache)
    // A process number beyond any that Linux gives.
    const [dead, alive, own] = [2 ** 22 + 1, process.ppid, process.pid].map(
      (pid) => `${edition.id}.partial-${hostname()}-${pid}`,
    )
    for (const name of [dead, alive]) mkdirSync(join(cache, name))
    const interrupt = new AbortController()
    const unpacking = 'while [ "$1" != --target ]; do shift; done; : > "$2/half-made"; exec /bin/sleep 30'
    const fetching = fetch(unpacking, interrupt.signal)
    const interrupted = expect(fetching).rejects.toThrow('interrupted; nothing half-made is left')
    await vi.waitUntil(() => existsSync(join(cache, own, 'half-made')), { timeout: 25_000 })
    interrupt.abort()
    await interrupted
    expect(readdirSync(cache)).toEqual([alive])
  })

  it('takes what another run has made meanwhile, which may be in use', async () => {
    await fillFolder(home(), async (partial) => {
      writeFileSync(join(partial, 'mine'), '')
      mkdirSync(home())
      writeFileSync(join(home(), 'theirs'), '')
    })
    expect(readdirSync(cache)).toEqual([edition.id])
    expect(readdirSync(home())).toEqual(['theirs'])
  })

  it('names the folder and the bytes when the disk has no room', async () => {
    await expect(requireRoom(cache, 1e18)).rejects.toThrow(
      /cache: 1000000000\.0 GB are needed and .* are free; free some, or set XDG_CACHE_HOME/,
    )
  })
})

describe('what pip says', () => {
  it.each([
    ["OSError: [Errno 28] No space left on device: 'x.whl'", /no space left on the disk; free some/],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', /its hash differs\); run it again/],
    ["urllib3.exceptions.ProtocolError: ('Connection broken: IncompleteRead(3 bytes read)')", /was cut; run it again/],
    ['zipfile.BadZipFile: File is not a zip file', /was cut; run it again/],
    [
      "WARNING: Retrying after connection broken by 'NewConnectionError: Name or service not known'\nERROR: No matching distribution found",
      /registry cannot be reached; check the network/,
    ],
    ['ERROR: No matching distribution found for tensorflow-cpu==2.21.0', /has no such wheel; check its settings/],
    ['Traceback\nERROR: the moon is full\n', /pip says: the moon is full$/],
    ['', /pip says: nothing$/],
  ])('%j is one line with what to do', (said, line) => {
    expect(whyPipFailed(said)).toMatch(line)
    expect(whyPipFailed(said)).not.toContain('\n')
  })
})

describe('a TensorFlow that is there', () => {
  it("is the folder 'tensorflow', or the one that holds it", async () => {
    const library = await fetch()
    expect(await libraryAt(library.folder)).toEqual(library)
    expect(await libraryAt(home())).toEqual(library)
  })

  it('is refused without its library, and without its headers', async () => {
    await expect(libraryAt(folder)).rejects.toThrow('holds no libtensorflow_cc.so.2; name the folder')
    const library = await fetch()
    rmSync(join(library.folder, 'include'), { recursive: true })
    await expect(libraryAt(library.folder)).rejects.toThrow("lacks TensorFlow's headers")
  })
})

describe('an edition', () => {
  it.each<[EditionName, string, string, number]>([
    ['cpu', 'linux', 'x64', 1],
    ['gpu', 'linux', 'x64', 1],
    ['cuda', 'linux', 'x64', 13],
    ['cpu', 'linux', 'arm64', 1],
    ['gpu', 'linux', 'arm64', 1],
  ])('%s on %s-%s is %d pinned wheels', (name, platform, arch, count) => {
    const { wheels, unpackedBytes } = editionFor(name, platform, arch)
    expect(wheels).toHaveLength(count)
    expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(count)
    for (const { requirement, sha256 } of wheels) {
      expect(requirement).toMatch(/^[\w-]+==[\d.]+$/)
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    }
    expect(unpackedBytes).toBeGreaterThan(wheels.reduce((sum, { bytes }) => sum + bytes, 0))
  })

  it.each([
    ['cuda', 'linux', 'arm64', /no CUDA on aarch64; take --cpu/],
    ['cpu', 'darwin', 'arm64', /only for Linux on x64 and arm64; everything runs without it/],
    ['cpu', 'linux', 'riscv64', /only for Linux/],
  ] as const)('%s on %s-%s is refused', (name, platform, arch, message) => {
    expect(() => editionFor(name, platform, arch)).toThrow(message)
  })
})

describe('the cache', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/var/cache' }, /^\/var\/cache\/cbow-adversarial$/],
    [{ XDG_CACHE_HOME: 'relative' }, /\/\.cache\/cbow-adversarial$/],
    [{}, /\/\.cache\/cbow-adversarial$/],
  ])('for %j is %s', (env, path) => {
    expect(cacheFolder(env)).toMatch(path)
  })
})

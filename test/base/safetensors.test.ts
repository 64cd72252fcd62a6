import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { readSafetensors, SafetensorsFile, type TensorData, writeSafetensors } from '#src/base/safetensors.js'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'))
  path = join(folder, 'tensors.safetensors')
})
afterEach(() => rm(folder, { recursive: true }))

const tensors = new Map<string, TensorData>([
  ['embeddings', { values: Float32Array.of(1.5, -2, 3e-39, Number.MAX_VALUE, NaN, -0), shape: [2, 3] }],
  ['bias', { values: Float32Array.of(0.1), shape: [1] }],
  ['empty', { values: new Float32Array(0), shape: [0, 7] }],
  ['scalar', { values: Float32Array.of(42), shape: [] }],
])

/** A file of this header and so many zero bytes of data. */
function fileOf(header: unknown, dataLength: number, headerLength?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(dataLength)])
}

const tensor = (shape: number[], start: number, end: number, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [start, end],
})

describe('what was written', () => {
  it('leaves nothing where a tensor breaks off', async () => {
    async function* pieces() {
      yield new Float32Array(2)
      throw new Error('the other half is gone')
    }
    const broken = new Map([['half', { shape: [4], pieces }]])
    await expect(writeSafetensors(path, broken)).rejects.toThrow('the other half is gone')
    expect(await readdir(folder)).toEqual([])
  })

  it('writes a tensor piece by piece to the same bytes, and reads parts of it', async () => {
    const values = Float32Array.from({ length: 12 }, (_, i) => i / 3)
    const [whole, pieces] = [join(folder, 'whole'), join(folder, 'pieces')]
    await writeSafetensors(whole, new Map([['w', { values, shape: [4, 3] }]]))
    async function* inPieces() {
      for (const [from, to] of [
        [0, 3],
        [3, 9],
        [9, 12],
      ])
        yield values.subarray(from, to)
    }
    await writeSafetensors(pieces, new Map([['w', { pieces: inPieces, shape: [4, 3] }]]))
    expect(await readFile(pieces)).toEqual(await readFile(whole))
    const file = await SafetensorsFile.open(pieces)
    const part = new Float32Array(5)
    await file.read('w', 4, part)
    await file.close()
    expect([...file.shapes]).toEqual([['w', [4, 3]]])
    expect(part).toEqual(values.subarray(4, 9))
  })

  it('reads back bit for bit, in order, with its metadata', async () => {
    await writeSafetensors(path, tensors, { kind: 'cbow', note: 'naïve "quoted"' })
    const read = await readSafetensors(path)
    expect([...read.tensors]).toEqual([...tensors])
    expect(Object.is(read.tensors.get('embeddings')!.values[5], -0)).toBe(true)
    expect(read.metadata).toEqual({ kind: 'cbow', note: 'naïve "quoted"' })
    expect(await readdir(folder)).toEqual(['tensors.safetensors'])
  })

  it('has a header padded with spaces so that the data begin at a multiple of 8', async () => {
    await writeSafetensors(path, new Map([['a', { values: Float32Array.of(1), shape: [1] }]]))
    const bytes = await readFile(path)
    const headerLength = Number(bytes.readBigUInt64LE())
    expect(headerLength % 8).toBe(0)
    expect(bytes.length).toBe(8 + headerLength + 4)
    expect(bytes.subarray(8, 8 + headerLength).toString()).toBe(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ',
    )
  })

  it('may lie in shared memory and in a part of an array', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(16))
    shared.set([1, 2, 3, 4])
    await writeSafetensors(path, new Map([['part', { values: shared.subarray(1, 3), shape: [2] }]]))
    expect((await readSafetensors(path)).tensors.get('part')!.values).toEqual(Float32Array.of(2, 3))
  })

  it('nothing at all is a file too', async () => {
    await writeSafetensors(path, new Map())
    expect((await readSafetensors(path)).tensors.size).toBe(0)
  })

  it('is refused when values and shape disagree: our defect, not the user’s', async () => {
    const wrong = new Map([['a', { values: new Float32Array(3), shape: [2, 2] }]])
    await expect(writeSafetensors(path, wrong)).rejects.toThrow(RangeError)
    expect(await readdir(folder)).toEqual([])
  })

  it.skipIf(!existsSync('/dev/full'))('is not there at all after the disk was full', async () => {
    await symlink('/dev/full', `${path}.partial`)
    await expect(writeSafetensors(path, tensors)).rejects.toThrow(`${path}: no space left on the disk`)
    expect(await readdir(folder)).toEqual([])
  })
})

it('reads float64 as float32, and tensors named in another order than they lie', async () => {
  const data = Buffer.alloc(20)
  data.writeFloatLE(0.5, 0)
  data.writeDoubleLE(1 / 3, 4)
  data.writeDoubleLE(-2, 12)
  const header = { wide: tensor([2], 4, 20, 'F64'), narrow: tensor([1], 0, 4) }
  await writeFile(path, Buffer.concat([fileOf(header, 0), data]))
  const read = await readSafetensors(path)
  expect(read.tensors.get('wide')!.values).toEqual(Float32Array.of(1 / 3, -2))
  expect(read.tensors.get('narrow')!.values).toEqual(Float32Array.of(0.5))
})

describe('a broken file ends in one line that names it', () => {
  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'it has 0 bytes'],
    ['shorter than its header says', fileOf('{}', 0, 3n), 'its header claims 3 bytes, the file has 10'],
    ['a header of 2^63 bytes', fileOf('{}', 0, 2n ** 63n), 'its header claims 9223372036854775808 bytes'],
    ['not JSON', fileOf('{"a":', 0), 'its header is not a JSON object'],
    ['not UTF-8', fileOf('', 0, 0n), 'its header is not a JSON object'],
    ['a list', fileOf([], 0), 'its header is not a JSON object'],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 } }, 0), '__metadata__ is not a map of strings'],
    ['no offsets', fileOf({ a: { dtype: 'F32', shape: [1] } }, 4), 'tensor "a" has no valid dtype'],
    ['a negative length', fileOf({ a: tensor([-1, -1], 0, 4) }, 4), 'tensor "a" has no valid dtype'],
    ['an infinite length', fileOf('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4), 'no valid dtype'],
    ['a shape of 10^18', fileOf({ a: tensor([1e9, 1e9], 0, 4) }, 4), 'of shape [1000000000,1000000000] cannot have'],
    ['offsets backwards', fileOf({ a: tensor([1], 4, 0) }, 4), 'tensor "a" of shape [1] cannot have -4 bytes'],
    ['data cut', fileOf({ a: tensor([2], 0, 8) }, 7), 'its tensors need 8 bytes, it holds 7'],
    ['data too long', fileOf({ a: tensor([2], 0, 8) }, 9), 'its tensors need 8 bytes, it holds 9'],
    ['tensors overlap', fileOf({ a: tensor([2], 0, 8), b: tensor([2], 4, 12) }, 12), 'tensor "b" begins at byte 4'],
    ['a gap', fileOf({ a: tensor([1], 0, 4), b: tensor([1], 8, 12) }, 12), 'tensor "b" begins at byte 8, the one'],
    ['integers', fileOf({ a: tensor([1], 0, 8, 'I64') }, 8), 'tensor "a" is of type I64; F32 and F64 can be read'],
  ])('%s', async (_, bytes, message) => {
    await writeFile(path, bytes)
    const reading = readSafetensors(path)
    await expect(reading).rejects.toThrow(UserError)
    await expect(reading).rejects.toThrow(`${path}: `)
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.not.toThrow('\n')
  })

  it('missing', async () => {
    await expect(readSafetensors(path)).rejects.toThrow(`${path}: no such file or folder`)
  })

  it('a folder', async () => {
    await expect(readSafetensors(folder)).rejects.toThrow(`${folder}: is a folder, a file is needed`)
  })
})

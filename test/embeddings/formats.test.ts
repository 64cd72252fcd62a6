import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { SILENT } from '#src/base/progress.js'
import type { Embeddings } from '#src/embeddings/embeddings.js'
import { VECTOR_FORMATS } from '#src/embeddings/formats/vector-formats.js'
import { readEmbeddings } from '#src/embeddings/read-vectors.js'
import { writeEmbeddings } from '#src/embeddings/write-vectors.js'
import { drawnEmbeddings, embeddingsOf, fixture, haveFixtures } from './vectors.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vectors-'))
})
afterEach(() => rm(folder, { recursive: true }))

const file = async (name: string, content: string | Uint8Array) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const wordsOf = ({ vocabulary }: Embeddings) => vocabulary.words
const valuesOf = ({ vectors }: Embeddings) => [...vectors]
const ENDINGS = VECTOR_FORMATS.map(({ ending }) => ending)
const hard = embeddingsOf({
  the: [0.1, -0, 1e-45],
  naïve: [3.4028235e38, -1e-5, 1 / 3],
  '\u00a0': [1, 2, 3],
  '42': [4, 5, 6],
  '👋🏽': [-1, 16777216, 1e20],
  __proto__x: [0, 0, 0],
})

describe.each(ENDINGS)('%s', (ending) => {
  it.each(['', '.gz'])('ending in %j reads back every bit and word', async (gz) => {
    const path = join(folder, `v${ending}${gz}`)
    await writeEmbeddings(path, hard)
    const read = await readEmbeddings(path)
    expect(wordsOf(read)).toEqual(wordsOf(hard))
    expect(new Uint32Array(read.vectors.buffer)).toEqual(new Uint32Array(hard.vectors.buffer))
    expect(read.dimensions).toBe(3)
    expect((await readFile(path)).subarray(0, 2).equals(Buffer.of(0x1f, 0x8b))).toBe(gz !== '')
  })

  it('written again is the same bytes', async () => {
    const drawn = drawnEmbeddings(300, 7)
    await writeEmbeddings(join(folder, `a${ending}`), drawn)
    await writeEmbeddings(join(folder, `b${ending}`), await readEmbeddings(join(folder, `a${ending}`)))
    expect(await readFile(join(folder, `b${ending}`))).toEqual(await readFile(join(folder, `a${ending}`)))
  })

  it('reads the first rows only, when asked', async () => {
    await writeEmbeddings(join(folder, `a${ending}`), drawnEmbeddings(20, 3))
    const read = await readEmbeddings(join(folder, `a${ending}`), { limit: 4 })
    expect(wordsOf(read)).toEqual(['w0', 'w1', 'w2', 'w3'])
    expect(valuesOf(read)).toEqual([...drawnEmbeddings(20, 3).vectors.subarray(0, 12)])
    expect(read.vectors.buffer.byteLength).toBe(48)
  })

  it.skipIf(!existsSync('/dev/full'))('is not there at all after the disk was full', async () => {
    await symlink('/dev/full', join(folder, `a${ending}.partial`))
    await expect(writeEmbeddings(join(folder, `a${ending}`), hard)).rejects.toThrow('no space left on the disk')
    expect(await readdir(folder)).toEqual([])
  })

  it('is empty, missing or a damaged .gz: one line', async () => {
    await expect(readEmbeddings(await file(`a${ending}`, ''))).rejects.toThrow(/a\.\w+: is empty/)
    await expect(readEmbeddings(join(folder, `b${ending}`))).rejects.toThrow('no such file')
    await expect(readEmbeddings(await file(`c${ending}.gz`, 'the 1 2\n'))).rejects.toThrow(UserError)
    await writeEmbeddings(join(folder, `d${ending}.gz`), hard)
    const whole = await readFile(join(folder, `d${ending}.gz`))
    await writeFile(join(folder, `d${ending}.gz`), whole.subarray(0, whole.length - 12))
    await expect(readEmbeddings(join(folder, `d${ending}.gz`))).rejects.toThrow(UserError)
  })
})

describe('word2vec text', () => {
  it.each([
    ['a header', '2 3\nthe 1 2 3\nof 4 5 6\n'],
    ['no header', 'the 1 2 3\nof 4 5 6\n'],
    ['CRLF, trailing blanks, a byte-order mark, no last line end', '\ufeff2 3\r\nthe 1 2 3 \r\nof\t4  5\t6'],
    ['blank lines', '\n2 3\n\nthe 1 2 3\n\n\nof 4 5 6\n\n'],
  ])('with %s', async (_, content) => {
    const read = await readEmbeddings(await file('a.txt', content))
    expect(wordsOf(read)).toEqual(['the', 'of'])
    expect(valuesOf(read)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('keeps words with spaces, and words that are numbers', async () => {
    const read = await readEmbeddings(
      await file('a.glove', '2000 1 2\n. . . 3 4\nat name@domain.com 5 6\n\u2028 7 8\n'),
    )
    expect(wordsOf(read)).toEqual(['2000', '. . .', 'at name@domain.com', '\u2028'])
  })

  it('takes the first of a word that stands there twice, and says so', async () => {
    const notes: string[] = []
    const progress = { ...SILENT, note: (line: string) => notes.push(line) }
    const read = await readEmbeddings(await file('a.txt', '3 1\na 1\na 2\nb 3\n'), { progress })
    expect(wordsOf(read)).toEqual(['a', 'b'])
    expect(valuesOf(read)).toEqual([1, 3])
    expect(notes).toEqual([
      `${join(folder, 'a.txt')}: words stand there more than once; the first row of each counts, 1 dropped`,
    ])
  })

  it('reads rows that are longer than a piece of the file', async () => {
    const wide = drawnEmbeddings(3, 60_000)
    await writeEmbeddings(join(folder, 'a.txt'), wide)
    expect((await readEmbeddings(join(folder, 'a.txt'))).vectors).toEqual(wide.vectors)
  })
})

describe('the projector', () => {
  it('takes the column of words where the metadata have several', async () => {
    const path = await file('a.tsv', '1\t2\n3\t4\n')
    await file('a.metadata.tsv', 'count\tWord\n9\tthe\n8\tof\n')
    expect(wordsOf(await readEmbeddings(path))).toEqual(['the', 'of'])
  })

  it.each([
    ['fewer words', '1\t2\n3\t4\n', 'the\n', 'row 2: there are no more words in '],
    ['more words', '1\t2\n', 'the\nof\n', 'row 2: there are no more vectors, but words in '],
    ['a long row', '1\t2\n3\t4\t5\n', 'the\nof\n', 'row 2: there are more than 2 values'],
    ['a short row', '1\t2\n3\n', 'the\nof\n', 'row 2: there are 1 values, 2 are expected'],
    ['a word in place of a value', '1\tx\n', 'the\n', 'row 1: there are 0 values, 2 are expected'],
  ])('%s', async (_, values, words, message) => {
    await file('a.metadata.tsv', words)
    await expect(readEmbeddings(await file('a.tsv', values))).rejects.toThrow(message)
  })

  it('without its metadata', async () => {
    const path = await file('a.tsv', '1\t2\n')
    await expect(readEmbeddings(path)).rejects.toThrow('a.metadata.tsv: no such file')
    await file('a.metadata.tsv', 'the\n')
    await expect(readEmbeddings(join(folder, 'a.metadata.tsv'))).rejects.toThrow("without '.metadata'")
  })
})

const binary = (header: string, ...rows: [string | Uint8Array, number[], string][]) =>
  Buffer.concat([
    Buffer.from(header),
    ...rows.flatMap(([word, values, end]) => [
      Buffer.from(word),
      Buffer.from(' '),
      Buffer.from(Float32Array.from(values).buffer),
      Buffer.from(end),
    ]),
  ])

describe('word2vec binary', () => {
  it.each([
    ['word2vec.c, with a line end after each row', '\n'],
    ['gensim, without', ''],
  ])('of %s', async (_, end) => {
    // A value whose first byte is a line end must not be taken for the end of a row.
    const newline = new Float32Array(Uint8Array.of(10, 10, 10, 10).buffer)[0]
    const path = await file('a.bin', binary('2 2\n', ['the', [newline, 1], end], ['of', [newline, newline], end]))
    const read = await readEmbeddings(path)
    expect(wordsOf(read)).toEqual(['the', 'of'])
    expect(valuesOf(read)).toEqual([newline, 1, newline, newline])
  })
})

describe('a file that is larger than the memory', () => {
  it('says how much is needed, takes none, and gives its first words with a limit', async () => {
    const path = await file('large.bin', binary('1000000000000 3\n', ['the', [1, 2, 3], '\n'], ['of', [4, 5, 6], '\n']))
    // Sparse: a terabyte of zeros that takes no disk.
    await truncate(path, 2 ** 40)
    const before = process.memoryUsage().rss
    await expect(readEmbeddings(path)).rejects.toThrow(
      /large\.bin: 91625968982 words of 3 dimensions need 1024\.0 GiB of memory, this machine has [\d.]+; read the first words with --limit$/,
    )
    expect(valuesOf(await readEmbeddings(path, { limit: 2 }))).toEqual([1, 2, 3, 4, 5, 6])
    await expect(readEmbeddings(path, { limit: 3 })).rejects.toThrow(
      /large\.bin: a word or line is longer than 100000 /,
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  })
})

describe('hostile and damaged files end in one line that names file and row', () => {
  const row = (word: string | Uint8Array, ...values: number[]): [string | Uint8Array, number[], string] => [
    word,
    values,
    '\n',
  ]
  const latin1 = Buffer.from('na\u00efve', 'latin1')
  it.each<[string, string, string | Uint8Array, string]>([
    [
      '10^12 words',
      'a.txt',
      '1000000000000 2\na 1 2\n',
      'a.txt row 2: the file ends here, the header says 1000000000000',
    ],
    ['10^12 words', 'a.bin', binary('1000000000000 2\n', row('a', 1, 2)), 'a.bin row 2: the file ends here'],
    ['10^12 dimensions', 'a.txt', '2 1000000000000\na 1 2\n', 'a.txt: vectors of 1000000000000 dimensions'],
    ['10^12 dimensions', 'a.bin', '2 1000000000000\na 1 2\n', 'a.bin: vectors of 1000000000000 dimensions'],
    ['no dimensions', 'a.txt', '2 0\na\nb\n', 'a.txt: vectors of 0 dimensions'],
    ['no words', 'a.txt', '0 5\n', 'a.txt: holds no words'],
    ['blank', 'a.txt', '\n \n', 'a.txt: holds no words'],
    ['more words than said', 'a.txt', '1 2\na 1 2\nb 1 2\n', 'a.txt row 2: the header says 1 words, here is one more'],
    [
      'more words than said',
      'a.bin',
      binary('1 1\n', row('a', 1), row('b', 1)),
      'a.bin row 2: the header says 1 words',
    ],
    ['cut in a row', 'a.txt', '2 3\na 1 2 3\nb 1 2', 'a.txt row 2: there are 2 values, 3 are expected'],
    ['cut in a row', 'a.bin', binary('2 2\n', row('a', 1, 2), row('b', 1)), 'a.bin row 2: the file ends here'],
    ['too many values', 'a.glove', 'a 1 2\nb 1 2 3\n', 'a.glove row 2: there are 3 values, 2 are expected'],
    ['a header that is not asked for', 'a.glove', '2 2\na 1 2\n', 'a.glove row 2: there are 2 values, 1 are expected'],
    ['NaN', 'a.vec', '2 2\na 1 2\nb 1 nan\n', "a.vec row 2: the value 'nan' is not finite"],
    ['infinity', 'a.txt', '1 2\na 1 -Infinity\n', "a.txt row 1: the value '-Infinity' is not finite"],
    ['beyond float32', 'a.txt', '1 2\na 1 1e39\n', 'a.txt row 1: the value Infinity is not finite'],
    ['NaN', 'a.bin', binary('1 2\n', row('a', 1, NaN)), 'a.bin row 1: the value NaN is not finite'],
    [
      'not UTF-8',
      'a.glove',
      Buffer.concat([Buffer.from('a 1\n'), latin1, Buffer.from(' 2\n')]),
      'a.glove row 2: its word',
    ],
    ['not UTF-8', 'a.bin', binary('1 1\n', row(latin1, 1)), 'a.bin row 1: its word is not UTF-8'],
    ['no word', 'a.txt', '2 2\na 1 2\n 1 2\n', 'a.txt row 2: there is no word'],
    ['no word', 'a.bin', binary('1 1\n', row('', 1)), 'a.bin row 1: there is no word'],
    ['text called binary', 'a.bin', 'the 1 2 3\n', "a.bin: does not begin with a line 'words dimensions'"],
    ['a binary of another kind', 'a.txt', Buffer.alloc(5_000_000, 7), 'a.txt: a word or line is longer than 4000000'],
    ['prose', 'a.txt', 'It was the best of times\n', 'a.txt: vectors of 0 dimensions; these are no word vectors'],
  ])('%s, %s', async (_, name, content, message) => {
    const reading = readEmbeddings(await file(name, content))
    await expect(reading).rejects.toThrow(UserError)
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.not.toThrow('\n')
  })

  it('an unknown ending', async () => {
    await expect(readEmbeddings(await file('a.npy', 'x'))).rejects.toThrow(
      'a.npy: what format is this? name the file .txt (word2vec text), .glove (GloVe), .bin (word2vec binary)',
    )
  })
})

describe('words that a format cannot hold are refused in writing', () => {
  it.each([
    ['.bin', 'New York'],
    ['.bin', 'a\nb'],
    ['.txt', 'a\nb'],
    ['.glove', ' a'],
    ['.vec', ''],
    ['.tsv', 'a\tb'],
  ])('%s, %j', async (ending, word) => {
    const path = join(folder, `a${ending}`)
    await expect(writeEmbeddings(path, embeddingsOf({ the: [1], [word]: [2] }))).rejects.toThrow('word 2')
    expect(await readdir(folder)).toEqual([])
  })
})

describe.skipIf(!haveFixtures)('files that other programs wrote', () => {
  it.each(['analogy.bin', 'peer-word2vec.bin', 'similarity.bin', 'peer-gensim.txt', 'peer-fasttext.vec'])(
    '%s read and written again is the same bytes',
    async (name) => {
      const path = fixture(`vectors/${name}`)
      const again = join(folder, name)
      await writeEmbeddings(again, await readEmbeddings(path))
      const [written, original] = [await readFile(again), await readFile(path)]
      expect(written.equals(original)).toBe(true)
    },
  )

  it('the same vectors in three formats are the same', async () => {
    const [text, bin] = await Promise.all(
      ['txt', 'bin'].map((end) => readEmbeddings(fixture(`vectors/similarity.${end}`))),
    )
    const glove = await readEmbeddings(await file('a.glove', await readFile(fixture('vectors/similarity.nodims'))))
    expect(wordsOf(text)).toHaveLength(41)
    for (const other of [bin, glove]) {
      expect(wordsOf(other)).toEqual(wordsOf(text))
      expect(other.vectors).toEqual(text.vectors)
    }
  })

  it('gensim’s two formats agree; word2vec.c’s agree to its six decimals', async () => {
    const read = (name: string) => readEmbeddings(fixture(`vectors/${name}`))
    const [gensimText, gensimBinary] = [await read('peer-gensim.txt'), await read('peer-gensim.bin')]
    expect(gensimBinary.vectors).toEqual(gensimText.vectors)
    const [text, bin] = [await read('peer-word2vec.txt'), await read('peer-word2vec.bin')]
    expect(wordsOf(bin)).toEqual(wordsOf(text))
    bin.vectors.forEach((value, i) => {
      expect(Math.abs(value - text.vectors[i])).toBeLessThan(5.1e-7)
    })
  })
})

it('a compressed file of another program is read as well', async () => {
  const path = await file('a.txt.gz', gzipSync('1 2\nthe 1 2\n'))
  expect(wordsOf(await readEmbeddings(path))).toEqual(['the'])
})

import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InterruptedError, UserError } from '#src/base/errors.js'
import { sha256 } from '#src/base/hash.js'
import type { Progress } from '#src/base/progress.js'
import { loadCbowModel } from '#src/cbow/cbow-model.js'
import { requireMemory } from '#src/cbow/memory.js'
import { type TrainCbow, trainCbow } from '#src/cbow/train-cbow.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { loadTextClassifier } from '#src/victims/classifier-folder.js'
import { loadVictim } from '#src/victims/load-victim.js'
import { trainClassifierToFolder } from '#src/victims/train-classifier-to-folder.js'
import { initialWeights, smallSentences } from './small-corpus.js'
import { emptyFolder, MODEL, request } from './small-training.js'

const ALL_FILES = [...MODEL, 'training.csv'].sort()

/** Trains until so many stretches are done, and is interrupted then. */
async function interruptAfter(stretches: number, changed: Partial<TrainCbow>): Promise<void> {
  const controller = new AbortController()
  let done = 0
  const onStretch = () => {
    if (++done === stretches) controller.abort()
  }
  await expect(trainCbow(request({ ...changed, signal: controller.signal, onStretch }))).rejects.toThrow(
    InterruptedError,
  )
}

const filesOf = (folder: string) => Promise.all(MODEL.map((name) => readFile(join(folder, name))))

function notes(): { lines: string[]; progress: Progress } {
  const lines: string[] = []
  return { lines, progress: { start() {}, update() {}, stop() {}, note: (line) => lines.push(line) } }
}

describe('trainCbow', () => {
  it.each([0, -1, Number.NaN])('refuses stretches of %d words', async (stretchWords) => {
    await expect(trainCbow(request({ stretchWords }))).rejects.toThrow(/stretchWords/)
  })

  it('writes the same bytes in two runs, and what it returns is what can be loaded', async () => {
    const [first, second] = [await emptyFolder(), await emptyFolder()]
    const model = await trainCbow(request({ output: first }))
    await trainCbow(request({ output: second, stretchWords: 30_000 }))
    expect(await filesOf(second)).toEqual(await filesOf(first))
    expect((await readdir(first)).sort()).toEqual(ALL_FILES)
    const loaded = await loadCbowModel(first)
    expect(loaded.input.vectors).toEqual(model.input.vectors)
    expect(loaded.outputEmbeddings).toEqual(model.outputEmbeddings)
    expect(loaded.training).toEqual(model.training)
    expect(loaded.settings).toEqual(model.settings)
    expect(model.training).toMatchObject({ engine: 'wasm', backend: 'wasm', threads: 1, wordsSeen: 70_000 })
  })

  it.each([{ seed: 2 }, { window: 4 }, { noiseExponent: 0.5 }, { sample: 0 }, { negative: 4 }])(
    'gives other weights with %o',
    async (changed) => {
      const [model, other] = [await trainCbow(request()), await trainCbow(request(changed))]
      expect(other.input.vectors).not.toEqual(model.input.vectors)
    },
  )

  it('reports the loss of the last epoch, within 1% of what the reference computes', async () => {
    const [wasm, cpu] = [await trainCbow(request()), await trainCbow(request({ engine: 'cpu' }))]
    expect(Math.abs(wasm.training!.loss / cpu.training!.loss - 1)).toBeLessThan(0.01)
    expect(cpu.training?.engine).toBe('cpu')
  })

  it('on two threads trains every word, to a loss within 2% of that of one thread', async () => {
    const one = await trainCbow(request())
    const two = await trainCbow(request({ reproducible: false, threads: 2 }))
    expect(two.training).toMatchObject({ threads: 2, wordsSeen: 70_000 })
    expect(Math.abs(two.training!.loss / one.training!.loss - 1)).toBeLessThan(0.02)
  })

  it('on several threads with --reproducible writes the same bytes in each run, and as many threads as there are', async () => {
    const hashes: string[] = []
    for (const threads of [2, 2, 3]) {
      const { input, outputEmbeddings, training } = await trainCbow(request({ threads }))
      expect(training).toMatchObject({ threads, wordsSeen: 70_000 })
      hashes.push(sha256(input.vectors, outputEmbeddings, String(training?.loss)))
    }
    expect(new Set(hashes).size).toBe(1)
    const one = await trainCbow(request({ threads: 1 }))
    expect(sha256(one.input.vectors, one.outputEmbeddings, String(one.training?.loss))).not.toBe(hashes[0])
    const two = await trainCbow(request({ threads: 2 }))
    expect(Math.abs(two.training!.loss / one.training!.loss - 1)).toBeLessThan(0.02)
  })

  const ways: Partial<TrainCbow>[] = [
    { engine: 'cpu' },
    { engine: 'tensorflow' },
    { engine: 'wasm', threads: 1 },
    { engine: 'wasm', threads: 2, reproducible: false },
    { engine: 'wasm', threads: 2 },
    { engine: 'wasm', threads: 2, loss: 'hierarchical-softmax' },
  ]
  it.each(ways.flatMap((way) => (['input', 'output'] as const).map((learns) => ({ way, learns }))))(
    'with --train $learns leaves the other matrix bit-identical: $way',
    async ({ way, learns }) => {
      const small = { corpus: smallSentences(1_500), epochs: 1, train: [learns], ...way }
      const { input, outputEmbeddings, vocabulary, settings } = await trainCbow(request(small))
      const begun = initialWeights(vocabulary.size, settings)
      const bytes = (values: Float32Array) => Buffer.from(values.slice().buffer)
      expect(bytes(input.vectors).equals(bytes(begun.input))).toBe(learns === 'output')
      expect(bytes(outputEmbeddings).equals(bytes(begun.output))).toBe(learns === 'input')
    },
  )

  it('by hierarchical softmax writes a model that loads, and that is no victim', async () => {
    const output = await emptyFolder()
    const model = await trainCbow(request({ output, loss: 'hierarchical-softmax' }))
    const loaded = await loadCbowModel(output)
    expect(loaded.settings.loss).toBe('hierarchical-softmax')
    expect(loaded.outputEmbeddings).toEqual(model.outputEmbeddings)
    expect(model.outputEmbeddings.subarray(-12).every((value) => value === 0)).toBe(true)
    expect(model.training!.loss).toBeLessThan(Math.log(300))
    await expect(loadVictim(output)).rejects.toThrow(/^a model of hierarchical softmax has no logits over words/)
    const both = await trainCbow(request({ loss: 'hierarchical-softmax', threads: 2 }))
    const again = await trainCbow(request({ loss: 'hierarchical-softmax', threads: 3 }))
    expect(again.input.vectors).toEqual(both.input.vectors)
  })

  it('learns: words that share contexts come closer than others', async () => {
    async function* sentences() {
      for (let i = 0; i < 2000; i++) {
        const animal = i % 2 === 0
        const subject = (animal ? ['cat', 'dog'] : ['rock', 'stone'])[i % 4 < 2 ? 0 : 1]
        yield ['the', subject, ...(animal ? ['eats', 'and', 'sleeps'] : ['lies', 'quite', 'still'])]
      }
    }
    const { input, vocabulary } = await trainCbow(request({ corpus: sentences(), sample: 0, epochs: 5 }))
    const cosine = (a: string, b: string) => {
      const [u, v] = [a, b].map((word) => input.vectorOf(vocabulary.idOf(word)!))
      const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, d) => sum + value * y[d], 0)
      return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v))
    }
    expect(cosine('cat', 'dog')).toBeGreaterThan(cosine('cat', 'rock') + 0.3)
    expect(cosine('rock', 'stone')).toBeGreaterThan(cosine('dog', 'stone') + 0.3)
  })

  it('trains nothing, and says a loss of 0, on sentences of one word', async () => {
    async function* sentences() {
      for (let i = 0; i < 10; i++) yield ['a']
    }
    const { training, outputEmbeddings } = await trainCbow(request({ corpus: sentences(), sample: 0 }))
    expect(training).toMatchObject({ loss: 0, wordsSeen: 20 })
    expect(outputEmbeddings.every((value) => value === 0)).toBe(true)
  })

  it('reads text from files', async () => {
    const folder = await emptyFolder()
    const path = join(folder, 'corpus.txt')
    await writeFile(path, 'The quick fox\n\nthe lazy dog. The end\n')
    const { vocabulary } = await trainCbow(request({ corpus: [path] }))
    expect(vocabulary.words.slice(0, 2)).toEqual(['the', 'dog'])
  })

  it('gives copies of the model while it trains, which do not disturb it', async () => {
    const undisturbed = await trainCbow(request())
    const seen: number[] = []
    const watched = await trainCbow(
      request({
        onStretch: async (report) => {
          const copy = report.snapshot()
          seen.push(report.words)
          copy.input.vectors.fill(0)
          copy.outputEmbeddings.fill(1)
          expect(report.loss).toBeGreaterThan(0)
        },
      }),
    )
    expect(seen.at(-1)).toBe(70_000)
    expect(watched.input.vectors).toEqual(undisturbed.input.vectors)
    expect(watched.outputEmbeddings).toEqual(undisturbed.outputEmbeddings)
  })
})

describe('an interrupted run', () => {
  it.each([1, 4, 7])('after %d stretches, resumed, writes what an undisturbed run writes', async (stretches) => {
    const [undisturbed, resumed] = [await emptyFolder(), await emptyFolder()]
    await trainCbow(request({ output: undisturbed }))
    await interruptAfter(stretches, { output: resumed })
    expect(await readdir(resumed)).toEqual(['checkpoint.safetensors', 'training.csv'])
    const { lines, progress } = notes()
    await trainCbow(request({ output: resumed, resume: true, progress }))
    expect(lines[0]).toBe(`${resumed}: going on from its checkpoint`)
    expect(await filesOf(resumed)).toEqual(await filesOf(undisturbed))
    expect((await readdir(resumed)).sort()).toEqual(ALL_FILES)
  })

  it.each(['cpu', 'tensorflow'] as const)('goes on to the same bytes on engine %s', async (engine) => {
    const changed = { engine, corpus: undefined, epochs: 1 }
    const fresh = () => ({ ...changed, corpus: smallSentences(25_000) })
    const [undisturbed, resumed] = [await emptyFolder(), await emptyFolder()]
    await trainCbow(request({ ...fresh(), output: undisturbed }))
    await interruptAfter(1, { ...fresh(), output: resumed })
    await trainCbow(request({ ...fresh(), output: resumed, resume: true }))
    expect(await filesOf(resumed)).toEqual(await filesOf(undisturbed))
  })

  it('goes on to the same bytes on several threads in lockstep', async () => {
    const [undisturbed, resumed] = [await emptyFolder(), await emptyFolder()]
    await trainCbow(request({ output: undisturbed, threads: 2 }))
    await interruptAfter(4, { output: resumed, threads: 2 })
    await trainCbow(request({ output: resumed, threads: 2, resume: true }))
    expect(await filesOf(resumed)).toEqual(await filesOf(undisturbed))
  })

  it('saves checkpoints on the way, so that a killed run loses little', async () => {
    const folder = await emptyFolder()
    const seen = new Set<string>()
    const onStretch = async () => {
      for (const name of await readdir(folder)) seen.add(name)
    }
    await trainCbow(request({ output: folder, checkpointEvery: 1e-6, onStretch }))
    expect([...seen].sort()).toEqual(['checkpoint-before.safetensors', 'checkpoint.safetensors', 'training.csv'])
  })

  it('says what is saved: nothing while the corpus is read, nor without an output folder', async () => {
    const folder = await emptyFolder()
    const aborted = trainCbow(request({ output: folder, signal: AbortSignal.abort() }))
    await expect(aborted).rejects.toThrow('interrupted while reading the corpus; there was nothing to save')
    expect(await readdir(folder)).toEqual([])
    const controller = new AbortController()
    const stopped = trainCbow(request({ signal: controller.signal, onStretch: () => controller.abort() }))
    await expect(stopped).rejects.toThrow(/^interrupted after 10000 of 70000 words; nothing is saved, /)
  })

  it.each([
    [{ dimensions: 13 }, 'begun with --dimensions 12, now 13'],
    [{ learningRate: 0.04 }, 'begun with --learning-rate 0.05, now 0.04'],
    [{ maxVocabulary: 50 }, 'begun with --max-vocabulary unset, now 50'],
    [{ engine: 'cpu' as const }, 'begun with --engine wasm, now cpu'],
    [{ threads: 2 }, 'begun with --reproducible on several threads or a GPU no, now yes'],
    [{ corpus: smallSentences(34_000) }, 'begun with another corpus'],
  ])('is not resumed with %o', async (changed, message) => {
    const folder = await emptyFolder()
    await interruptAfter(1, { output: folder })
    const before = await readFile(join(folder, 'checkpoint.safetensors'))
    await expect(trainCbow(request({ output: folder, resume: true, ...changed }))).rejects.toThrow(message)
    expect(await readFile(join(folder, 'checkpoint.safetensors'))).toEqual(before)
  })

  it('with --resume and no checkpoint yet begins at the beginning and says so', async () => {
    const folder = await emptyFolder()
    const { lines, progress } = notes()
    await trainCbow(request({ output: folder, resume: true, progress }))
    expect(lines[0]).toBe(`${folder}: no checkpoint yet, training from the beginning`)
  })

  it('with --resume on a finished model says so and returns it without reading the corpus', async () => {
    const folder = await emptyFolder()
    const model = await trainCbow(request({ output: folder }))
    const { lines, progress } = notes()
    const again = await trainCbow(request({ output: folder, resume: true, progress, corpus: ['missing.txt'] }))
    expect(lines).toEqual([`${folder}: training is finished already`])
    expect(again.input.vectors).toEqual(model.input.vectors)
    await expect(trainCbow(request({ output: folder, resume: true, seed: 9 }))).rejects.toThrow(
      'begun with --seed 1, now 9',
    )
  })
})

describe('the output folder', () => {
  const small = () => request({ corpus: smallSentences(200), epochs: 1 })

  it('that holds a finished model, an unfinished run or something else is refused without --force', async () => {
    const folder = await emptyFolder()
    await interruptAfter(1, { output: folder })
    await expect(trainCbow({ ...small(), output: folder })).rejects.toThrow(
      /holds an unfinished run; go on with --resume/,
    )
    await trainCbow({ ...small(), output: folder, force: true })
    expect((await readdir(folder)).sort()).toEqual(ALL_FILES)
    await expect(trainCbow({ ...small(), output: folder })).rejects.toThrow(/holds a finished model; /)
    const other = await emptyFolder()
    await writeFile(join(other, 'notes.txt'), 'mine')
    await expect(trainCbow({ ...small(), output: other, resume: true })).rejects.toThrow(/holds something else; /)
    await trainCbow({ ...small(), output: other, force: true })
    expect(await readFile(join(other, 'notes.txt'), 'utf8')).toBe('mine')
  })

  it('keeps what it held until a run begun with --force has something to put in its place', async () => {
    const folder = await emptyFolder()
    await trainCbow({ ...small(), output: folder })
    const before = await filesOf(folder)
    await expect(trainCbow({ ...small(), corpus: ['missing.txt'], output: folder, force: true })).rejects.toThrow(
      'missing.txt: no such file',
    )
    expect(await filesOf(folder)).toEqual(before)
    await interruptAfter(1, { output: folder, force: true })
    expect(await filesOf(folder)).toEqual(before)
    const model = await trainCbow(request({ output: folder, resume: true }))
    expect((await loadCbowModel(folder)).input.vectors).toEqual(model.input.vectors)
    expect((await readdir(folder)).sort()).toEqual(ALL_FILES)
  })

  it('is a UserError where it is a file', async () => {
    const folder = await emptyFolder()
    const path = join(folder, 'file')
    await writeFile(path, '')
    await expect(trainCbow({ ...small(), output: path })).rejects.toThrow(`${path}: is a file, a folder is needed`)
    await expect(trainCbow({ ...small(), output: join(path, 'sub') })).rejects.toThrow(UserError)
  })
})

describe('what a user can mend', () => {
  it('is told by a UserError: a learning rate that diverges, with the words read until then', async () => {
    for (const engine of ['wasm', 'cpu'] as const) {
      await expect(trainCbow(request({ engine, learningRate: 1000, mode: 'sum', dimensions: 50 }))).rejects.toThrow(
        /^training diverged within the first \d+ of 70000 words \(numbers are no longer finite\); no checkpoint was saved; lower --learning-rate/,
      )
    }
  })

  it('is told by a UserError: an unknown tokenizer, before the corpus is read', async () => {
    await expect(trainCbow(request({ tokenizer: 'wrod', corpus: ['missing'] }))).rejects.toThrow(
      /unknown tokenizer 'wrod'/,
    )
  })

  it('is told by a UserError: a model beyond the memory, with what is needed', () => {
    requireMemory(1000, 100, 6, 2 ** 30)
    expect(() => requireMemory(3_000_000, 300, 4, 2 ** 30)).toThrow(
      '3000000 words of 300 dimensions need 13.4 GiB of memory, this machine has 1.0;',
    )
  })

  it.each([{ dimensions: 0 }, { sample: -1 }, { train: [] }, { seed: 2 ** 53 }, { windows: 5 }])(
    'options out of range are refused: %o',
    async (changed) => {
      await expect(trainCbow(request(changed))).rejects.toThrow()
    },
  )
})

describe('a model with phrases', () => {
  const text = `${'We saw new york at night\nThe new car of york is red\n'.repeat(30)}`
  const options = { minCount: 3, phrases: 1, phraseThreshold: 1.2, dimensions: 4, epochs: 1 }

  it('remembers them: its folder, its victim and a classifier over its embeddings read text alike', async () => {
    const folder = await emptyFolder()
    const corpus = join(folder, 'corpus.txt')
    await writeFile(corpus, text)
    const output = join(folder, 'model')
    const model = await trainCbow(request({ ...options, corpus: [corpus], output }))
    expect(model.vocabulary.words).toContain('new_york')
    expect((await readdir(output)).sort()).toEqual(['phrases.tsv', ...ALL_FILES].sort())
    const loaded = await loadCbowModel(output)
    expect(loaded.phrases?.passes).toEqual(model.phrases?.passes)
    const words = ['we_saw', 'new_york', 'at_night']
    for (const each of [model, loaded])
      expect(CentreWord.of(each).tokenizer.words('We saw New York, at night')).toEqual(words)

    const rows = join(folder, 'rows.csv')
    await writeFile(rows, `text,label\n${'in new york,city\nthe new car,thing\n'.repeat(20)}`)
    const classifier = join(folder, 'classifier')
    await trainClassifierToFolder({ rows, embeddings: output, output: classifier, epochs: 1 })
    const victim = await loadTextClassifier(classifier)
    expect(victim.classifier.tokenizer.words('We saw New York, at night')).toEqual(words)
  })

  it('is refused when its phrases were changed, and loses them when it is trained anew without', async () => {
    const folder = await emptyFolder()
    const corpus = async function* () {
      for (const line of text.trim().split('\n')) yield line.split(' ')
    }
    await trainCbow(request({ ...options, corpus: corpus(), output: folder }))
    await appendFile(join(folder, 'phrases.tsv'), '1\tred\tcar\t9\n')
    await expect(loadCbowModel(folder)).rejects.toThrow(/phrases\.tsv: not the file model\.json was written with/)
    await trainCbow(request({ ...options, phrases: 0, corpus: corpus(), output: folder, force: true }))
    expect((await readdir(folder)).sort()).toEqual(ALL_FILES)
    expect((await loadCbowModel(folder)).phrases).toBeUndefined()
  })
})

describe('a vocabulary that outgrows its memory', () => {
  it('is pruned, and the user is told', async () => {
    async function* corpus() {
      for (let sentence = 0; sentence < 22_000; sentence++) {
        yield Array.from({ length: 100 }, (_, word) => (word < 4 ? `often${word}` : `${sentence}.${word}`))
      }
    }
    const { lines, progress } = notes()
    const model = await trainCbow(request({ corpus: corpus(), minCount: 5, epochs: 1, progress }))
    expect(model.vocabulary.words).toEqual(['often0', 'often1', 'often2', 'often3'])
    expect(lines[0]).toMatch(/^vocabulary: more than 2000000 distinct words; \d+ seen once so far are dropped to save /)
  })
})

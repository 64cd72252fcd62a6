import { CounterStream, Purpose } from '../../src/base/random.js'
import { defaultSettings } from '../../src/cbow/cbow-options.js'
import { initialRows } from '../../src/cbow/draws.js'
import { Embeddings } from '../../src/embeddings/embeddings.js'
import { embed } from '../../src/gradient/embed.js'
import { linearGradient } from '../../src/gradient/linear-gradient.js'
import { tapeGradient } from '../../src/gradient/tape-gradient.js'
import { onBackend, type TensorBackend } from '../../src/gradient/tensorflow.js'
import type { EmbeddedBatch, LinearForm, Victim } from '../../src/gradient/victim.js'
import { tokenizerOf } from '../../src/text/tokenizers.js'
import type { Vocabulary } from '../../src/text/vocabulary.js'
import { CentreWord } from '../../src/victims/centre-word.js'
import { TextClassifier } from '../../src/victims/text-classifier.js'
import { type Took, took } from './clock.js'
import { median } from './median.js'

const EXAMPLES = 32

export interface ReadingRow {
  readonly name: string
  /** Gradients of single examples. */
  readonly perSecond: number
  readonly cpuMilliseconds: number
}

/** Reads the gradients of the same examples in each way, in turns, after one round that is not counted. */
export async function readingRows(
  vocabulary: Vocabulary,
  backends: readonly TensorBackend[],
  rounds: number,
): Promise<ReadingRow[]> {
  const ways = victimsOf(vocabulary).flatMap(({ name, victim, linear, words, repeats }) => {
    const batch = batchOf(victim.embeddings, words)
    const labels = Int32Array.from({ length: EXAMPLES }, (_, b) => b % victim.labels.length)
    const byTape = backends.map((backend) => ({
      name: `${name}, by tape on ${backend}`,
      // Plain JavaScript takes seconds for one batch.
      repeats: backend === 'cpu' ? 1 : repeats,
      read: () => onBackend(backend, () => tapeGradient(victim, batch, labels, 'cross-entropy')),
    }))
    const inClosedForm = {
      name: `${name}, in closed form`,
      repeats,
      read: () => linearGradient(linear, batch, labels, 'cross-entropy'),
    }
    return [...byTape, inClosedForm].map((way) => ({ ...way, took: [] as Took[] }))
  })
  for (let round = 0; round <= rounds; round++) {
    for (const way of round % 2 === 0 ? ways : [...ways].reverse()) {
      const time = await took(() => {
        for (let i = 0; i < way.repeats; i++) way.read()
      })
      if (round > 0) way.took.push(time)
    }
  }
  return ways.map(({ name, took: times, repeats }) => ({
    name,
    perSecond: median(times.map(({ seconds }) => (repeats * EXAMPLES) / seconds)),
    cpuMilliseconds: median(times.map(({ cpuSeconds }) => (1000 * cpuSeconds) / (repeats * EXAMPLES))),
  }))
}

/** Victims with weights as they are before training: what they are changes no time. */
function victimsOf(vocabulary: Vocabulary): {
  name: string
  victim: Victim
  linear: LinearForm
  words: number
  repeats: number
}[] {
  const settings = defaultSettings({ train: ['input'] })
  const matrix = (which: 'input' | 'output', rows: number) => {
    const values = new Float32Array(rows * settings.dimensions)
    initialRows(settings).readRows(which, 0, values)
    return values
  }
  const embeddings = new Embeddings(vocabulary, matrix('input', vocabulary.size), settings.dimensions)
  const tokenizer = tokenizerOf(settings.tokenizer)
  const centreWord = new CentreWord(embeddings, matrix('output', vocabulary.size), 'mean', tokenizer)
  const classifier = new TextClassifier(embeddings, matrix('output', 2), new Float32Array(2), ['no', 'yes'], tokenizer)
  const labels = vocabulary.size.toLocaleString('en')
  return [
    {
      name: `centre word (${labels} labels, 10 words)`,
      victim: centreWord,
      linear: centreWord.linear,
      words: 10,
      repeats: 1,
    },
    {
      name: 'text classifier (2 labels, 100 words)',
      victim: classifier,
      linear: classifier.linear,
      words: 100,
      repeats: 20,
    },
  ]
}

function batchOf(embeddings: Embeddings, words: number): EmbeddedBatch {
  const stream = new CounterStream(1, Purpose.Demonstration, 0)
  const examples = Array.from({ length: EXAMPLES }, () =>
    Int32Array.from({ length: words }, () => stream.below(embeddings.vocabulary.size)),
  )
  return embed(embeddings, examples)
}

import { fileURLToPath } from 'node:url'
import { trainCbow } from '#src/cbow/train-cbow.js'
import type { InputRow } from '#src/evaluate/generate-adversarial.js'
import { readSentences } from '#src/text/corpus.js'
import { readRows } from '#src/text/rows.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import type { TextClassifier } from '#src/victims/text-classifier.js'
import { trainClassifier } from '#src/victims/train-classifier.js'

const data = fileURLToPath(new URL('../../data/', import.meta.url))
const tokenizer = tokenizerOf('word')

/** The labelled texts that the project ships: of two labels and of seven. */
export const DATA = ['movie-reviews', 'snips-intents'] as const
export type DataName = (typeof DATA)[number]

const rowsOf = (name: DataName, part: 'train' | 'test') =>
  readRows(`${data}labelled/${name}.${part}.csv.gz`, { labelColumn: 'label' })

async function* corpus() {
  yield* readSentences([`${data}corpus/state-union.txt.gz`], { tokenizer })
  for (const name of DATA) for await (const { text } of rowsOf(name, 'train')) yield tokenizer.words(text)
}

/** Classifiers of real texts over common embeddings, trained in a few seconds: the same bytes in every run. */
export async function trainVictims(): Promise<ReadonlyMap<DataName, TextClassifier>> {
  const options = { dimensions: 32, epochs: 2, minCount: 3, threads: 1, seed: 7, engine: 'wasm' } as const
  const { input } = await trainCbow({ corpus: corpus(), ...options })
  const victims = new Map<DataName, TextClassifier>()
  for (const name of DATA) {
    const rows = rowsOf(name, 'train')
    victims.set(name, (await trainClassifier({ rows, embeddings: input, tokenizer, epochs: 4, seed: 7 })).classifier)
  }
  return victims
}

/** So many test rows, evenly from the whole file: one label may stand after the other in it. */
export async function testRows(name: DataName, count: number): Promise<InputRow[]> {
  const rows: InputRow[] = []
  for await (const { text, label } of rowsOf(name, 'test')) rows.push({ text, label })
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)])
}

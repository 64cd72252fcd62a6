// The whole main job on real text, from the public API: word embeddings, a classifier on them, three attacks, a report.
import {
  attacks,
  attackToFile,
  loadVictim,
  readModelName,
  readRows,
  readSentences,
  tokenizerOf,
  trainCbow,
  trainClassifierToFolder,
  writeReport,
} from '../src/index.js'
import { progressBar } from './command-line/progress-bar.js'

const output = 'models/quickstart'
const train = 'data/labelled/movie-reviews.train.csv.gz'
const test = 'data/labelled/movie-reviews.test.csv.gz'
const texts = ['eltec-novels', 'king-james-bible', 'factbook', 'state-union', 'inaugural']
const tokenizer = tokenizerOf('word')
const seed = 7
const progress = progressBar()

/** Free texts and the reviews to learn from (the test reviews stay unseen), as lists of words. */
async function* corpus() {
  yield* readSentences(
    texts.map((name) => `data/corpus/${name}.txt.gz`),
    { tokenizer },
  )
  for await (const { text } of readRows(train)) yield tokenizer.words(text)
}

await trainCbow({ corpus: corpus(), output: `${output}/cbow`, seed, threads: 1, force: true, progress })
await trainClassifierToFolder({
  rows: train,
  embeddings: `${output}/cbow`,
  output: `${output}/classifier`,
  seed,
  force: true,
  progress,
})

const victim = await loadVictim(`${output}/classifier`)
const model = await readModelName(`${output}/classifier`)
const files = []
for (const [attack, epsilons] of [
  [attacks.pgd({ norm: 'l2', epsilon: 3 }), [0.25, 0.5, 1, 1.5, 2, 3]],
  [attacks.hotflip({ maxWords: 2, candidates: 'neighbours' }), []],
  [attacks.random({ maxWords: 2, candidates: 'neighbours' }), []],
] as const) {
  const file = `${output}/${attack.name}.csv`
  const rows = readRows(test, { labelColumn: 'label' })
  const options = {
    seed,
    epsilons: [...epsilons],
    source: test,
    model,
    savePerturbations: attack.kind === 'continuous',
  }
  const { successRate } = await attackToFile(victim, attack, rows, file, { ...options, force: true, progress })
  console.log(`${attack.name} flips ${successRate.count} of ${successRate.of} reviews that were right: ${file}`)
  files.push(file)
}
const commands = ['npm ci && npm start']
await writeReport(`${output}/report.html`, files, { victim, commands, force: true })
console.log(`${output}/report.html`)

// Reads word vectors, asks what gensim is asked, and prints one line of JSON: seconds and answers.
// words-ours.js VECTORS QUESTIONS PAIRS COUNT
import { analogyAccuracy } from '../../src/embeddings/analogy-accuracy.js'
import { NeighbourTable } from '../../src/embeddings/nearest.js'
import { readEmbeddings } from '../../src/embeddings/read-vectors.js'
import { similarityScore } from '../../src/embeddings/similarity-score.js'
import { readAnalogies, readJudgedPairs } from '../../src/embeddings/word-tests.js'
import { wordId } from '../../src/text/vocabulary.js'
import { took } from './clock.js'

const [vectors, questions, pairs, count] = process.argv.slice(2)

const seconds: Record<string, number> = {}
const cpuSeconds: Record<string, number> = {}
async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const { result, ...time } = await took(work)
  seconds[name] = time.seconds
  cpuSeconds[name] = time.cpuSeconds
  return result
}

const embeddings = await timed('reading', () => readEmbeddings(vectors))
const table = await timed('first', () => {
  const made = new NeighbourTable(embeddings)
  made.nearestTo(wordId(0), 10)
  return made
})
const found = await timed('nearest', () =>
  Array.from({ length: Number(count) }, (_, id) => table.nearestTo(wordId(id), 10)),
)
const accuracy = await timed('analogies', async () =>
  analogyAccuracy(embeddings, await readAnalogies(questions), { first: 30_000 }),
)
const score = await timed('similarity', async () => similarityScore(embeddings, await readJudgedPairs(pairs)))
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds,
    answers: found.map((near) => near.map(({ id }) => embeddings.vocabulary.words[id])),
    analogies: accuracy.total.accuracy,
    similarity: score.spearman,
  }),
)

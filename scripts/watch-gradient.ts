// Trains CBOW and reads, while it trains, how steep the loss is at the embeddings of a few windows. The reading moves
// nothing: the same training without it ends with the same bytes, which the last line shows.
import { type CbowModel, CentreWord, readLossGradient, readSentences, tokenizerOf, trainCbow } from '../src/index.js'

const tokenizer = tokenizerOf('word')
const windows = [
  { text: 'in the beginning ___ created the heaven', label: 'god' },
  { text: 'and the evening ___ the morning were', label: 'and' },
  { text: 'the voice of the ___ came unto me', label: 'lord' },
]
const settings = { seed: 7, threads: 1, epochs: 2, dimensions: 50, stretchWords: 200_000 }
const corpus = () => readSentences(['data/corpus/king-james-bible.txt.gz'], { tokenizer })

const watched = await trainCbow({
  ...settings,
  corpus: corpus(),
  async onStretch({ words, loss, snapshot }) {
    const { loss: losses, gradient, shape } = await readLossGradient(CentreWord.of(snapshot()), windows)
    const rowSize = shape[1] * shape[2]
    const norms = [...losses.keys()].map((b) => Math.hypot(...gradient.subarray(b * rowSize, (b + 1) * rowSize)))
    const readings = windows.map(({ label }, b) => `${label} ${losses[b].toFixed(2)} |g| ${norms[b].toFixed(4)}`)
    console.log(`${words} words, training loss ${loss.toFixed(3)}: ${readings.join(', ')}`)
  },
})

const unwatched = await trainCbow({ ...settings, corpus: corpus() })
const bytes = ({ input }: CbowModel) => Buffer.from(input.vectors.slice().buffer)
const same = bytes(watched).equals(bytes(unwatched))
console.log(`trained without reading: ${same ? 'the same bytes' : 'OTHER BYTES'}`)

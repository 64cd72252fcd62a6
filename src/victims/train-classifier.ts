import { setImmediate } from 'node:timers/promises'
import { InterruptedError } from '../base/errors.js'
import { type Progress, SILENT } from '../base/progress.js'
import { CounterStream, Purpose } from '../base/random.js'
import { Embeddings } from '../embeddings/embeddings.js'
import { embed } from '../gradient/embed.js'
import { predictedLabel } from '../gradient/prediction.js'
import type { Victim } from '../gradient/victim.js'
import { parseOptions } from '../text/parse-options.js'
import type { Tokenizer } from '../text/tokenizer.js'
import type { ClassifierParameters } from './classifier-gradient.js'
import { ClassifierLearner } from './classifier-learner.js'
import { ClassifierOptions, type ClassifierSettings, classifierSettings } from './classifier-options.js'
import type { ClassifierTraining } from './classifier-training.js'
import { type LabelledRow, type LabelledTexts, readLabelledTexts } from './labelled-texts.js'
import { TextClassifier } from './text-classifier.js'

/** What `trainClassifier` is asked: its options, rows, embeddings to begin with, and who is told. */
export interface TrainClassifierInput extends Partial<ClassifierOptions> {
  /** Each read once. */
  readonly rows: Iterable<LabelledRow> | AsyncIterable<LabelledRow>
  /** Where the classifier's embeddings begin; they are copied. Their vocabulary is the classifier's. */
  readonly embeddings: Embeddings
  /** The one that the embeddings were trained with. */
  readonly tokenizer: Tokenizer
  /** Names the rows in an error: `reviews.csv`. */
  readonly source?: string
  readonly progress?: Progress
  readonly signal?: AbortSignal
}

/** A classifier, and how its training went. */
export interface TrainedClassifier {
  readonly classifier: TextClassifier
  readonly training: ClassifierTraining
}

/**
 * Trains a text classifier: mean of the embeddings, linear, cross-entropy, Adam, keeping the average over the last
 * steps (see {@link ClassifierLearner}) of the epoch that gets most of the held-out rows right. The same rows, seed and
 * options give the same bytes.
 * @throws UserError for an option that is unknown or out of range, a row without a label, fewer than two labels, and when no row has a known word
 * @throws InterruptedError when the signal fires
 */
export async function trainClassifier(input: TrainClassifierInput): Promise<TrainedClassifier> {
  const { rows, embeddings, tokenizer, source, progress = SILENT, signal, ...options } = input
  const settings = classifierSettings(parseOptions(ClassifierOptions, options, 'trainClassifier'))
  const data = await readLabelledTexts(rows, embeddings.vocabulary, tokenizer, source)
  const { learnt, heldOut } = split(data.texts.length, settings)
  const learner = new ClassifierLearner(embeddings.vectors, embeddings.dimensions, data.labels.length, settings)
  const classifierOf = ({ embeddings: vectors, weights, bias }: ClassifierParameters): TextClassifier => {
    const own = new Embeddings(embeddings.vocabulary, vectors, embeddings.dimensions)
    return new TextClassifier(own, weights, bias, data.labels, tokenizer)
  }

  let best: { parameters: ClassifierParameters; epoch: number; loss: number; accuracy?: number } | undefined
  progress.start('classifier', learnt.length * settings.epochs, 'rows')
  try {
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      const loss = await learnOnce(learner, data, learnt, epoch, settings, progress, signal)
      const now = learner.averaged()
      const accuracy = heldOut.length > 0 ? shareRight(classifierOf(now), data, heldOut) : undefined
      if (best?.accuracy === undefined || accuracy === undefined || accuracy > best.accuracy) {
        best = { parameters: copyOf(now), epoch, loss, accuracy }
      }
    }
  } finally {
    progress.stop()
  }
  const { parameters, ...outcome } = best!
  const { skipped, unknownWords } = data
  const training = { settings, rows: data.texts.length, heldOut: heldOut.length, skipped, unknownWords, ...outcome }
  return { classifier: classifierOf(parameters), training }
}

function copyOf({ embeddings, weights, bias }: ClassifierParameters): ClassifierParameters {
  return { embeddings: embeddings.slice(), weights: weights.slice(), bias: bias.slice() }
}

/** Places of the texts to learn from and of those held out, by the seed alone; at least one is learnt from. */
function split(texts: number, { seed, validation }: ClassifierSettings) {
  const order = new CounterStream(seed, Purpose.Shuffle, 0).shuffle(Int32Array.from({ length: texts }, (_, i) => i))
  const held = Math.min(Math.round(texts * validation), texts - 1)
  return { heldOut: order.slice(0, held).sort(), learnt: order.slice(held).sort() }
}

/** Learns every text once, in an order of the epoch's own; gives the mean loss. */
async function learnOnce(
  learner: ClassifierLearner,
  { texts, truths }: LabelledTexts,
  learnt: Int32Array,
  epoch: number,
  { seed, batchSize }: ClassifierSettings,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<number> {
  const order = new CounterStream(seed, Purpose.Shuffle, 0, epoch).shuffle(learnt.slice())
  let loss = 0
  for (let from = 0; from < order.length; from += batchSize) {
    // Lets signals and the progress bar come through.
    await setImmediate()
    if (signal?.aborted) throw new InterruptedError('interrupted; a classifier is not saved half trained, run it again')
    const places = [...order.subarray(from, from + batchSize)]
    loss +=
      places.length *
      learner.step(
        places.map((place) => texts[place]),
        places.map((place) => truths[place]),
      )
    const done = from + places.length
    progress.update((epoch - 1) * order.length + done, `epoch ${epoch}, loss ${(loss / done).toFixed(3)}`)
  }
  return loss / order.length
}

/** Texts judged at once. */
const BATCH = 256

/** Share of the given texts whose highest logit is the true label's, in [0, 1]. */
function shareRight(victim: Victim, { texts, truths }: LabelledTexts, places: Int32Array): number {
  const K = victim.labels.length
  let right = 0
  for (let from = 0; from < places.length; from += BATCH) {
    const batch = places.subarray(from, from + BATCH)
    const logits = victim.logits(
      embed(
        victim.embeddings,
        Array.from(batch, (place) => texts[place]),
      ),
    )
    batch.forEach((place, b) => {
      const row = logits.subarray(b * K, (b + 1) * K)
      if (predictedLabel(row) === truths[place]) right++
    })
  }
  return right / places.length
}

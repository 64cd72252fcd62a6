#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { z } from 'zod'
import type { NearWord } from '../src/embeddings/word-queries.js'
import { tokenizerNames } from '../src/text/tokenizers.js'
import { type CommandResult, createCommand, doing, main } from './command-line/command.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'

const limit = z.int().min(1).optional().describe('read only the first so many words')
const Reading = z.object({ limit })
const Asking = z.object({ limit, count: z.int().min(1).default(10).describe('words to show') })
const Converting = z.object({
  limit,
  force: z.boolean().default(false).describe('write over what is there'),
  classifier: z
    .string()
    .optional()
    .describe('make a text classifier of them: JSON {"labels": [K], "weights": [D][K], "bias": [K]}'),
  tokenizer: z
    .string()
    .optional()
    .describe(`of the classifier [whitespace]: ${tokenizerNames.join(', ')}`),
})
const VECTORS = 'a file (.txt .glove .bin .vec .tsv, each also .gz) or the folder of a model'

const nearest = createCommand(
  'nearest',
  'Shows the words nearest to a word, by cosine.',
  'word-vectors nearest models/books whale --count 5',
)
  .argument('<vectors>', VECTORS)
  .argument('<word>')
doing(addSchemaFlags(nearest, Asking), async ([path, word], flags, { progress }) => {
  const { limit, count } = parseFlags(Asking, flags)
  const { readEmbeddings } = await import('../src/embeddings/read-vectors.js')
  const { nearestToWord } = await import('../src/embeddings/word-queries.js')
  const found = nearestToWord(await readEmbeddings(path, { limit, progress }), word, count)
  return { lines: table(found), json: { word, nearest: found } }
})

const analogy = createCommand(
  'analogy',
  'Answers: A is to B as C is to what?',
  'word-vectors analogy models/books man woman king',
)
  .argument('<vectors>', VECTORS)
  .argument('<a>')
  .argument('<b>')
  .argument('<c>')
doing(addSchemaFlags(analogy, Asking), async ([path, a, b, c], flags, { progress }) => {
  const { limit, count } = parseFlags(Asking, flags)
  const { readEmbeddings } = await import('../src/embeddings/read-vectors.js')
  const { answerAnalogy } = await import('../src/embeddings/word-queries.js')
  const answers = answerAnalogy(await readEmbeddings(path, { limit, progress }), [a, b, c], count)
  return { lines: table(answers), json: { a, b, c, answers } }
})

const similarity = createCommand(
  'similarity',
  "Gives the cosine of two words, or of a file's pairs Spearman's correlation with people's judgements.",
  'word-vectors similarity models/books sea ocean\nword-vectors similarity models/books wordsim353.txt',
)
  .argument('<vectors>', VECTORS)
  .argument('<word-or-file>', 'a word; or a file of word<TAB>word<TAB>score lines')
  .argument('[word]', 'the other word')
doing(addSchemaFlags(similarity, Reading), async ([path, first, second], flags, { progress }) => {
  const { limit } = parseFlags(Reading, flags)
  const { readEmbeddings } = await import('../src/embeddings/read-vectors.js')
  if (second === undefined && !existsSync(first)) {
    similarity.error(`error: ${first}: no such file; name a file of judged pairs, or two words`)
  }
  if (second === undefined) return scorePairs(first, () => readEmbeddings(path, { limit, progress }))
  const { wordSimilarity } = await import('../src/embeddings/word-queries.js')
  const cosine = wordSimilarity(await readEmbeddings(path, { limit, progress }), first, second)
  return { lines: [cosine.toFixed(4)], json: { words: [first, second], cosine } }
})

const analogies = createCommand(
  'analogies',
  "Scores the vectors on a file of analogies (Google's questions-words.txt), by section.",
  'word-vectors analogies vectors.bin questions-words.txt --limit 30000',
)
  .argument('<vectors>', VECTORS)
  .argument('<questions>', "four words a line; ': name' begins a section")
doing(addSchemaFlags(analogies, Reading), async ([path, questions], flags, { progress, signal }) => {
  const { limit } = parseFlags(Reading, flags)
  const { readEmbeddings } = await import('../src/embeddings/read-vectors.js')
  const { readAnalogies } = await import('../src/embeddings/word-tests.js')
  const { analogyAccuracy } = await import('../src/embeddings/analogy-accuracy.js')
  const sections = await readAnalogies(questions)
  const accuracy = await analogyAccuracy(await readEmbeddings(path, { limit, progress }), sections, {
    progress,
    signal,
  })
  const rows = [...accuracy.sections, accuracy.semantic, accuracy.syntactic, accuracy.total]
  const lines = rows.map(({ name, accuracy, correct, questions, outOfVocabulary }) => {
    const percent = accuracy === undefined ? '-' : `${(100 * accuracy).toFixed(1)}%`
    return `${name}\t${percent}\t${correct} of ${questions - outOfVocabulary}\t${outOfVocabulary} out of vocabulary`
  })
  return { lines, json: accuracy }
})

const convert = createCommand(
  'convert',
  'Writes vectors in another format, by the ending of the name; or makes a text classifier of them.',
  [
    'word-vectors convert vectors.bin vectors.txt.gz --limit 10000',
    'word-vectors convert vectors.bin models/peer --classifier linear.json --tokenizer whitespace',
  ].join('\n'),
)
  .argument('<in>', VECTORS)
  .argument('<out>', 'a file; with --classifier a folder')
doing(addSchemaFlags(convert, Converting), async ([input, output], flags, { progress }) => {
  const { limit, force, classifier, tokenizer: named } = parseFlags(Converting, flags)
  const written = { output, force, limit, progress }
  if (classifier !== undefined) {
    const tokenizer = named ?? 'whitespace'
    const { convertClassifier } = await import('../src/victims/convert-classifier.js')
    const { labels, embeddings } = await convertClassifier({ vectors: input, classifier, tokenizer, ...written })
    const { vocabulary, dimensions } = embeddings
    return {
      lines: [`${output}: ${labels.length} labels, ${vocabulary.size} words of ${dimensions} dimensions`],
      json: { output, labels, words: vocabulary.size, dimensions, tokenizer },
    }
  }
  if (named !== undefined) convert.error('error: --tokenizer is for a --classifier; vectors have none')
  const { convertVectors } = await import('../src/embeddings/convert-vectors.js')
  const { vocabulary, dimensions } = await convertVectors(input, output, written)
  return {
    lines: [`${output}: ${vocabulary.size} words of ${dimensions} dimensions`],
    json: { output, words: vocabulary.size, dimensions },
  }
})

async function scorePairs(
  file: string,
  read: () => Promise<import('../src/embeddings/embeddings.js').Embeddings>,
): Promise<CommandResult> {
  const { readJudgedPairs } = await import('../src/embeddings/word-tests.js')
  const { similarityScore } = await import('../src/embeddings/similarity-score.js')
  const pairs = await readJudgedPairs(file)
  const score = similarityScore(await read(), pairs)
  const { spearman, outOfVocabulary } = score
  const known = `${pairs.length - outOfVocabulary} of ${pairs.length} pairs`
  return { lines: [`Spearman ${spearman === undefined ? '-' : spearman.toFixed(4)}\t${known}`], json: score }
}

function table(words: readonly NearWord[]): string[] {
  return words.map(({ word, similarity }) => `${word}\t${similarity.toFixed(4)}`)
}

const command = createCommand(
  'word-vectors',
  'Looks into word vectors, scores them on word tests, converts them between formats.',
  'word-vectors nearest models/books whale',
)
for (const each of [nearest, analogy, similarity, analogies, convert]) {
  command.addCommand(each.configureHelp({ showGlobalOptions: false }))
}
await main(command, () => {
  const [first] = process.argv.slice(2)
  if (first === undefined) command.error('error: no command given; name one, such as nearest or convert')
})

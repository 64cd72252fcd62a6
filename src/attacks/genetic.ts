import { z } from 'zod'
import { CounterStream, Purpose } from '../base/random.js'
import type { Edit } from '../gradient/edit.js'
import { wordId } from '../text/vocabulary.js'
import type { AttackDefinition } from './attack.js'
import { probeAttack } from './words/probe-attack.js'
import { openPositions, putInto } from './words/swap-set.js'
import type { ProbedText, TextProbe } from './words/text-probe.js'
import type { WordTask } from './words/word-attack.js'
import { wordOptions } from './words/word-options.js'

const options = z.strictObject({
  ...wordOptions,
  population: z.int().min(2).default(20).describe('edited texts of a generation'),
  generations: z.int().positive().default(20).describe('generations it may breed; it stops at the first flip'),
  tried: z.int().positive().default(8).describe('candidates drawn for a word that mutates: the best of them comes in'),
  temperature: z
    .number()
    .positive()
    .default(0.3)
    .describe('of the choice of parents, by softmax of their scores over it: lower prefers the best more'),
})
type Options = z.output<typeof options>

/**
 * Genetic search over candidates. The first generation is the text with one word mutated in each member; then the best
 * member lives on, and the others are children of two parents drawn by their scores, each position taken from one of them
 * by chance, mutated once more (algorithm 1). A mutation puts the best of a few drawn candidates at a drawn position.
 * (Their code's population is 20, too; the temperature is that of TextAttack, of log scores here.)
 * Where a child would have more than `maxWords` swaps, some are left out by chance; a mutation then changes one of them.
 */
export const genetic = {
  name: 'genetic',
  kind: 'words',
  summary: 'breeds edited texts over generations: asks for logits alone',
  reference:
    'Alzantot, Sharma, Elgohary, Ho, Srivastava, Chang: Generating Natural Language Adversarial Examples, EMNLP 2018, algorithm 1',
  options,
  create: (chosen: Options) => probeAttack('genetic', chosen, search),
} as const satisfies AttackDefinition<typeof options>

function search(probe: TextProbe, chosen: Options, { context }: WordTask): void {
  const stream = new CounterStream(context.seed, Purpose.Genetic, probe.example.row)
  const changeable = probe.changeable
  if (changeable.length === 0) return
  const mutate = (edits: readonly Edit[]) => mutated(probe, edits, changeable, chosen, stream)
  let members: ProbedText[] = []
  for (let i = 0; i < chosen.population && !probe.isDone; i++) {
    const member = mutate([])
    if (member !== undefined) members.push(member)
  }
  for (let generation = 1; generation < chosen.generations && !probe.isDone && members.length > 0; generation++) {
    const elite = members.reduce((best, member) => (member.score > best.score ? member : best))
    const next = [elite]
    const draw = parents(members, chosen.temperature, stream)
    while (next.length < chosen.population && !probe.isDone) {
      const child = crossed(draw().edits, draw().edits, chosen.maxWords, stream)
      next.push(mutate(child) ?? elite)
    }
    members = next
  }
}

/** The text with the best of a few candidates at a position, both drawn; undefined where none of them is allowed. */
function mutated(
  probe: TextProbe,
  edits: readonly Edit[],
  changeable: readonly number[],
  { maxWords, tried }: Options,
  stream: CounterStream,
): ProbedText | undefined {
  const positions = openPositions(edits, changeable, maxWords)
  const position = positions[stream.below(positions.length)]
  const { ids } = probe.example.encoded
  const candidates = probe.candidates[position]
  const texts: Edit[][] = []
  for (let i = 0; i < tried; i++) {
    const word = wordId(candidates[stream.below(candidates.length)])
    const text = putInto(edits, { position, word }, ids)
    if (word !== ids[position] && probe.allows(text)) texts.push(text)
  }
  return probe.readBest(texts)
}

/** Draws members by softmax(log score / temperature): scores are probabilities, often far below 1. */
function parents(members: readonly ProbedText[], temperature: number, stream: CounterStream): () => ProbedText {
  const logs = members.map(({ score }) => Math.log(score + Number.MIN_VALUE) / temperature)
  const highest = logs.reduce((a, b) => Math.max(a, b))
  const weights = logs.map((log) => Math.exp(log - highest))
  const total = weights.reduce((a, b) => a + b)
  return () => {
    let left = stream.uniform() * total
    return members.find((_, i) => (left -= weights[i]) < 0) ?? members[members.length - 1]
  }
}

/** Each position as in one of the two, drawn; of more than `most` swaps some, drawn too. */
function crossed(a: readonly Edit[], b: readonly Edit[], most: number, stream: CounterStream): Edit[] {
  const positions = [...new Set([...a, ...b].map(({ position }) => position))].sort((x, y) => x - y)
  const child = positions.flatMap((position) => {
    const parent = stream.below(2) === 0 ? a : b
    return parent.filter((edit) => edit.position === position)
  })
  while (child.length > most) child.splice(stream.below(child.length), 1)
  return child
}

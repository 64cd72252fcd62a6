import { z } from 'zod'
import { CounterStream, Purpose } from '../base/random.js'
import type { SwapSpace } from '../constraints/swap-space.js'
import { substitutions } from '../gradient/edit.js'
import type { ReadOnlyVictim } from '../gradient/read-only-victim.js'
import type { Swap } from '../gradient/swap.js'
import { wordId } from '../text/vocabulary.js'
import type { Attack, AttackDefinition, AttackExample } from './attack.js'
import { MOST_WORDS_REJECTED, type Reading, readStates } from './words/read-states.js'
import { wordAttack } from './words/word-attack.js'
import { wordOptions } from './words/word-options.js'

const options = z.strictObject({
  ...wordOptions,
  tries: z.int().positive().default(1).describe('how often it may try; the victim is asked only from the second on'),
})
type Options = z.output<typeof options>

/**
 * The baseline that any attack on words must beat: `maxWords` positions and a candidate for each, all by chance. One
 * try never asks the victim; of several the first that flips is taken, or else the one of the highest margin.
 */
export const randomSwap = {
  name: 'random',
  kind: 'words',
  summary: 'the baseline: as many words, at random positions, for random candidates',
  reference: 'uniform choice; the control of Ebrahimi et al.: HotFlip, ACL 2018',
  options,
  create,
} as const satisfies AttackDefinition<typeof options>

function create(chosen: Options): Attack {
  const { maxWords, tries } = chosen
  return wordAttack({
    name: 'random',
    options: chosen,
    run: ({ victim, space, context }, examples) =>
      examples.map((example, member) => {
        const draw = new Draw(example, space, maxWords, context.seed)
        const swaps = tries === 1 ? draw.next() : bestOf(victim, example, member, draw, tries)
        return { kind: 'words', edits: substitutions(swaps), rejected: draw.rejected }
      }),
  })
}

function bestOf(victim: ReadOnlyVictim, example: AttackExample, member: number, draw: Draw, tries: number) {
  let best: { readonly reading: Reading; readonly swaps: Swap[] } | undefined
  for (let t = 0; t < tries && !best?.reading.reached; t++) {
    const swaps = draw.next()
    const [reading] = readStates(victim, [{ example, member, edits: substitutions(swaps) }], 'margin', 'logits')
    if (!best || reading.reached || reading.loss > best.reading.loss) best = { reading, swaps }
  }
  return best?.swaps ?? []
}

/** So many candidates are drawn for a position before it is left as it is. */
const DRAWS_PER_POSITION = 8

/** The draws of one example, keyed by its row. */
class Draw {
  /** Draws that the constraints did not allow. */
  rejected = 0
  readonly #stream: CounterStream
  readonly #candidates: readonly Int32Array[]

  constructor(
    readonly example: AttackExample,
    readonly space: SwapSpace,
    readonly maxWords: number,
    seed: number,
  ) {
    this.#stream = new CounterStream(seed, Purpose.RandomSwap, example.row)
    this.#candidates = space.candidates(example.encoded)
  }

  /** Whether so many draws of a long text were not allowed that no more are worth the reading. */
  get #isSpent(): boolean {
    return this.rejected * this.example.encoded.ids.length >= MOST_WORDS_REJECTED
  }

  /** Random positions, in random order until `maxWords` are swapped. */
  next(): Swap[] {
    const swaps: Swap[] = []
    for (const position of this.#stream.shuffle(Int32Array.from(this.#candidates.keys()))) {
      if (swaps.length >= this.maxWords) break
      const swap = this.#drawAt(position, swaps)
      if (swap) swaps.push(swap)
    }
    return swaps
  }

  #drawAt(position: number, made: readonly Swap[]): Swap | undefined {
    const candidates = this.#candidates[position]
    for (let drawn = 0; drawn < DRAWS_PER_POSITION && candidates.length > 0 && !this.#isSpent; drawn++) {
      const swap = { position, word: wordId(candidates[this.#stream.below(candidates.length)]) }
      if (swap.word === this.example.encoded.ids[position]) continue
      if (this.space.allows(this.example.encoded, [...made, swap])) return swap
      this.rejected++
    }
    return undefined
  }
}

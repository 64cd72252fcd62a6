import { z } from 'zod'
import type { Embeddings } from '../embeddings/embeddings.js'
import type { Edit } from '../gradient/edit.js'
import { wordId } from '../text/vocabulary.js'
import type { AttackDefinition } from './attack.js'
import { objectiveOption } from './continuous/continuous-options.js'
import { lossSign } from './goal.js'
import { probeAttack } from './words/probe-attack.js'
import { readStates } from './words/read-states.js'
import { openPositions, putInto } from './words/swap-set.js'
import type { TextProbe } from './words/text-probe.js'
import type { WordTask } from './words/word-attack.js'
import { wordOptions } from './words/word-options.js'

const options = z.strictObject({
  ...wordOptions,
  steps: z.int().positive().default(10).describe('gradients it may read; it stops at the first flip'),
  stepSize: z
    .number()
    .nonnegative()
    .default(1)
    .describe('how far it goes from a word, at least, as a share of its vector; 0 is up to the nearest other word'),
  objective: objectiveOption.default('margin'),
})
type Options = z.output<typeof options>

/**
 * A walk from word to word along the gradient. From each word's vector v_a it goes stepSize |v_a| along the gradient g,
 * further where v_a is still the nearest there, and the candidate nearest to that point comes in. On the ray v_a + η g/|g|
 * a candidate b becomes nearer than a at η = |v_b - v_a|² / (2 g·(v_b - v_a)/|g|). Of all positions the one is swapped
 * whose first-order gain g·(v_b - v_a) is highest; words may be walked on from, as long as at most `maxWords` differ.
 */
export const nearestWalk = {
  name: 'nearest-walk',
  kind: 'words',
  summary: 'steps along the gradient from word to nearest word',
  reference:
    'Gong, Wang, Li, Song, Ku: Adversarial Texts with Gradient Methods, 2018, section 3 (FGM, nearest neighbour)',
  options,
  create: (chosen: Options) => probeAttack('nearest-walk', chosen, search),
} as const satisfies AttackDefinition<typeof options>

function search(probe: TextProbe, chosen: Options, { victim }: WordTask): void {
  const { example, member } = probe
  const { embeddings } = victim
  const D = embeddings.dimensions
  const changeable = probe.changeable
  let current: readonly Edit[] = []
  for (let step = 0; step < chosen.steps && !probe.isDone; step++) {
    const [{ words, gradient }] = readStates(
      victim,
      [{ example, member, edits: current }],
      chosen.objective,
      'gradients',
    )
    const positions = openPositions(current, changeable, chosen.maxWords)
    const steps = positions.flatMap((position) => {
      const g = gradient.subarray(position * D, (position + 1) * D)
      const candidates = probe.candidates[position]
      const found = nextWord(embeddings, words.ids[position], g, lossSign(example), candidates, chosen.stepSize)
      return found === undefined ? [] : [{ position, ...found }]
    })
    steps.sort((a, b) => b.gain - a.gain || a.position - b.position)
    const next = steps
      .map(({ position, word }) => putInto(current, { position, word: wordId(word) }, example.encoded.ids))
      .find((edits) => probe.allows(edits))
    if (next === undefined || probe.readOne(next) === undefined) return
    current = next
  }
}

/**
 * The candidate nearest to the point `stepSize` |v_a| along sign g from word a, or further on where a is the nearest still;
 * with its first-order gain. Undefined where none lies in that direction.
 */
export function nextWord(
  { vectors, dimensions: D }: Embeddings,
  a: number,
  g: Float32Array,
  sign: 1 | -1,
  candidates: Int32Array,
  stepSize: number,
): { readonly word: number; readonly gain: number } | undefined {
  const own = Math.sqrt(squaredLength(vectors.subarray(a * D, (a + 1) * D)))
  const length = Math.sqrt(squaredLength(g))
  if (length === 0) return undefined
  let first: { word: number; gain: number; eta: number } | undefined
  let nearest: { word: number; gain: number; distance: number } | undefined
  const eta = stepSize * own
  for (const word of candidates) {
    let squares = 0
    let product = 0
    for (let d = 0; d < D; d++) {
      const difference = vectors[word * D + d] - vectors[a * D + d]
      squares += difference * difference
      product += difference * g[d]
    }
    const gain = sign * product
    const along = gain / length
    if (!(along > 0)) continue
    const crossing = squares / (2 * along)
    if (first === undefined || crossing < first.eta) first = { word, gain, eta: crossing }
    // |v_b - (v_a + η ĝ)|² less η², which a has.
    const distance = squares - 2 * eta * along
    if (distance < 0 && (nearest === undefined || distance < nearest.distance)) nearest = { word, gain, distance }
  }
  return nearest ?? first
}

function squaredLength(vector: Float32Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0)
}

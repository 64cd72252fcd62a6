import { describe, expect, it } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { generateAdversarial } from '#src/evaluate/generate-adversarial.js'
import { TextClassifier } from '#src/victims/text-classifier.js'
import { withoutSeconds } from './collect.js'
import { ROWS, run } from './small-run.js'
import { idle, smallVictim } from './small-victim.js'

const WORDS = Object.freeze(smallVictim().embeddings.vocabulary.words)

describe('a run proves that the victim did not move', () => {
  it.each<[string, Partial<Attack>]>([
    [
      'runs',
      {
        run(reader, examples, context) {
          reader.embeddings.vectors[7] *= -1
          return idle.run(reader, examples, context)
        },
      },
    ],
    [
      'learns',
      {
        learnsFrom: 1,
        learn(reader) {
          reader.embeddings.vectors[7] *= -1
          return idle
        },
      },
    ],
  ])('fails when an attack moves a bit of a parameter while it %s', async (_, vandal) => {
    await expect(run({ ...idle, ...vandal }, ROWS)).rejects.toThrow(/moved: embeddings/)
  })

  it('fails when a victim moves a bit of a parameter while an attack learns from it', async () => {
    let asked = 0
    class Drifting extends TextClassifier {
      override logits(...batch: Parameters<TextClassifier['logits']>) {
        if (asked++ === 0) this.bias[0] += 1
        return super.logits(...batch)
      }
    }
    const { embeddings, weights, bias, labels, tokenizer } = smallVictim()
    const drifting = new Drifting(embeddings, weights, bias, labels, tokenizer)
    await expect(run(attacks.trigger({ passes: 1 }), ROWS, {}, drifting)).rejects.toThrow(/moved: bias/)
  })

  it.each([
    ['hotflip', attacks.hotflip],
    ['exact-swaps', attacks.exactSwaps],
    ['random', attacks.random],
  ])(
    'has candidates of the vectors as they are when a run begins, whatever it knows of before: %s',
    async (_, make) => {
      const options = { neighbours: 4, maxWords: 3 }
      // The words change their places, each with the goodness of another.
      const turn = ({ embeddings: { vectors } }: TextClassifier) =>
        vectors.set(vectors.map((_, i) => vectors[(i + 21) % 60]))
      const rows = WORDS.map((word, i) => ({ text: `${word} film ${WORDS[(3 * i + 8) % WORDS.length]}` }))
      const victim = smallVictim()
      const attack = make(options)
      const before = await run(attack, rows, {}, victim)
      turn(victim)
      const after = await run(attack, rows, {}, victim)
      const other = smallVictim()
      turn(other)
      const fresh = await run(make(options), rows, {}, other)
      expect(withoutSeconds(after.results)).toEqual(withoutSeconds(fresh.results))
      expect(after.results.some(({ exactMinimum = Infinity }) => exactMinimum < Infinity)).toBe(true)
      expect(withoutSeconds(after.results)).not.toEqual(withoutSeconds(before.results))
    },
  )

  it('proves it even when nobody reads to the end', async () => {
    const victim = smallVictim()
    const readOne = async () => {
      for await (const _ of generateAdversarial(victim, idle, ROWS, { batchSize: 1 })) {
        victim.weights[0] += 1
        break
      }
    }
    await expect(readOne()).rejects.toThrow(/moved: weights/)
  })
})

import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Attack, AttackOutcome } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { backends } from '../gradient/backends.js'
import { logitsOf, readOnly, smallExamples } from './small-examples.js'
import { curvedVictim, linearVictim, smallEmbeddings } from './small-victims.js'

const embeddings = smallEmbeddings(40, 8, 1)
const victims = [
  { name: 'a linear victim', victim: linearVictim(embeddings, 5, 4, 0.1) },
  { name: 'a curved victim', victim: curvedVictim(embeddings) },
]
const made: readonly Attack[] = [
  attacks.fgsm({ norm: 'linf', epsilon: 0.1 }),
  attacks.fgsm({ norm: 'l1', epsilon: 0.5 }),
  attacks.pgd({ norm: 'l2', epsilon: 0.5, steps: 10 }),
  attacks.hotflip({ maxWords: 2, beam: 3, candidates: 'vocabulary' }),
  attacks.random({ maxWords: 2, candidates: 'vocabulary' }),
]
const cases = victims.flatMap((each) => made.map((attack) => ({ ...each, attack, what: attack.name })))

describe.each(backends)('attacks on $backend', ({ backend, missing }) => {
  describe.skipIf(missing)('', () => {
    const expected = new Map<object, readonly AttackOutcome[]>()
    beforeAll(async () => {
      await useTensorBackend('cpu')
      for (const each of cases) expected.set(each, run(each))
      await useTensorBackend(backend)
    })

    it.each(cases)('$what reaches with $name the logits it reaches on cpu (1e-3), and leaves no tensor', (each) => {
      const before = tf.memory().numTensors
      const outcomes = run(each)
      expect(tf.memory().numTensors).toBe(before)
      expected.get(each)?.forEach((there, b) => {
        const here = outcomes[b]
        // Not the inputs: where a gradient is nothing but rounding, its sign is too.
        if (here.kind === 'continuous' && there.kind === 'continuous') {
          const logits = logitsOf(each.victim, there.embedded)
          logitsOf(each.victim, here.embedded).forEach((z, k) => {
            expect(Math.abs(z - logits[k])).toBeLessThan(1e-3)
          })
        } else expect(here).toEqual(there)
      })
    })
  })
})

function run({ attack, victim }: (typeof cases)[number]): readonly AttackOutcome[] {
  const examples = smallExamples(victim, 12, 3)
  return attack.run(readOnly(victim, examples), examples, { seed: 1 })
}

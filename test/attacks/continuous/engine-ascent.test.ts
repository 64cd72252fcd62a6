import { expect, it, vi } from 'vitest'
import type { Attack } from '#src/attacks/attack.js'
import { attacks } from '#src/attacks/index.js'
import { CounterStream, Purpose } from '#src/base/random.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import type { Victim } from '#src/gradient/victim.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { GpuVictim } from '#src/victims/gpu-victim.js'
import { describeOnEmulator, useEmulator } from '../../kernels/cuda/devices.js'
import { LinearVictim, normals, smallEmbeddings } from '../small-victims.js'

const WORDS = 60

function classifier(labels: number, dimensions: number): Victim {
  const embeddings = smallEmbeddings(WORDS, dimensions, 1)
  return new LinearVictim(embeddings, normals(labels * dimensions, 2), normals(labels, 3))
}

const VICTIMS: readonly { readonly name: string; readonly victim: Victim }[] = [
  { name: 'a classifier of 2 labels', victim: classifier(2, 20) },
  { name: 'a classifier of 7 labels', victim: classifier(7, 33) },
  {
    name: 'a centre word of 60 by the sum',
    victim: new CentreWord(smallEmbeddings(WORDS, 12, 4), normals(WORDS * 12, 5, 0.3), 'sum', tokenizerOf('word')),
  },
]

/** Texts of 1 to 9 words, with the label that the victim gives each. */
function examplesFor(victim: Victim, count = 20) {
  const draws = new CounterStream(9, Purpose.Demonstration, 0)
  return Array.from({ length: count }, (_, row) => {
    const words = Array.from({ length: 1 + draws.below(9) }, () => `w${draws.below(WORDS)}`)
    const encoded = victim.encode(words.join(' '))
    const { vectors, dimensions: D } = victim.embeddings
    const embedded = Float32Array.from([...encoded.ids].flatMap((id) => [...vectors.subarray(id * D, (id + 1) * D)]))
    const logits = victim.logits({ embedded, offsets: Int32Array.of(0, encoded.ids.length), dimensions: D })
    return { row, encoded, label: logits.indexOf(Math.max(...logits)) }
  })
}

/** The outcomes of an attack, and what it has counted. */
function attackWith(victim: Victim, attack: Attack, examples: ReturnType<typeof examplesFor>) {
  const reader = new ReadOnlyVictim(victim, examples.length)
  const outcomes = attack.run(reader, examples, { seed: 1 })
  const embedded = outcomes.map((outcome) => (outcome.kind === 'continuous' ? outcome.embedded : new Float32Array()))
  return { embedded, forwards: [...reader.forwards], gradients: [...reader.gradients] }
}

describeOnEmulator('PGD on the engine of a linear victim', () => {
  const objectives = ['cross-entropy', 'margin', 'nearest'] as const
  const cases = VICTIMS.flatMap((each) =>
    (['l2', 'linf'] as const).flatMap((norm) => objectives.map((objective) => ({ ...each, norm, objective }))),
  )
  it.each(cases)(
    'walks as on the CPU on $name in $norm by $objective: inputs to 1e-4, the same counts (but for cross-entropy in l2)',
    async ({ victim, norm, objective }) => {
      useEmulator()
      const gpu = await GpuVictim.open(victim)
      const ascend = vi.spyOn(gpu.engine, 'ascend')
      const examples = examplesFor(victim)
      for (const epsilon of norm === 'l2' ? [0.2, 1.5] : [0.02, 0.3]) {
        const attack = attacks.pgd({ norm, epsilon, objective })
        const [found, expected] = [gpu, victim].map((each) => attackWith(each, attack, examples))
        found.embedded.forEach((values, b) => {
          expect(values).toHaveLength(expected.embedded[b].length)
          values.forEach((value, i) => {
            expect(Math.abs(value - expected.embedded[b][i])).toBeLessThan(1e-4)
          })
        })
        // In L2 along a softmax, float64 goes on to turn by what float32 cannot hold.
        if (objective === 'cross-entropy' && norm === 'l2') continue
        expect(found.gradients).toEqual(expected.gradients)
        expect(found.forwards).toEqual(expected.forwards)
      }
      expect(ascend).toHaveBeenCalledTimes(2)
      gpu.close()
    },
  )

  it('reads the gradient at every step of a ball that holds no flip, and the logits at its end', async () => {
    useEmulator()
    const victim = classifier(7, 33)
    const gpu = await GpuVictim.open(victim)
    const attack = attacks.pgd({ norm: 'l2', epsilon: 1e-3, objective: 'margin', steps: 5, stepSize: 0.1 })
    const { gradients, forwards } = attackWith(gpu, attack, examplesFor(victim, 3))
    expect(gradients).toEqual([5, 5, 5])
    expect(forwards).toEqual([1, 1, 1])
    gpu.close()
  })

  it.each([
    { momentum: 0.5 },
    { restarts: 1 },
    { randomStart: true },
    { positions: '0' },
    { norm: 'l1' as const },
    { objective: 'dlr' as const },
  ])('is left to the walk with %o', async (changed) => {
    useEmulator()
    const victim = classifier(4, 10)
    const gpu = await GpuVictim.open(victim)
    const ascend = vi.spyOn(gpu.engine, 'ascend')
    const attack = attacks.pgd({ epsilon: 0.2, norm: 'l2', steps: 4, ...changed })
    const examples = examplesFor(victim, 4)
    const { gradients } = attackWith(gpu, attack, examples)
    expect(Math.min(...gradients)).toBeGreaterThan(0)
    expect(ascend).not.toHaveBeenCalled()
    gpu.close()
  })

  it('is left to the walk with a target, and within a budget of forward passes', async () => {
    useEmulator()
    const victim = classifier(4, 10)
    const gpu = await GpuVictim.open(victim)
    const ascend = vi.spyOn(gpu.engine, 'ascend')
    const attack = attacks.pgd({ epsilon: 0.2, norm: 'l2', steps: 4 })
    const examples = examplesFor(victim, 4)
    const targeted = examples.map((example) => ({ ...example, target: (example.label + 1) % 4 }))
    attackWith(gpu, attack, targeted)
    const reader = new ReadOnlyVictim(gpu, 4, { queries: 3, unchanged: () => new Float32Array(4) })
    attack.run(reader, examples, { seed: 1 })
    expect(Math.max(...reader.forwards)).toBeLessThanOrEqual(3)
    expect(ascend).not.toHaveBeenCalled()
    gpu.close()
  })
})

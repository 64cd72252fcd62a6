import { describe, expect, it } from 'vitest'
import { attackEmbedded } from '#src/attacks/attack-embedded.js'
import { attacks } from '#src/attacks/index.js'
import { normOf } from '#src/base/norm.js'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { exact } from '#src/exact/index.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { TextClassifier } from '#src/victims/text-classifier.js'

/** z = (h_1, h_2) of the mean h: the label is the larger component. */
const victim = new TextClassifier(
  new Embeddings(new Vocabulary(['a'], Float64Array.of(1)), Float32Array.of(0, 0), 2),
  Float32Array.of(1, 0, 0, 1),
  Float32Array.of(0, 0),
  ['first', 'second'],
  tokenizerOf('word'),
)
const inputs = [Float32Array.of(1, 0, 3, 1), Float32Array.of(0.5, 0)]

describe('attacks on plain embedded inputs', () => {
  it('fgsm moves every entry by epsilon, towards the other label', async () => {
    const [two, one] = await attackEmbedded(victim, attacks.fgsm({ epsilon: 0.25 }), inputs, [0, 0])
    expect([...two]).toEqual([0.75, 0.25, 2.75, 1.25])
    expect([...one]).toEqual([0.25, 0.25])
  })

  it('pgd in l2 flips 1.01 times beyond the exact minimum, and leaves its inputs alone', async () => {
    const before = inputs.map((input) => [...input])
    for (const [b, input] of inputs.entries()) {
      const positions = input.length / 2
      const logits = victim.logits({ embedded: input, offsets: Int32Array.of(0, positions), dimensions: 2 })
      const least = exact.minimalNorm(victim.linear, logits, positions, 0, 'l2')
      const attack = attacks.pgd({ norm: 'l2', epsilon: 1.01 * least.norm })
      const [found] = await attackEmbedded(victim, attack, [input], [0])
      const change = found.map((value, i) => value - input[i])
      expect(normOf('l2', change)).toBeLessThanOrEqual(1.0101 * least.norm)
      const [first, second] = victim.logits({ embedded: found, offsets: Int32Array.of(0, positions), dimensions: 2 })
      expect(second).toBeGreaterThan(first)
      expect([...input]).toEqual(before[b])
    }
  })

  it.each([
    ['words', attacks.hotflip(), inputs, [0, 0], /hotflip: swaps words/],
    ['other labels', attacks.fgsm(), inputs, [0], /1 labels for 2 inputs/],
    ['half a word', attacks.fgsm(), [Float32Array.of(1, 2, 3)], [0], /inputs\[0\]: 3 values/],
    ['a label that there is not', attacks.fgsm(), inputs, [0, 2], /labels\[1\]: 2; a whole number from 0 to 1/],
    ['half a label', attacks.fgsm(), inputs, [0.5, 0], /labels\[0\]: 0.5/],
  ] as const)('refuses %s', async (_, attack, given, labels, says) => {
    await expect(attackEmbedded(victim, attack, given, labels)).rejects.toThrow(says)
  })

  it.each([
    ['too few', [1], /1 targets for 2 inputs/],
    ['one that there is not', [1, 2], /targets\[1\]: 2;/],
    ['the label to leave', [1, 0], /targets\[1\]: 0 is the label to leave/],
  ] as const)('refuses targets: %s', async (_, targets, says) => {
    await expect(attackEmbedded(victim, attacks.fgsm(), inputs, [0, 0], { targets })).rejects.toThrow(says)
  })
})

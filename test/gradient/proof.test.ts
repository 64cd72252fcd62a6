import { beforeAll, describe, expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { lossGradient } from '#src/gradient/loss-gradient.js'
import { hashState, hashVictim, ReadOnlyProof, stateOf } from '#src/gradient/proof.js'
import { readLossGradient } from '#src/gradient/read-loss-gradient.js'
import { ReadOnlyVictim } from '#src/gradient/read-only-victim.js'
import { useTensorBackend } from '#src/gradient/tensorflow.js'
import { smallCentreWord, smallClassifier, withTensorLogits } from './small-victims.js'

beforeAll(() => useTensorBackend('cpu'))

/** An attack that lowers its loss by editing the model: through the very vectors that it may see. */
function writingAttack(victim: ReadOnlyVictim): void {
  victim.embeddings.vectors[5] += 1
}

describe('ReadOnlyProof', () => {
  it('gives two equal hashes after reads', async () => {
    const victim = smallClassifier()
    const proof = new ReadOnlyProof(victim)
    await readLossGradient(victim, [{ text: 'the quick brown fox', label: 'neutral' }])
    expect(proof.verify()).toEqual({ before: proof.before, after: proof.before })
    expect(proof.before).toMatch(/^[0-9a-f]{64}$/)
  })

  it('catches an attack that writes, and names what it wrote', () => {
    const victim = smallClassifier()
    const proof = new ReadOnlyProof(victim)
    writingAttack(new ReadOnlyVictim(victim, 1))
    expect(() => proof.verify()).toThrow(/moved: embeddings \(SHA-256 [0-9a-f]{64} before, [0-9a-f]{64} after\)/)
  })

  it.each([
    ['a weight by one bit', 'weights', (v: ReturnType<typeof smallClassifier>) => flipLowestBit(v.weights, 3)],
    ['the sign of a zero', 'bias', (v: ReturnType<typeof smallClassifier>) => v.bias.fill(-0, 1, 2)],
  ])('sees %s', (_, name, write) => {
    const victim = smallClassifier()
    victim.bias[1] = 0
    const proof = new ReadOnlyProof(victim)
    write(victim)
    expect(() => proof.verify()).toThrow(`moved: ${name} (`)
  })

  it('watches optimiser slots and random states given beside the parameters', () => {
    const slots = { first: new Float64Array(4), state: new Uint32Array(2) }
    const proof = new ReadOnlyProof(smallCentreWord(), new Map(Object.entries(slots)))
    expect(proof.verify().after).toBe(proof.before)
    slots.state[1]++
    slots.first[0] = 1e-300
    expect(() => proof.verify()).toThrow('moved: first, state (')
  })

  it('watches cursors, switches and names, as they are when it looks', () => {
    const reader = { position: 0, training: false, stage: 'first' }
    const proof = new ReadOnlyProof(smallCentreWord(), () => new Map(Object.entries(reader)))
    expect(proof.verify().after).toBe(proof.before)
    reader.position = -0
    expect(() => proof.verify()).toThrow('moved: position (')
    Object.assign(reader, { position: 0, training: true, stage: 'second' })
    expect(() => proof.verify()).toThrow('moved: training, stage (')
  })

  it('names the weights and slots that a victim has trained while its gradient was read', () => {
    const optimiser = { momentum: new Float32Array(3), step: 0 }
    const victim = smallClassifier()
    // Trains on what it is asked, as a model does that was left in training mode.
    const leaking = withTensorLogits(victim, (embedded, mask, parameters) => {
      optimiser.momentum[0] += 0.9
      optimiser.step++
      victim.weights[0] -= optimiser.momentum[0]
      return victim.tensorLogits(embedded, mask, parameters)
    })
    const proof = new ReadOnlyProof(leaking, () => new Map(Object.entries(optimiser)))
    lossGradient(leaking, embed(victim.embeddings, [Int32Array.of(1)]), Int32Array.of(0))
    expect(() => proof.verify()).toThrow('moved: weights, momentum, step (')
  })

  it('sees arrays that come, go, or are swapped for others', () => {
    const parameter = (value: number) => ({ values: Float32Array.of(value), shape: [1], onTape: true })
    const victim = { parameters: new Map([['a', parameter(1)]]) }
    const proof = new ReadOnlyProof(victim)
    victim.parameters.set('a', parameter(1))
    proof.verify()
    victim.parameters.set('b', parameter(1))
    victim.parameters.delete('a')
    expect(() => proof.verify()).toThrow('moved: a, b (')
  })

  it('refuses two arrays of one name', () => {
    expect(() => new ReadOnlyProof(smallClassifier(), new Map([['bias', new Float32Array(1)]]))).toThrow("'bias'")
  })
})

describe('hashVictim', () => {
  it('is the hash of the state as it is, also after a change', () => {
    const victim = smallClassifier()
    expect(hashVictim(victim)).toEqual(hashState(stateOf(victim)))
    expect(hashVictim(victim)).toBe(hashVictim(victim))
    victim.weights[2]++
    expect(hashVictim(victim)).toEqual(hashState(stateOf(victim)))
  })
})

describe('hashState', () => {
  it('depends on names, sizes and bytes, not on the order of the map', () => {
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(3)]
    const total = (...entries: [string, Float32Array][]) => hashState(new Map(entries)).total
    expect(total(['a', a], ['b', b])).toBe(total(['b', b], ['a', a]))
    expect(total(['a', a], ['b', b])).not.toBe(total(['a', b], ['b', a]))
    expect(total(['a', Float32Array.of(1)], ['b', Float32Array.of(2)])).not.toBe(total(['a', a]))
    expect(total(['a', Float32Array.of(0)])).not.toBe(total(['a', Float32Array.of(-0)]))
    expect(total(['a', a], ['c', new Float32Array(0)])).not.toBe(total(['a', a]))
  })

  it('sees through a view into shared memory only what the view shows', () => {
    const shared = new Float32Array(new SharedArrayBuffer(16))
    shared.set([9, 1, 2, 9])
    const view = new Map([['a', shared.subarray(1, 3)]])
    expect(hashState(view)).toEqual(hashState(new Map([['a', Float32Array.of(1, 2)]])))
  })

  it('covers every parameter of a victim', () => {
    expect([...hashState(stateOf(smallCentreWord())).parts.keys()]).toEqual(['input_embeddings', 'output_embeddings'])
  })
})

describe('ReadOnlyVictim', () => {
  it('counts forwards and gradients of each example', () => {
    const victim = smallClassifier()
    const seen = new ReadOnlyVictim(victim, 3)
    const batch = embed(victim.embeddings, [Int32Array.of(1), Int32Array.of(2, 3)])
    expect(seen.logits(batch, [0, 2])).toEqual(victim.logits(batch))
    seen.logits(batch, [2, 2])
    seen.lossGradient(batch, Int32Array.of(0, 1), 'margin', [1, 2])
    expect([...seen.forwards]).toEqual([1, 0, 3])
    expect([...seen.gradients]).toEqual([0, 1, 1])
    expect(() => seen.logits(batch, [0])).toThrow('1 members for 2 examples')
  })
})

function flipLowestBit(values: Float32Array, index: number): void {
  new Uint32Array(values.buffer)[index] ^= 1
}

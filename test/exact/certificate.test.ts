import { describe, expect, it } from 'vitest'
import { exact } from '#src/exact/index.js'
import { everyWord, logitsOf } from '../attacks/small-examples.js'
import { LinearVictim, normals, smallEmbeddings } from '../attacks/small-victims.js'

const embeddings = smallEmbeddings(9, 4, 1)
const victim = new LinearVictim(embeddings, normals(3 * 4, 2), Float32Array.of(1.5, 0, 0))

describe('a certificate', () => {
  it('holds for all words of a text that nothing flips', () => {
    const sure = new LinearVictim(embeddings, victim.output, Float32Array.of(100, 0, 0))
    const ids = Int32Array.of(1, 2, 3)
    const logits = logitsOf(sure, ids)
    const problem = { ids, candidates: Array.from(ids, () => everyWord(embeddings)), logits, label: 0 }
    expect(exact.certificate(sure.linear, embeddings, problem)).toEqual({ swaps: 3 })
    expect(exact.certificate(sure.linear, embeddings, problem, 2)).toEqual({ swaps: 2 })
  })
})

describe('the minimal set of swaps among many labels', () => {
  it.each(['mean', 'sum'] as const)(
    'a %s of words, 300 labels: equal to the plain search over every label',
    (pooling) => {
      const many = smallEmbeddings(300, 5, 3)
      const output = normals(300 * 5, 4, pooling === 'mean' ? 3 : 0.5)
      const linear = { output, bias: new Float32Array(300), pooling }
      const all = Int32Array.from({ length: 300 }, (_, id) => id)
      const logitsOfWords = (ids: Int32Array) => {
        const h = new Float64Array(5)
        for (const id of ids) for (let d = 0; d < 5; d++) h[d] += many.vectors[id * 5 + d]
        const share = pooling === 'mean' ? 1 / ids.length : 1
        return Float64Array.from({ length: 300 }, (_, k) =>
          h.reduce((sum, value, d) => sum + share * value * output[k * 5 + d], 0),
        )
      }
      for (let row = 0; row < 5; row++) {
        const ids = Int32Array.from({ length: 6 }, (_, i) => (row * 37 + i * 53) % 300)
        const logits = logitsOfWords(ids)
        const label = logits.indexOf(Math.max(...logits))
        const lists = [all, all.slice(0, 4), all.slice(20, 23)]
        const candidates = Array.from(ids, (_, i) => lists[(row + i) % 3])
        const found = exact.minimalSwaps(linear, many, { ids, candidates, logits, label })
        const share = pooling === 'mean' ? 1 / 6 : 1
        let plain = Infinity
        for (let t = 0; t < 300; t++) {
          if (t === label) continue
          const product = (id: number) =>
            many.vectors
              .subarray(id * 5, id * 5 + 5)
              .reduce((sum, v, d) => sum + v * (output[t * 5 + d] - output[label * 5 + d]), 0)
          const gains = Array.from(ids, (id, i) =>
            Math.max(0, ...Array.from(candidates[i], (b) => product(b) - product(id))),
          )
          gains.sort((a, b) => b - a)
          let sum = 0
          for (let k = 0; k <= 6; k++) {
            if (sum > (logits[label] - logits[t]) / share) plain = Math.min(plain, k)
            sum += gains[k] ?? 0
          }
        }
        expect(found?.swaps.length ?? Infinity).toBe(plain)
      }
    },
  )
})

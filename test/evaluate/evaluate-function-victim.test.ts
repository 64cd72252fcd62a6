import { getBackend, sum } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { Embeddings } from '#src/embeddings/embeddings.js'
import { evaluate } from '#src/evaluate/evaluate.js'
import { tokenizerOf } from '#src/text/tokenizers.js'
import { Vocabulary } from '#src/text/vocabulary.js'
import { FunctionVictim } from '#src/victims/function-victim.js'

it('judges by a victim that computes with tensors before anybody has chosen a backend', async () => {
  const embeddings = new Embeddings(
    new Vocabulary(['left', 'right'], new Float64Array(2)),
    Float32Array.of(1, 0, 0, 1),
    2,
  )
  const victim = new FunctionVictim({
    labels: ['left', 'right'],
    embeddings,
    tokenizer: tokenizerOf('word'),
    logits: (embedded) => sum(embedded, 1),
  })
  const costs = { numQueries: 1, numForwards: 1, numGradients: 0, seconds: 0 }
  const row = {
    row: 1,
    originalText: '[[left]]',
    perturbedText: '[[right]]',
    resultType: 'Successful',
    ...costs,
  } as const
  expect(getBackend() ?? '').toBe('')
  const { successRate } = await evaluate(victim, [row])
  expect(successRate).toMatchObject({ count: 1, of: 1 })
})

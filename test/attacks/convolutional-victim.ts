import * as tfl from '@tensorflow/tfjs-layers'
import type { Embeddings } from '#src/embeddings/embeddings.js'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { LayersModelVictim } from '#src/victims/layers-model.js'

/** A small convolutional network over up to 12 words, of three labels; the same weights in every run. */
export function convolutionalVictim(embeddings: Embeddings): LayersModelVictim {
  const seeded = (seed: number) => tfl.initializers.glorotNormal({ seed })
  const inputShape = [12, embeddings.dimensions]
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv1d({ inputShape, filters: 8, kernelSize: 2, activation: 'tanh', kernelInitializer: seeded(1) }),
      tfl.layers.globalAveragePooling1d({}),
      tfl.layers.dense({ units: 3, kernelInitializer: seeded(2), biasInitializer: seeded(3) }),
    ],
  })
  return new LayersModelVictim({ model, labels: ['a', 'b', 'c'], embeddings, tokenizer: wordTokenizer })
}

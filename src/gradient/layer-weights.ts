import type * as tf from '@tensorflow/tfjs-core'
import type { LayerVariable } from '@tensorflow/tfjs-layers'

/** Lets the layers read these values, by name, for their variables while `compute` runs; the others read their own. */
export function withLayerWeights<T>(
  weights: readonly LayerVariable[],
  values: ReadonlyMap<string, tf.Tensor>,
  compute: () => T,
): T {
  const replaced = weights.filter(({ name }) => values.has(name))
  const own = replaced.map((weight) => Object.getOwnPropertyDescriptor(weight, 'read'))
  for (const weight of replaced) weight.read = () => values.get(weight.name)!
  try {
    return compute()
  } finally {
    replaced.forEach((weight, i) => {
      const descriptor = own[i]
      if (descriptor === undefined) Reflect.deleteProperty(weight, 'read')
      else Object.defineProperty(weight, 'read', descriptor)
    })
  }
}

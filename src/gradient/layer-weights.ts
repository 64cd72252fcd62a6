import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers'
import { UserError } from '../base/errors.js'

/**
 * What a model's weights hold, in their order. TensorFlow.js itself does not name the model.
 * @throws UserError for a weight that is disposed already
 */
export function readLayerWeights({ name, weights }: LayersModel): tf.Tensor[] {
  return weights.map((weight) => {
    try {
      return weight.read()
    } catch (cause) {
      throw new UserError(`${name}: its weight ${weight.name} is disposed already`, { cause })
    }
  })
}

/** Lets the layers read these values, by name, for their variables while `compute` runs; the others read their own. */
export function withLayerWeights<T>(
  weights: readonly LayerVariable[],
  values: ReadonlyMap<string, tf.Tensor>,
  compute: () => T,
): T {
  const replaced = weights.flatMap((weight) => {
    const value = values.get(weight.name)
    return value === undefined ? [] : [{ weight, value, own: Object.getOwnPropertyDescriptor(weight, 'read') }]
  })
  for (const { weight, value } of replaced) weight.read = () => value
  try {
    return compute()
  } finally {
    for (const { weight, own } of replaced) {
      if (own === undefined) Reflect.deleteProperty(weight, 'read')
      else Object.defineProperty(weight, 'read', own)
    }
  }
}

import * as tf from '@tensorflow/tfjs-core'
import { LayersModel } from '@tensorflow/tfjs-layers'
import { UserError } from '../base/errors.js'
import { CBOW_PARAMETERS } from '../embeddings/cbow-parameters.js'
import { unknownName } from '../text/nearest-name.js'
import { readLayerWeights, withLayerWeights } from './layer-weights.js'
import { stopGradient } from './stop-gradient.js'
import { type CbowWeights, StoppedCbow } from './stopped-cbow.js'

/** Tensors or variables by name: the parameters of a model that is a function of them, as CBOW's W and U. */
export type NamedParameters = Readonly<Record<string, tf.Tensor>>

/** A model that computes as another one does, with some of that one's weights as constants. */
export interface StoppedModel {
  /** As `LayersModel.apply` of tensors; `training` switches dropout and the like on. */
  apply(input: tf.Tensor | tf.Tensor[], options?: { readonly training?: boolean }): tf.Tensor | tf.Tensor[]
}

/**
 * A view of a model in which the named parameters are constants: through `stopGradient` on each use, so that an optimiser
 * which is handed all of them moves only the others. The model itself is as it was, and the view sees its weights as they
 * are at each call; of a CbowModel, whose weights are arrays, it holds copies, as variables.
 * @param names of a LayersModel: those of its weights (`dense/kernel`); of a CbowModel: `input_embeddings` (W) and
 *   `output_embeddings` (U); else keys of the record
 * @throws UserError for a name that does not exist (with the nearest one), and for a parameter that is disposed
 */
export function withStopGradient(model: LayersModel, names: readonly string[]): StoppedModel
export function withStopGradient(model: CbowWeights, names: readonly string[]): StoppedCbow
export function withStopGradient<T extends NamedParameters>(parameters: T, names: readonly string[]): NamedParameters
export function withStopGradient(
  model: LayersModel | CbowWeights | NamedParameters,
  names: readonly string[],
): StoppedModel | StoppedCbow | NamedParameters {
  if (model instanceof LayersModel) return stoppedModel(model, names)
  if (!isCbow(model)) return stoppedParameters(model, names)
  requireKnown(names, Object.values(CBOW_PARAMETERS))
  return new StoppedCbow(model, names)
}

function isCbow(model: CbowWeights | NamedParameters): model is CbowWeights {
  return model.outputEmbeddings instanceof Float32Array
}

function stoppedModel(model: LayersModel, names: readonly string[]): StoppedModel {
  const stopped = model.weights.filter(({ name }) => names.includes(name))
  requireKnown(
    names,
    model.weights.map(({ name }) => name),
  )
  const compute = (input: tf.Tensor | tf.Tensor[], training: boolean) => {
    readLayerWeights(model)
    const values = new Map(stopped.map((weight) => [weight.name, stopGradient(weight.read())]))
    const output = withLayerWeights(stopped, values, () => model.apply(input, { training }))
    const tensors = [output].flat().filter((each) => each instanceof tf.Tensor)
    return Array.isArray(output) ? tensors : tensors[0]
  }
  return { apply: (input, { training = false } = {}) => tf.tidy(() => compute(input, training)) }
}

function stoppedParameters(parameters: NamedParameters, names: readonly string[]): NamedParameters {
  requireKnown(names, Object.keys(parameters))
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, names.includes(name) ? stopGradient(value) : value]),
  )
}

function requireKnown(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new UserError(unknownName('parameter', unknown, known))
}

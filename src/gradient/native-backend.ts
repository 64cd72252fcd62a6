import * as tf from '@tensorflow/tfjs-core'

/** An attribute of one of TensorFlow's operations. */
export interface NativeAttribute {
  readonly name: string
  readonly type: number
  readonly value: boolean | number | string | number[]
}

/** What of tfjs-node's backend is used here beyond TensorFlow.js: TensorFlow's own operations, by name. */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean
  readonly binding: {
    readonly TF_Version: string
    readonly TF_FLOAT: number
    readonly TF_INT32: number
    readonly TF_ATTR_TYPE: number
    readonly TF_ATTR_SHAPE: number
    readonly TF_ATTR_STRING: number
  }
  executeSingleOutput(name: string, attributes: NativeAttribute[], inputs: tf.TensorInfo[]): tf.Tensor
  executeMultipleOutputs(
    name: string,
    attributes: NativeAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[]
}

/** The backend in use, where it is TensorFlow's own library. */
export function nativeBackend(): NativeBackend | undefined {
  const backend = tf.backend()
  return isNativeBackend(backend) ? backend : undefined
}

/** Whether a backend is that of tfjs-node. */
export function isNativeBackend(backend: object): backend is NativeBackend {
  return 'isUsingGpuDevice' in backend && 'binding' in backend && 'executeMultipleOutputs' in backend
}

// Loaded before a command: says at its end how many tensors it has left, and how many bytes they hold.
import * as tf from '@tensorflow/tfjs-core'

process.on('exit', () => {
  const { numTensors, numBytes } = tf.getBackend() ? tf.memory() : { numTensors: 'no backend', numBytes: 0 }
  process.stderr.write(`tensors left: ${numTensors}, bytes ${numBytes}\n`)
})

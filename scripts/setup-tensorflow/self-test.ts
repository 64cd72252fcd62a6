/** Run in a process of its own, so that a binding that crashes takes nothing with it. Prints what it found as JSON. */
import * as tf from '@tensorflow/tfjs-core'
import { stopGradient } from '../../src/gradient/stop-gradient.js'
import { useTensorBackend } from '../../src/gradient/tensorflow.js'

const runtime = await useTensorBackend('native')

/** Small whole numbers: every product and sum is exact in any order and precision that TensorFlow may choose. */
const wholes = (rows: number, columns: number, factor: number) =>
  tf.tensor2d(
    Array.from({ length: rows * columns }, (_, i) => ((i * factor) % 7) - 3),
    [rows, columns],
  )

const wrong: string[] = []
function check(name: string, found: tf.Tensor, expected: readonly number[]): void {
  const values = found.dataSync()
  if (values.length !== expected.length || expected.some((value, i) => value !== values[i])) wrong.push(name)
}

const [a, b] = [wholes(31, 17, 5), wholes(17, 23, 3)]
const [left, right] = [a.arraySync(), b.arraySync()]
check(
  'matMul',
  tf.matMul(a, b),
  left.flatMap((row) => right[0].map((_, column) => row.reduce((sum, x, k) => sum + x * right[k][column], 0))),
)
const x = tf.tensor1d([1, -2, 3])
check('gradient of a sum of squares', tf.grad((v) => tf.sum(tf.square(v)))(x), [2, -4, 6])
check('stopGradient', tf.grad((v) => tf.sum(tf.mul(v, stopGradient(v))))(x), [1, -2, 3])
const rows = tf.tensor1d([2, 0, 2], 'int32')
check('gradient of gather', tf.grad((v) => tf.sum(tf.gather(v, rows)))(tf.zeros([3, 2])), [1, 1, 0, 0, 2, 2])

process.stdout.write(JSON.stringify({ tensorflowVersion: runtime.tensorflowVersion, gpu: runtime.gpu, wrong }))

import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import { ensureTensorBackend } from '#src/gradient/tensorflow.js'

it('lets several begin at the same moment while no backend is in use yet', async () => {
  expect(tf.getBackend()).toBeFalsy()
  await Promise.all([ensureTensorBackend(), ensureTensorBackend(), ensureTensorBackend()])
  expect(tf.getBackend()).toBeTruthy()
})

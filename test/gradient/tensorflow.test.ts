import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'
import { UserError } from '#src/base/errors.js'
import { backendInUse, ensureTensorBackend, useTensorBackend } from '#src/gradient/tensorflow.js'
import { backends } from './backends.js'

describe.each(backends)('useTensorBackend($backend)', ({ backend, missing }) => {
  it.skipIf(missing)('computes there, and says so without another word', async () => {
    const printed = [
      vi.spyOn(console, 'warn'),
      vi.spyOn(console, 'error'),
      vi.spyOn(console, 'log'),
      vi.spyOn(process, 'emitWarning'),
    ]
    const runtime = await useTensorBackend(backend)
    expect(tf.sum([1, 2, 3]).dataSync()[0]).toBe(6)
    expect(runtime.backend).toBe(backend)
    expect(backendInUse()).toEqual({ backend, tensorflowVersion: runtime.tensorflowVersion })
    expect(runtime.description).toContain('TensorFlow')
    for (const spy of printed) expect(spy).not.toHaveBeenCalled()
  })

  it.skipIf(!missing)('says in one line why it cannot be had, and what else to take', async () => {
    const error = await useTensorBackend(backend).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toMatch(
      /engine tensorflow: @tensorflow\/tfjs-node-gpu .*: npx setup-tensorflow .*; use --engine wasm.*$/,
    )
  })
})

describe('ensureTensorBackend', () => {
  it.each(['cpu', 'wasm'] as const)('keeps %s where it is in use', async (backend) => {
    await useTensorBackend(backend)
    await ensureTensorBackend()
    expect(tf.getBackend()).toBe(backend)
  })
})

import { beforeAll, describe } from 'vitest'
import { type TensorBackend, useTensorBackend } from '#src/gradient/tensorflow.js'

const BACKENDS: readonly TensorBackend[] = ['native', 'wasm', 'cpu']

/** Every backend, with whether it is there; a test file runs over all, so that a missing one shows as skipped. */
export const backends = await Promise.all(
  BACKENDS.map(async (backend) => ({
    backend,
    missing:
      backend === 'native' &&
      (await useTensorBackend('native').then(
        () => false,
        () => true,
      )),
  })),
)

/** The same tests on every backend; those on one that is missing are skipped. */
export function describeOnBackends(name: string, tests: (backend: TensorBackend) => void): void {
  for (const { backend, missing } of backends) {
    describe.skipIf(missing)(`${name} on ${backend}`, () => {
      beforeAll(() => useTensorBackend(backend).then(() => {}))
      tests(backend)
    })
  }
}

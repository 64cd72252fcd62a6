import { readFileSync } from 'node:fs'
import { UserError } from '../../base/errors.js'

/**
 * The kernels as PTX, which the driver compiles for the GPU that is there: for training one for all GPUs, and one that
 * adds four numbers in one instruction. The first that both the GPU and the driver take is used.
 */
export const PTX = {
  cbow: [
    { file: 'cbow.sm_90.ptx', capability: 90, version: 12010 },
    { file: 'cbow.sm_70.ptx', capability: 70, version: 11000 },
  ],
  attacks: [{ file: 'attacks.sm_70.ptx', capability: 70, version: 11000 }],
} as const

/** Kernels that are compiled together: to train, or to attack. */
export type Program = keyof typeof PTX

/** `10.2` for 10020. */
export function versionName(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
}

/**
 * A program for a GPU.
 * @param capability ten times its compute capability
 * @param version what cuDriverGetVersion gives
 * @throws UserError when the GPU or the driver is too old
 */
export function readPtx(program: Program, capability: number, version: number, gpu: string): string {
  const files: readonly { file: string; capability: number; version: number }[] = PTX[program]
  const oldest = files[files.length - 1]
  if (capability < oldest.capability) {
    const [has, needs] = [capability, oldest.capability].map((number) => (number / 10).toFixed(1))
    throw new UserError(`${gpu} has compute capability ${has}; engine cuda needs ${needs} (Volta, 2017) or later`)
  }
  const serving = files.find((each) => each.capability <= capability && each.version <= version)
  if (!serving) {
    throw new UserError(
      `the NVIDIA driver is too old: it serves CUDA ${versionName(version)}, engine cuda needs 11.0; update it to 450 or later`,
    )
  }
  return readFileSync(new URL(`./${serving.file}`, import.meta.url), 'utf8')
}

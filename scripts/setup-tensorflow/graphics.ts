import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What of NVIDIA's the system shows. */
export interface Graphics {
  readonly driver: boolean
  readonly gpus: number
}

/** Looks where the driver shows itself; also Windows' in WSL. @param root stands before every path */
export async function findGraphics(root = '/'): Promise<Graphics> {
  const there = (path: string) =>
    stat(join(root, path)).then(
      () => true,
      () => false,
    )
  const devices: string[] = await readdir(join(root, 'dev')).catch(() => [])
  const gpus = devices.filter((name) => /^(nvidia\d+|dxg)$/.test(name)).length
  const driver = gpus > 0 || devices.includes('nvidiactl') || (await there('proc/driver/nvidia/version'))
  return { driver, gpus }
}

/**
 * Why a TensorFlow that was built for GPUs computes on the CPU although NVIDIA's driver is there, and what to do;
 * undefined where nothing is amiss.
 * @param log what TensorFlow said while it started; one built for the CPU says nothing of GPUs
 */
export function whyNoGpu({ driver, gpus }: Graphics, log: string, env = process.env): string | undefined {
  if (!driver || HIDDEN.includes(env.CUDA_VISIBLE_DEVICES)) return undefined
  const failed = log.match(/CUDA_ERROR_\w+|failed call to cuInit[^\n]*/)?.[0]
  const noDriver = /Could not find cuda drivers/i.test(log)
  if (gpus === 0) {
    if (failed === undefined && !noDriver) return undefined
    return "NVIDIA's driver is there but no GPU; give this machine one (nvidia-smi -L lists them), or take --cpu"
  }
  if (noDriver) {
    return 'a GPU is there but its driver is not (libcuda.so.1); install it, in a container begin with --gpus all'
  }
  if (/Cannot dlopen some GPU libraries|Could not load dynamic library/i.test(log)) {
    return "a GPU is there but CUDA 12's libraries or cuDNN 9 are not; --cuda brings them"
  }
  return failed && `a GPU is there but does not start (${failed}); see nvidia-smi, or take --cpu`
}

/** Values by which a user hides every GPU. */
const HIDDEN: readonly (string | undefined)[] = ['', '-1', 'none', 'NoDevFiles']

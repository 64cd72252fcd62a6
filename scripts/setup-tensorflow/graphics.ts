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
  const failed = log.match(/failed call to cuInit[^\n]*/)?.[0]
  const librariesMissing = LIBRARIES_MISSING.test(log)
  if (failed === undefined && !librariesMissing) return undefined
  if (gpus === 0) {
    return "NVIDIA's driver is there but no GPU; give this machine one (nvidia-smi -L lists them), or take --cpu"
  }
  if (failed?.includes(NO_DRIVER_LIBRARY)) {
    return "a GPU is there but not its driver's library, libcuda.so.1; install the driver (docker run needs --gpus all)"
  }
  if (librariesMissing) return "a GPU is there but CUDA 12's libraries or cuDNN 9 are not; --cuda brings them"
  return `a GPU is there but does not start (${failed}); nvidia-smi says more, --cpu does without`
}

/** The second is about CUDA's runtime, whatever it says. */
const LIBRARIES_MISSING = /Cannot dlopen some GPU libraries|Could not find cuda drivers/

/** CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, which TensorFlow gives no name where the library that knows it is missing. */
const NO_DRIVER_LIBRARY = '(303)'

/** Values by which a user hides every GPU. */
const HIDDEN: readonly (string | undefined)[] = ['', '-1', 'none', 'NoDevFiles']

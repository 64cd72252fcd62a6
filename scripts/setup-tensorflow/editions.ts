import { UserError } from '../../src/base/errors.js'

/** The TensorFlow that is fetched. */
const TENSORFLOW = '2.21.0'

/** `cpu`: the smaller wheel; `gpu`: computes on a GPU where CUDA's libraries are; `cuda`: with CUDA's libraries beside. */
export type EditionName = 'cpu' | 'gpu' | 'cuda'

/** A wheel of Python's registry, of which only the C++ libraries and headers are used: nothing of Python runs. */
export interface Wheel {
  /** As pip reads it. */
  readonly requirement: string
  readonly sha256: string
  /** Size of the download. */
  readonly bytes: number
}

/** What is fetched for a machine. */
export interface Edition {
  /** Names its folder in the cache. */
  readonly id: string
  readonly wheels: readonly Wheel[]
  /** Size on the disk when unpacked. */
  readonly unpackedBytes: number
  /** Platform tags of the wheels, as pip reads them. */
  readonly platforms: readonly string[]
}

const CPU: Wheel = {
  requirement: `tensorflow-cpu==${TENSORFLOW}`,
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  bytes: 273_829_956,
}
const GPU: Wheel = {
  requirement: `tensorflow==${TENSORFLOW}`,
  sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  bytes: 572_440_367,
}
const ARM: Wheel = {
  requirement: `tensorflow==${TENSORFLOW}`,
  sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  bytes: 281_828_020,
}

/** CUDA 12 and cuDNN 9 as TensorFlow's wheel asks for them (`tensorflow[and-cuda]`), the newest that it takes. */
const CUDA: readonly Wheel[] = [
  ['cublas-cu12==12.9.3.13', 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72', 581_217_458],
  ['cuda-cupti-cu12==12.9.79', '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f', 10_814_997],
  ['cuda-nvcc-cu12==12.9.86', '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0', 40_546_229],
  ['cuda-nvrtc-cu12==12.9.86', '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4', 89_568_129],
  ['cuda-runtime-cu12==12.9.79', '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3', 3_493_179],
  ['cudnn-cu12==9.28.0.42', '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375', 716_538_495],
  ['cufft-cu12==11.4.1.4', 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28', 200_877_592],
  ['curand-cu12==10.3.10.19', '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e', 68_295_626],
  ['cusolver-cu12==11.7.5.82', '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88', 338_117_415],
  ['cusparse-cu12==12.5.10.65', '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78', 366_465_088],
  ['nccl-cu12==2.32.3', 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c', 351_526_311],
  ['nvjitlink-cu12==12.9.86', 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9', 39_748_338],
].map(([name, sha256, bytes]) => ({ requirement: `nvidia-${name}`, sha256: String(sha256), bytes: Number(bytes) }))

const GIGABYTE = 1e9

/**
 * What an edition means on a machine.
 * @throws UserError where TensorFlow has no wheel for it
 */
export function editionFor(
  name: EditionName,
  platform: string = process.platform,
  arch: string = process.arch,
): Edition {
  if (platform === 'linux' && arch === 'x64') {
    const [wheels, gigabytes] = {
      cpu: [[CPU], 1.3] as const,
      gpu: [[GPU], 1.9] as const,
      cuda: [[GPU, ...CUDA], 6.4] as const,
    }[name]
    const platforms = ['manylinux_2_27', 'manylinux_2_25', 'manylinux_2_17', 'manylinux2014'].map(
      (tag) => `${tag}_x86_64`,
    )
    return { id: `tensorflow-${TENSORFLOW}-${name}-x64`, wheels, unpackedBytes: gigabytes * GIGABYTE, platforms }
  }
  if (platform === 'linux' && arch === 'arm64') {
    if (name === 'cuda') throw new UserError(`TensorFlow ${TENSORFLOW} has no CUDA on aarch64; take --cpu`)
    const platforms = ['manylinux_2_27_aarch64']
    return { id: `tensorflow-${TENSORFLOW}-cpu-arm64`, wheels: [ARM], unpackedBytes: 1.4 * GIGABYTE, platforms }
  }
  throw new UserError(
    `no TensorFlow ${TENSORFLOW} for ${platform} on ${arch}, only for Linux on x64 and arm64; everything runs without it, by --engine wasm`,
  )
}

/** Bytes as people read them. */
export const megabytes = (bytes: number): string =>
  bytes < GIGABYTE ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / GIGABYTE).toFixed(1)} GB`

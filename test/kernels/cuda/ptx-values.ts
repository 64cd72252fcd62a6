// How PTX writes types and numbers, and how they lie in memory.
/** The number that an operand is, if it is one: written out, or the address of what its space begins with. */
export function constantOf(name: string): number | undefined {
  if (name === 'sharedMemory' || /^\w+_param_0$/.test(name)) return 0
  if (/^0[fF][0-9a-fA-F]{8}$/.test(name))
    return new Float32Array(Uint32Array.of(Number.parseInt(name.slice(2), 16)).buffer)[0]
  if (/^0[dD][0-9a-fA-F]{16}$/.test(name))
    return new Float64Array(BigUint64Array.of(BigInt(`0x${name.slice(2)}`)).buffer)[0]
  return /^-?\d+$/.test(name) ? Number(name) : undefined
}

export const isSigned = (type: string) => type.startsWith('s')
export const isWide = (type: string) => type === 'u64' || type === 's64' || type === 'b64'
export const bytesOf = (type: string) => Number(type.slice(1)) / 8

export function numberAt(view: DataView, at: number, type: string): number {
  if (type === 'u8') return view.getUint8(at)
  if (type === 'f32') return view.getFloat32(at, true)
  return type === 'f64' ? view.getFloat64(at, true) : view.getUint32(at, true)
}

export function putNumber(view: DataView, at: number, type: string, value: number): void {
  if (type === 'f32') view.setFloat32(at, value, true)
  else if (type === 'f64') view.setFloat64(at, value, true)
  else view.setUint32(at, value, true)
}

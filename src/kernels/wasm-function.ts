/** A function that a WebAssembly module exports. */
export function wasmFunction(exports: WebAssembly.Exports, name: string): (...args: number[]) => void {
  const found = exports[name]
  if (typeof found !== 'function') throw new Error(`the kernel exports no ${name}`)
  return (...args) => found(...args)
}

/** The same of one that gives a number. */
export function wasmNumberFunction(exports: WebAssembly.Exports, name: string): (...args: number[]) => number {
  const found = exports[name]
  if (typeof found !== 'function') throw new Error(`the kernel exports no ${name}`)
  return (...args) => Number(found(...args))
}

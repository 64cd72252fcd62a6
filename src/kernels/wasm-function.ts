/** A function that a WebAssembly module exports. */
export function wasmFunction(exports: WebAssembly.Exports, name: string): (...args: number[]) => void {
  const found = exports[name]
  if (typeof found !== 'function') throw new Error(`the kernel exports no ${name}`)
  return (...args) => found(...args)
}

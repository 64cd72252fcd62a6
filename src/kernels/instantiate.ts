import { readFileSync } from 'node:fs'

const compiled = new Map<string, WebAssembly.Module>()

/** What a new instance of a kernel exports, by the name of its file. It is compiled once in a thread. */
export function instantiate(kernel: string, memory: WebAssembly.Memory): WebAssembly.Exports {
  let module = compiled.get(kernel)
  if (!module) {
    module = new WebAssembly.Module(readFileSync(new URL(`./${kernel}.wasm`, import.meta.url)))
    compiled.set(kernel, module)
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports
}

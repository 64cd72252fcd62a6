import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The package whose binding joins TensorFlow's library to TensorFlow.js. */
export const TFJS_NODE = '@tensorflow/tfjs-node-gpu'

/** Folder of the installed package, or undefined where it is not installed. */
export function tfjsNodeFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${TFJS_NODE}/package.json`))
  } catch {
    return undefined
  }
}

/** Where the package looks for its binding, built or not. */
export const bindingFile = (folder: string): string => join(folder, 'lib', 'napi-v8', 'tfjs_binding.node')

/** Whether a binding lies where it belongs; whether it loads is another question. */
export function hasNativeBinding(): boolean {
  const folder = tfjsNodeFolder()
  return folder !== undefined && existsSync(bindingFile(folder))
}

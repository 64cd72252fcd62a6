import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { z } from 'zod'

/** A program of another language that answers a line of JSON with a line of JSON. */
export class LinePeer {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #said = ''

  constructor(program: string, args: readonly string[]) {
    this.#process = spawn(program, args)
    this.#process.stderr.on('data', (chunk) => (this.#said += chunk))
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** The next line that it prints. */
  async answer<T extends z.ZodType>(shape: T): Promise<z.output<T>> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`${this.#process.spawnfile} ended: ${this.#said.trim().split('\n').at(-1)}`)
    return shape.parse(JSON.parse(value))
  }

  async ask<T extends z.ZodType>(question: unknown, shape: T): Promise<z.output<T>> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`)
    return this.answer(shape)
  }

  close(): void {
    this.#process.stdin.end()
  }
}

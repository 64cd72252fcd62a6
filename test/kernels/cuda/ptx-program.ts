// Runs PTX on the CPU, for what the kernels' PTX uses: a warp's 32 lanes in step, each with its own place in the program, so
// that lanes that part meet again, at the latest where all of them exchange values. Every access has to lie in memory that was
// allocated, at an address that its size divides.
import { COMPARISONS, FLOATS, INTEGERS, PREDICATES, WIDE } from './ptx-arithmetic.js'
import { bytesOf, constantOf, isSigned, isWide, numberAt, putNumber } from './ptx-values.js'

export const LANES = 32
const ALL = Array.from({ length: LANES }, (_, lane) => lane)
const MOST_STEPS = 1_000_000

/** Does one instruction in some lanes. */
type Step = (lanes: readonly number[]) => void

interface Instruction {
  readonly guard?: (lane: number) => boolean
  readonly run?: Step
  /** All lanes do it together. */
  readonly waits?: boolean
  /** The instruction to go on with. */
  readonly target?: string
  readonly ends?: boolean
}

/** The instructions and labels of a kernel. */
export function bodyOf(ptx: string, kernel: string): string[] {
  const begin = ptx.indexOf(`.entry ${kernel}(`)
  if (begin < 0) throw new RangeError(`no kernel ${kernel}`)
  const end = ptx.indexOf('.visible .entry', begin)
  const text = ptx.slice(ptx.indexOf('\n{', begin) + 2, end < 0 ? undefined : end)
  // Braces that scope registers are dropped, those of vectors stay: they hold commas.
  return text
    .split(/[;\n]/)
    .map((line) =>
      line
        .replace(/^[\s{}]+(?![^{]*\})/, '')
        .replace(/^\s*\}\s*$/, '')
        .trim(),
    )
    .filter((line) => line !== '' && line !== '{' && !line.startsWith('.'))
}

type Space = 'global' | 'shared' | 'param'

/** A kernel, for one warp. */
export class PtxProgram {
  readonly #instructions: Instruction[] = []
  readonly #labels = new Map<string, number>()
  readonly #registers = new Map<string, ArrayBuffer>()
  readonly #special: Readonly<Record<string, number>>
  readonly #spaces: Readonly<Record<Space, DataView>>
  readonly #check: (address: number, size: number) => void

  constructor(
    lines: readonly string[],
    special: Readonly<Record<string, number>>,
    spaces: Readonly<Record<Space, DataView>>,
    check: (address: number, size: number) => void,
  ) {
    this.#special = special
    this.#spaces = spaces
    this.#check = check
    for (const line of lines) {
      const label = /^(\$\w+):$/.exec(line)
      if (label) this.#labels.set(label[1], this.#instructions.length)
      else this.#instructions.push(this.#parse(line))
    }
  }

  /** Runs to the end; how many instructions that took. */
  run(): number {
    const places = new Int32Array(LANES)
    let left = ALL
    let step = 0
    for (; left.length > 0; step++) {
      if (step === MOST_STEPS) throw new RangeError(`${MOST_STEPS} steps: the kernel does not end`)
      // What lanes do together waits until all of them are there.
      const free = left.filter((lane) => !this.#instructions[places[lane]].waits)
      const at = Math.min(...(free.length > 0 ? free : left).map((lane) => places[lane]))
      const here = left.filter((lane) => places[lane] === at)
      const { guard, run, target, ends } = this.#instructions[at]
      const active = guard ? here.filter(guard) : here
      for (const lane of here) places[lane]++
      if (target !== undefined) for (const lane of active) places[lane] = this.#labels.get(target)!
      else if (ends) left = left.filter((lane) => !active.includes(lane))
      else run?.(active)
    }
    return step
  }

  #parse(line: string): Instruction {
    const [, negated, name, opcode, rest] = /^(?:@(!?)(\S+)\s+)?(\S+)\s*(.*)$/.exec(line)!
    const predicate = name === undefined ? undefined : this.#u32(name)
    const guard = predicate && ((lane: number) => (predicate[2 * lane] !== 0) !== (negated === '!'))
    const operands = rest.match(/\{[^}]*\}|\[[^\]]*\]|[^,\s]+/g) ?? []
    if (opcode.startsWith('bra')) return { guard, target: operands[0] }
    if (opcode === 'ret') return { guard, ends: true }
    return { guard, waits: /\.sync\b/.test(opcode), run: this.#step(opcode.split('.'), operands) }
  }

  #step(parts: readonly string[], operands: readonly string[]): Step {
    const [op] = parts
    const type = parts[parts.length - 1]
    switch (op) {
      case 'ld':
      case 'st':
        return this.#access(op, parts, type, operands)
      case 'red':
      case 'atom':
        return this.#add(op === 'red' ? undefined : operands[0], parts, type, operands.slice(op === 'red' ? 0 : 1))
      case 'shfl':
        return this.#exchange(parts[2], operands)
      case 'vote':
        return this.#ballot(operands)
      case 'bar':
        return together(() => {})
      case 'mov':
        return this.#move(type, operands)
      case 'setp':
        return this.#compare(parts[1], type, operands)
      case 'selp':
        return this.#select(type, operands)
      case 'cvt':
        return this.#convert(type, parts[parts.length - 2], operands)
      case 'cvta':
        return this.#move(type, operands)
    }
    if (type.endsWith('64') && !type.startsWith('f')) return this.#wide(parts, operands)
    if (op === 'mul' && parts[1] === 'wide') return this.#multiplyWide(type, operands)
    return this.#narrow(parts, type, operands)
  }

  // ---- Registers: 8 bytes for each lane, read as whatever an instruction takes them for

  #buffer(name: string): ArrayBuffer {
    const known = this.#registers.get(name)
    if (known) return known
    const fresh = new ArrayBuffer(8 * LANES)
    this.#registers.set(name, fresh)
    return fresh
  }
  #u32(name: string): Uint32Array {
    return new Uint32Array(this.#buffer(name))
  }

  /** Reads an operand of at most 32 bits, or a float. */
  #number(name: string, type: string): (lane: number) => number {
    const written = constantOf(name)
    if (written !== undefined) {
      const constant = type.startsWith('f') || isSigned(type) ? written : written >>> 0
      return () => constant
    }
    const buffer = this.#buffer(name)
    if (type === 'f64') {
      const values = new Float64Array(buffer)
      return (lane) => values[lane]
    }
    const values =
      type === 'f32' ? new Float32Array(buffer) : isSigned(type) ? new Int32Array(buffer) : new Uint32Array(buffer)
    const base = this.#special[name]
    if (base !== undefined) return (lane) => base + (name === '%tid.x' ? lane : 0)
    return (lane) => values[2 * lane]
  }

  #big(name: string, type: string): (lane: number) => bigint {
    const written = constantOf(name)
    if (written !== undefined) {
      const constant = isSigned(type) ? BigInt(written) : BigInt.asUintN(64, BigInt(written))
      return () => constant
    }
    const values = isSigned(type) ? new BigInt64Array(this.#buffer(name)) : new BigUint64Array(this.#buffer(name))
    return (lane) => values[lane]
  }

  #write(name: string, type: string): (lane: number, value: number) => void {
    const buffer = this.#buffer(name)
    if (type === 'f64') {
      const values = new Float64Array(buffer)
      return (lane, value) => (values[lane] = value)
    }
    const values = type === 'f32' ? new Float32Array(buffer) : new Uint32Array(buffer)
    const mask = type.endsWith('16') ? 0xffff : -1
    return (lane, value) => (values[2 * lane] = type === 'f32' ? value : value & mask)
  }

  #writeBig(name: string): (lane: number, value: bigint) => void {
    const values = new BigUint64Array(this.#buffer(name))
    return (lane, value) => (values[lane] = BigInt.asUintN(64, value))
  }

  // ---- Memory

  /** The address that `[register + number]` names in each lane. */
  #address(text: string): (lane: number) => number {
    const [, base, offset = '0'] = /^\[([^+\]]+)(?:\+(-?\d+))?\]$/.exec(text)!
    const read = this.#big(base, 'u64')
    return (lane) => Number(read(lane)) + Number(offset)
  }

  #view(parts: readonly string[], count: number, type: string): (address: number) => DataView {
    const space = parts[1]
    if (space !== 'global' && space !== 'shared' && space !== 'param') throw new RangeError(`memory ${space}`)
    const size = count * bytesOf(type)
    return (address) => {
      if (address % size !== 0) throw new RangeError(`${size} bytes at ${address} are not aligned`)
      if (space === 'global') this.#check(address, size)
      return this.#spaces[space]
    }
  }

  #access(op: 'ld' | 'st', parts: readonly string[], type: string, operands: readonly string[]): Step {
    const [where, values] = op === 'ld' ? [operands[1], operands[0]] : operands
    const names = values.startsWith('{') ? values.slice(1, -1).split(/\s*,\s*/) : [values]
    const [address, view] = [this.#address(where), this.#view(parts, names.length, type)]
    const size = bytesOf(type)
    const each = names.map((name, i) => this.#transfer(op, name.trim(), type, i * size))
    return (lanes) => {
      for (const lane of lanes) {
        const at = address(lane)
        for (const one of each) one(view(at), at, lane)
      }
    }
  }

  #transfer(
    op: 'ld' | 'st',
    name: string,
    type: string,
    offset: number,
  ): (view: DataView, at: number, lane: number) => void {
    if (isWide(type)) {
      const [read, write] = [this.#big(name, 'u64'), this.#writeBig(name)]
      if (op === 'ld') return (view, at, lane) => write(lane, view.getBigUint64(at + offset, true))
      return (view, at, lane) => view.setBigUint64(at + offset, read(lane), true)
    }
    const [read, write] = [this.#number(name, type), this.#write(name, type)]
    return (view, at, lane) => {
      if (op === 'ld') write(lane, numberAt(view, at + offset, type))
      else putNumber(view, at + offset, type, read(lane))
    }
  }

  /** Adds to memory lane after lane; `before` takes what stood there. */
  #add(before: string | undefined, parts: readonly string[], type: string, [where, given]: readonly string[]): Step {
    const names = given.startsWith('{') ? given.slice(1, -1).split(/\s*,\s*/) : [given]
    const [address, view] = [this.#address(where), this.#view(parts, names.length, type)]
    const values = names.map((name) => this.#number(name.trim(), type))
    const told = before === undefined ? undefined : this.#write(before, type)
    return (lanes) => {
      for (const lane of lanes) {
        const at = address(lane)
        values.forEach((value, i) => {
          const place = at + i * bytesOf(type)
          const stood = numberAt(view(at), place, type)
          told?.(lane, stood)
          putNumber(view(at), place, type, stood + value(lane))
        })
      }
    }
  }

  // ---- Lanes among themselves

  #exchange(mode: string, [to, from, by]: readonly string[]): Step {
    const [read, write, amount] = [
      this.#number(from, 'u32'),
      this.#write(to.split('|')[0], 'u32'),
      this.#number(by, 'u32'),
    ]
    return together(() => {
      const values = ALL.map(read)
      for (const lane of ALL) {
        const other = mode === 'bfly' ? lane ^ amount(lane) : mode === 'idx' ? amount(lane) : lane - amount(lane)
        write(lane, values[other < 0 ? lane : other % LANES])
      }
    })
  }

  #ballot([to, from]: readonly string[]): Step {
    const [read, write] = [this.#number(from, 'u32'), this.#write(to, 'u32')]
    return together(() => {
      const bits = ALL.reduce((sum, lane) => (read(lane) === 0 ? sum : sum + 2 ** lane), 0)
      for (const lane of ALL) write(lane, bits)
    })
  }

  // ---- Arithmetic

  #move(type: string, [to, from]: readonly string[]): Step {
    if (to.startsWith('{')) {
      const [low, high] = to
        .slice(1, -1)
        .split(',')
        .map((name) => this.#write(name.trim(), 'u32'))
      const read = this.#big(from, 'u64')
      return inEach((lane) => {
        low(lane, Number(BigInt.asUintN(32, read(lane))))
        high(lane, Number(read(lane) >> 32n))
      })
    }
    if (isWide(type)) {
      const [read, write] = [this.#big(from, type), this.#writeBig(to)]
      return inEach((lane) => write(lane, read(lane)))
    }
    const [read, write] = [this.#number(from, type), this.#write(to, type)]
    return inEach((lane) => write(lane, read(lane)))
  }

  #compare(how: string, type: string, [to, a, b]: readonly string[]): Step {
    const write = this.#write(to, 'pred')
    const holds = COMPARISONS[how]
    if (holds === undefined) throw new RangeError(`setp.${how}`)
    if (isWide(type)) {
      const [x, y] = [this.#big(a, type), this.#big(b, type)]
      return inEach((lane) => write(lane, Number(holds(x(lane), y(lane)))))
    }
    const [x, y] = [this.#number(a, type), this.#number(b, type)]
    return inEach((lane) => write(lane, Number(holds(x(lane), y(lane)))))
  }

  #select(type: string, [to, a, b, p]: readonly string[]): Step {
    const which = this.#u32(p)
    if (isWide(type)) {
      const [x, y, write] = [this.#big(a, type), this.#big(b, type), this.#writeBig(to)]
      return inEach((lane) => write(lane, which[2 * lane] ? x(lane) : y(lane)))
    }
    const [x, y, write] = [this.#number(a, type), this.#number(b, type), this.#write(to, type)]
    return inEach((lane) => write(lane, which[2 * lane] ? x(lane) : y(lane)))
  }

  #convert(from: string, to: string, [target, source]: readonly string[]): Step {
    if (isWide(to)) {
      const write = this.#writeBig(target)
      const read = this.#number(source, from)
      return inEach((lane) => write(lane, BigInt(read(lane))))
    }
    const write = this.#write(target, to)
    if (isWide(from)) {
      const read = this.#big(source, from)
      const mask = to.startsWith('f') ? 64 : 32
      return inEach((lane) => write(lane, Number(BigInt.asUintN(mask, read(lane)))))
    }
    const read = this.#number(source, from)
    return inEach((lane) => write(lane, read(lane)))
  }

  #multiplyWide(type: string, [to, a, b]: readonly string[]): Step {
    const [x, y, write] = [this.#number(a, type), this.#number(b, type), this.#writeBig(to)]
    return inEach((lane) => write(lane, BigInt(x(lane)) * BigInt(y(lane))))
  }

  #wide(parts: readonly string[], [to, a, b]: readonly string[]): Step {
    const [op, type] = [parts[0], parts[parts.length - 1]]
    const write = this.#writeBig(to)
    const x = this.#big(a, type)
    if (op === 'shl' || op === 'shr') {
      const by = this.#number(b, 'u32')
      return inEach((lane) => write(lane, op === 'shl' ? x(lane) << BigInt(by(lane)) : x(lane) >> BigInt(by(lane))))
    }
    const y = this.#big(b ?? '0', type)
    const compute = WIDE[op]
    if (compute === undefined) throw new RangeError(`${parts.join('.')}`)
    return inEach((lane) => write(lane, compute(x(lane), y(lane))))
  }

  #narrow(parts: readonly string[], type: string, [to, ...from]: readonly string[]): Step {
    const write = this.#write(to, type)
    const [x, y, z] = [0, 1, 2].map((i) => this.#number(from[i] ?? '0', type))
    const name = parts[0] === 'mul' || parts[0] === 'mad' ? `${parts[0]}.${parts[1]}` : parts[0]
    const compute = type === 'pred' ? PREDICATES[name] : type.startsWith('f') ? FLOATS[parts[0]] : INTEGERS[name]
    if (compute === undefined) throw new RangeError(`${parts.join('.')}`)
    return inEach((lane) => write(lane, compute(x(lane), y(lane), z(lane))))
  }
}

const inEach =
  (work: (lane: number) => void): Step =>
  (lanes) => {
    for (const lane of lanes) work(lane)
  }

/** For what all lanes do together. */
const together =
  (work: () => void): Step =>
  (lanes) => {
    if (lanes.length !== LANES) throw new RangeError(`${lanes.length} lanes of ${LANES} exchange values`)
    work()
  }

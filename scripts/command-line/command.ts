import { constants } from 'node:os'
import { basename } from 'node:path'
import { Command, CommanderError } from 'commander'
import { z } from 'zod'
import { fileError, InterruptedError, UserError } from '../../src/base/errors.js'
import { type Progress, SILENT } from '../../src/base/progress.js'
import { versionsInUse } from '../../src/base/versions.js'

/** What a command's work is given. */
export interface CommandContext {
  readonly progress: Progress
  /**
   * Fires at the first Ctrl-C or SIGTERM: save, say how to go on, throw InterruptedError. Work that does not take it has
   * nothing to save, and is ended by the system.
   */
  readonly signal: AbortSignal
}

/** What a command says when it is done: lines for people, or one object for programs (`--json`). */
export interface CommandResult {
  readonly lines: readonly string[]
  readonly json: object
  /** Exit status where the work is done but its answer is no (1). */
  readonly status?: number
}

/** Exit statuses all commands share. */
const STATUS = { done: 0, defect: 1, mendable: 2, interrupted: 130 } as const
/** A signal's number is added to this, as shells do: 130 for SIGINT, 143 for SIGTERM. */
const STATUS_OF_SIGNALS = 128

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A commander command with what all of ours share: `--quiet`, `--json`, `--version`, an example in the help. */
export function createCommand(name: string, description: string, example: string | (() => string)): Command {
  return new Command(name)
    .description(description)
    .option('--quiet', 'show no progress')
    .option('--json', 'print one JSON object on stdout when done')
    .version(versionsInUse()['cbow-adversarial'], '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .addHelpText(
      'after',
      () => `\nExample:\n  ${(typeof example === 'string' ? example : example()).replaceAll('\n', '\n  ')}`,
    )
    .showSuggestionAfterError(true)
    .configureHelp({
      showGlobalOptions: true,
      // Every command has options; without the word there is room for what it does.
      subcommandTerm: (each) => `${each.name()} ${each.usage().replace(/^\[options\] ?/, '')}`.trim(),
      minWidthToWrap: 30,
    })
}

/** This very call as a shell would take it again: for the settings to repeat in a report. */
export function commandLine(): string {
  const [, script, ...args] = process.argv
  const quoted = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`))
  return ['npx', basename(script, '.js'), ...quoted].join(' ')
}

/** Flags as texts and switches; a schema turns them into options (`parseFlags`). */
export type Flags = Readonly<Record<string, unknown>>

/** The text of a flag that must be given; commander's own check would hide an unknown flag behind it. */
export function required(command: Command, flags: Flags, name: string): string {
  const value = flags[name]
  if (typeof value === 'string') return value
  const option = command.options.find((each) => each.attributeName() === name)
  return command.error(`error: no --${name} given: ${option?.description ?? ''}`)
}

/** Gives a command its work. `work` gets the positional arguments, then the flags, then the context. */
export function doing(
  command: Command,
  work: (positional: string[], flags: Flags, context: CommandContext) => Promise<CommandResult>,
): Command {
  return command.action(async (...given: unknown[]) => {
    const { json = false, quiet = false } = command.optsWithGlobals<{ json?: boolean; quiet?: boolean }>()
    const interrupt = new AbortController()
    const onSignal = (name: NodeJS.Signals) => {
      // What an InterruptedError will end with.
      process.exitCode = STATUS_OF_SIGNALS + constants.signals[name]
      if (interrupt.signal.aborted) process.exit()
      interrupt.abort()
    }
    const progress = quiet ? SILENT : await import('./progress-bar.js').then((module) => module.progressBar())
    try {
      const positional = given.slice(0, command.registeredArguments.length).flat().filter(isText)
      const result = await work(positional, command.opts(), {
        progress,
        get signal() {
          for (const name of STOP_SIGNALS) if (!process.listeners(name).includes(onSignal)) process.on(name, onSignal)
          return interrupt.signal
        },
      })
      process.stdout.write(json ? `${JSON.stringify(result.json)}\n` : result.lines.map((line) => `${line}\n`).join(''))
      process.exitCode = result.status ?? STATUS.done
    } finally {
      progress.stop()
      for (const name of STOP_SIGNALS) process.off(name, onSignal)
    }
  })
}

const isText = (value: unknown): value is string => typeof value === 'string'

/**
 * Runs a command on the process's arguments; the only place that chooses an exit status for an error.
 * @param prepare what may fail as the command may, before its arguments are read
 */
export async function main(command: Command, prepare?: () => void): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody reads on (`| head`): nothing is left to do.
    if (error.code === 'EPIPE') process.exit(STATUS.done)
    const { status, message } = explain(fileError(error, 'standard output'), command.name())
    process.stderr.write(`${message}\n`)
    process.exit(status)
  })
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} })
  }
  try {
    prepare?.()
    await command.parseAsync()
  } catch (error) {
    const { status, message } = explain(error, command.name())
    process.exitCode = status
    if (message !== '') process.stderr.write(`${message}\n`)
  }
}

function explain(thrown: unknown, name: string): { status: number; message: string } {
  const error = fileError(thrown, pathOf(thrown))
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { status: STATUS.done, message: '' }
    if (error.code === 'commander.help') return { status: STATUS.mendable, message: `${name}: see ${name} --help` }
    const text = oneLine(error.message).replace(/^error: /, '')
    return { status: STATUS.mendable, message: `${name}: ${text}; see ${name} --help` }
  }
  if (error instanceof InterruptedError) {
    const status = typeof process.exitCode === 'number' ? process.exitCode : STATUS.interrupted
    return { status, message: `${name}: ${error.message}` }
  }
  if (error instanceof UserError) return { status: STATUS.mendable, message: `${name}: ${oneLine(error.message)}` }
  if (error instanceof z.ZodError) {
    return { status: STATUS.mendable, message: `${name}: ${oneLine(z.prettifyError(error))}` }
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { status: STATUS.defect, message: `${name}: a defect of ours, please report it: ${stack}` }
}

function pathOf(error: unknown): string {
  if (error instanceof Error && 'path' in error && typeof error.path === 'string') return error.path
  return 'a file'
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ')

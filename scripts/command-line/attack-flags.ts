import type { Command } from 'commander'
import { z } from 'zod'
import type { AttackDefinition } from '../../src/attacks/attack.js'
import { MAX_EPSILON } from '../../src/attacks/continuous/continuous-options.js'
import { attackDefinitions, findAttack } from '../../src/attacks/index.js'
import { UserError } from '../../src/base/errors.js'
import { flagOf } from '../../src/text/flag-of.js'
import { addSchemaFlags, parseFlags } from './schema-flags.js'

/** `--epsilon 0.01,0.03` is a list: a curve over all, rows for the largest. */
const Epsilons = z.object({ epsilon: z.array(z.number().min(0).max(MAX_EPSILON)).min(1) })

/** Options that are asked for in another way, or that no person writes. */
const NO_FLAGS = ['epsilon', 'learned']

/**
 * Adds the flags of the attack that the arguments name, so that `--attack NAME --help` lists them and any other
 * attack's flag is unknown.
 */
export function addAttackFlags(command: Command, args: readonly string[]): AttackDefinition | undefined {
  const name = attackNamed(args)
  if (name === undefined) return undefined
  const definition = findAttack(name)
  const flags = addSchemaFlags(command.optionsGroup(`Options of ${name}:`), definition.options, NO_FLAGS)
  if ('epsilon' in definition.options.shape) {
    const radius = definition.options.shape.epsilon.parse(undefined)
    const given = radius === undefined ? '' : ` [${String(radius)}]`
    flags.option(
      '--epsilon <LIST>',
      `largest norm of the perturbation; several give a curve, and rows for the largest${given}`,
    )
  }
  refuseFlagsOfOthers(definition, args)
  command.addHelpText('after', `\n${definition.name}: ${definition.summary}\n${definition.reference}`)
  return definition
}

/** An unknown flag is told by commander; one that another attack has, by which attacks have it. */
function refuseFlagsOfOthers({ name, options }: AttackDefinition, args: readonly string[]): void {
  for (const flag of args.map((arg) => arg.split('=')[0]).filter((arg) => arg.startsWith('--'))) {
    const having = attackDefinitions.filter((other) =>
      Object.keys(other.options.shape).some((key) => flagOf(key) === flag),
    )
    if (having.length === 0 || Object.keys(options.shape).some((key) => flagOf(key) === flag)) continue
    throw new UserError(`${flag}: ${name} has no such option; ${having.map((other) => other.name).join(', ')} have it`)
  }
}

function attackNamed(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === '--attack' || arg.startsWith('--attack='))
  if (at < 0) return undefined
  return args[at].startsWith('--attack=') ? args[at].slice('--attack='.length) : args[at + 1]
}

/** A call of the attack that the arguments name, for the help. */
export function attackExample(definition: AttackDefinition | undefined): string {
  const { name, kind } = definition ?? { name: 'hotflip', kind: 'words' }
  const own = name === 'hotflip' ? ' --max-words 2' : kind === 'continuous' ? ' --epsilon 0.05' : ''
  return `generate-adversarial test.csv --model models/reviews --attack ${name}${own} --output flips.csv`
}

/** The attack with the options that the flags give, and the radii that `--epsilon` lists. */
export function attackFromFlags(definition: AttackDefinition, flags: Readonly<Record<string, unknown>>) {
  const { epsilon, ...others } = flags
  const epsilons = epsilon === undefined ? [] : parseFlags(Epsilons, { epsilon }).epsilon
  const options = parseFlags(definition.options, others)
  const given = epsilons.length === 0 ? options : { ...options, epsilon: Math.max(...epsilons) }
  return { attack: definition.create(given), epsilons }
}

/** One line for each attack. */
export function attackLines(): string[] {
  const width = Math.max(...attackDefinitions.map(({ name }) => name.length))
  return attackDefinitions.map(({ name, kind, summary }) => `${name.padEnd(width)} ${kind.padEnd(10)}  ${summary}`)
}

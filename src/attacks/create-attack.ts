import type { z } from 'zod'
import { parseOptions } from '../text/parse-options.js'
import type { Attack, AttackDefinition } from './attack.js'

/**
 * Makes an attack of options as a user gives them.
 * @throws UserError that names the option which is unknown or has no good value
 */
export function createAttack<Options extends z.ZodObject>(
  definition: AttackDefinition<Options>,
  options: z.input<Options> | Record<string, never> = {},
): Attack {
  return definition.create(parseOptions(definition.options, options, `attack ${definition.name}`))
}

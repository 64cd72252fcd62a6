import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { unknownName } from '../text/nearest-name.js'
import type { Attack, AttackDefinition } from './attack.js'

/**
 * Makes an attack of options as a user gives them.
 * @throws UserError that names the option which is unknown or has no good value
 */
export function createAttack<Options extends z.ZodObject>(
  definition: AttackDefinition<Options>,
  options: z.input<Options> | Record<string, never> = {},
): Attack {
  const parsed = z.safeParse(definition.options, options)
  if (parsed.success) return definition.create(parsed.data)
  const [issue] = parsed.error.issues
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(definition.options.shape)
    throw new UserError(`attack ${definition.name}: ${unknownName('option', issue.keys[0], known)}`)
  }
  throw new UserError(`attack ${definition.name}: option ${issue.path.join('.')}: ${issue.message}`)
}

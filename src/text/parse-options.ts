import { z } from 'zod'
import { UserError } from '../base/errors.js'
import { unknownName } from './nearest-name.js'

/**
 * Options as a caller of the API gives them, checked by their schema; what is left out has its default.
 * @param schema strict, so that a slip of the keyboard is told instead of doing nothing
 * @param whose the options are, for errors: `attack hotflip`
 * @throws UserError that names the option which is unknown or has no good value
 */
export function parseOptions<Schema extends z.ZodObject>(
  schema: Schema,
  options: object,
  whose: string,
): z.output<Schema> {
  const parsed = z.safeParse(schema, options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    throw new UserError(`${whose}: ${unknownName('option', issue.keys[0], Object.keys(schema.shape))}`)
  }
  throw new UserError(`${whose}: option ${issue.path.join('.')}: ${issue.message}`)
}

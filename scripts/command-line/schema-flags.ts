import { type Command, Option } from 'commander'
import { z } from 'zod'
import { UserError } from '../../src/base/errors.js'
import { flagOf } from '../../src/text/flag-of.js'
import type { Flags } from './command.js'

const JsonProperty = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  description: z.string().optional(),
  placeholder: z.string().optional(),
  default: z.unknown().optional(),
  items: z.looseObject({ type: z.string().optional() }).optional(),
})
type JsonProperty = z.infer<typeof JsonProperty>

/** What JSON Schema knows of each field: its type, choices, default and description. */
function propertiesOf(schema: z.ZodObject): Map<string, JsonProperty> {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return new Map(Object.entries(json.properties ?? {}).map(([name, property]) => [name, JsonProperty.parse(property)]))
}

/**
 * Adds one flag for each field of a zod schema: the same schema gives the API its types, and the flags their names,
 * defaults and help. Values stay text here; {@link parseFlags} turns them over to zod.
 * @param except fields that the command asks for in its own way
 */
export function addSchemaFlags(command: Command, schema: z.ZodObject, except: readonly string[] = []): Command {
  for (const [name, property] of propertiesOf(schema)) {
    if (except.includes(name)) continue
    const isSwitch = property.type === 'boolean'
    const ofType = property.type === 'array' ? 'LIST' : property.type === 'string' || property.enum ? 'NAME' : 'N'
    const placeholder = property.placeholder ?? ofType
    const choices = property.enum?.length ? ` (${property.enum.join('|')})` : ''
    const given = property.default === undefined || property.default === false ? '' : ` [${String(property.default)}]`
    const option = new Option(
      isSwitch ? flagOf(name) : `${flagOf(name)} <${placeholder}>`,
      `${property.description ?? ''}${choices}${given}`,
    )
    command.addOption(option)
  }
  return command
}

/**
 * Checks the flags' texts by the schema.
 * @throws UserError that names the flag
 */
export function parseFlags<Schema extends z.ZodObject>(schema: Schema, flags: Flags): z.output<Schema> {
  const given: Record<string, unknown> = {}
  for (const [name, property] of propertiesOf(schema)) {
    if (flags[name] !== undefined) given[name] = checkable(flags[name], property)
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw flagError(parsed.error, flags)
}

function checkable(flag: unknown, property: JsonProperty): unknown {
  if (typeof flag !== 'string') return flag
  const types = [property.type ?? []].flat()
  if (types.includes('array'))
    return flag.split(',').map((item) => numberOrText(item, [property.items?.type ?? []].flat()))
  return numberOrText(flag, types)
}

/** A number where one is wanted; nothing written is none, not 0. */
function numberOrText(text: string, types: readonly string[]): unknown {
  if (types.includes('number') || types.includes('integer')) return text.trim() === '' ? Number.NaN : Number(text)
  return text
}

function flagError(error: z.ZodError, flags: Flags): UserError {
  const [issue] = error.issues
  const name = String(issue.path[0] ?? '')
  return new UserError(`${flagOf(name)} ${String(flags[name])}: ${needed(issue)}`)
}

/** What a value must be, in words; numbers and choices are all that our flags are held to. */
function needed(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number is needed' : `a ${issue.expected} is needed`
    case 'too_small':
      if (issue.origin === 'string') return 'a text is needed'
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum} is needed`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum} is needed`
    case 'invalid_value':
      return `one of ${issue.values.join(', ')} is needed`
    default:
      return issue.message
  }
}

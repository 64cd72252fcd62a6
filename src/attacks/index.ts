import type { z } from 'zod'
import { UserError } from '../base/errors.js'
import type { Attack, AttackDefinition } from './attack.js'
import { createAttack } from './create-attack.js'
import { fgsm } from './fgsm.js'
import { pgd } from './pgd.js'

/** All attacks, in the order in which they are listed. */
export const attackDefinitions: readonly AttackDefinition[] = [fgsm, pgd]

const maker =
  <Options extends z.ZodObject>(definition: AttackDefinition<Options>) =>
  (options?: z.input<Options>): Attack =>
    createAttack(definition, options)

/**
 * One function for each attack: `attacks.pgd({ norm: 'l2', epsilon: 1.2 })`. What is left out has its default.
 * @throws UserError that names the option which is unknown or has no good value
 */
export const attacks = {
  fgsm: maker(fgsm),
  pgd: maker(pgd),
}

/**
 * The attack of that name.
 * @throws UserError that names the known ones
 */
export function findAttack(name: string): AttackDefinition {
  const found = attackDefinitions.find((definition) => definition.name === name)
  if (found) return found
  const known = attackDefinitions.map((definition) => definition.name).join(', ')
  throw new UserError(`unknown attack '${name}'; there are ${known}`)
}

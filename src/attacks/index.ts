import type { z } from 'zod'
import { UserError } from '../base/errors.js'
import { unknownName } from '../text/nearest-name.js'
import type { Attack, AttackDefinition } from './attack.js'
import { createAttack } from './create-attack.js'
import { fgsm } from './fgsm.js'
import { hotflip } from './hotflip.js'
import { pgd } from './pgd.js'
import { randomSwap } from './random-swap.js'

/** All attacks, in the order in which they are listed. */
export const attackDefinitions: readonly AttackDefinition[] = [fgsm, pgd, hotflip, randomSwap]

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
  hotflip: maker(hotflip),
  random: maker(randomSwap),
}

/**
 * The attack of that name.
 * @throws UserError that names the nearest known one, or all
 */
export function findAttack(name: string): AttackDefinition {
  const found = attackDefinitions.find((definition) => definition.name === name)
  if (found) return found
  const known = attackDefinitions.map((definition) => definition.name)
  throw new UserError(unknownName('attack', name, known))
}

import type { z } from 'zod'
import { UserError } from '../base/errors.js'
import { unknownName } from '../text/nearest-name.js'
import { apgd } from './apgd.js'
import type { Attack, AttackDefinition } from './attack.js'
import { bim } from './bim.js'
import { createAttack } from './create-attack.js'
import { cw } from './cw.js'
import { ddn } from './ddn.js'
import { deepfool } from './deepfool.js'
import { fgsm } from './fgsm.js'
import { fmn } from './fmn.js'
import { hotflip } from './hotflip.js'
import { pgd } from './pgd.js'
import { pgdMinimal } from './pgd-minimal.js'
import { randomSwap } from './random-swap.js'

/** All attacks, in the order in which they are listed. */
export const attackDefinitions: readonly AttackDefinition[] = [
  fgsm,
  bim,
  pgd,
  apgd,
  deepfool,
  cw,
  ddn,
  fmn,
  pgdMinimal,
  hotflip,
  randomSwap,
]

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
  bim: maker(bim),
  pgd: maker(pgd),
  apgd: maker(apgd),
  deepfool: maker(deepfool),
  cw: maker(cw),
  ddn: maker(ddn),
  fmn: maker(fmn),
  pgdMinimal: maker(pgdMinimal),
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

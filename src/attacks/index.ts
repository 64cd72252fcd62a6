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
import { exactSwaps } from './exact-swaps.js'
import { fgsm } from './fgsm.js'
import { fmn } from './fmn.js'
import { gcg } from './gcg.js'
import { genetic } from './genetic.js'
import { hotflip } from './hotflip.js'
import { inputReduction } from './input-reduction.js'
import { nearestWalk } from './nearest-walk.js'
import { pgd } from './pgd.js'
import { pgdMinimal } from './pgd-minimal.js'
import { pwws } from './pwws.js'
import { randomSwap } from './random-swap.js'
import { trigger } from './trigger.js'
import { universal } from './universal.js'
import { wordImportance } from './word-importance.js'

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
  universal,
  hotflip,
  gcg,
  nearestWalk,
  pwws,
  wordImportance,
  genetic,
  inputReduction,
  trigger,
  randomSwap,
  exactSwaps,
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
  universal: maker(universal),
  hotflip: maker(hotflip),
  gcg: maker(gcg),
  nearestWalk: maker(nearestWalk),
  pwws: maker(pwws),
  wordImportance: maker(wordImportance),
  genetic: maker(genetic),
  inputReduction: maker(inputReduction),
  trigger: maker(trigger),
  random: maker(randomSwap),
  exactSwaps: maker(exactSwaps),
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

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attackDefinitions, attacks, findAttack } from '#src/attacks/index.js'
import { UserError } from '#src/base/errors.js'

describe('options', () => {
  it.each([
    [() => attacks.fgsm({ epsilon: -1 }), 'attack fgsm: option epsilon: '],
    [() => attacks.pgd({ epsilon: Number.NaN }), 'attack pgd: option epsilon: '],
    [() => attacks.pgd({ steps: 0 }), 'attack pgd: option steps: '],
    [() => attacks.pgd({ steps: 1.5 }), 'attack pgd: option steps: '],
    [() => attacks.hotflip({ beam: 0 }), 'attack hotflip: option beam: '],
    [() => attacks.hotflip({ minCosine: 2 }), 'attack hotflip: option minCosine: '],
    [() => attacks.random({ maxWords: -1 }), 'attack random: option maxWords: '],
    [() => attacks.hotflip(JSON.parse('{"beem": 3}')), "attack hotflip: unknown option 'beem': did you mean 'beam'?"],
    [() => attacks.fgsm(JSON.parse('{"norm": "l3"}')), 'attack fgsm: option norm: '],
    [() => findAttack('hotfilp'), "unknown attack 'hotfilp': did you mean 'hotflip'?"],
  ])('%s: one line that names the option', (make, message) => {
    expect(make).toThrow(UserError)
    expect(make).toThrow(message)
    expect(make).not.toThrow('\n')
  })

  it.each(attackDefinitions.map((definition) => [definition.name, definition] as const))(
    '%s: each has a description, and a default that makes an attack',
    (name, definition) => {
      const { properties = {} } = z.toJSONSchema(definition.options, { io: 'input' })
      for (const property of Object.values(properties)) expect(property).toHaveProperty('description')
      const attack = definition.create(definition.options.parse({}))
      expect(attack).toMatchObject({ name, kind: definition.kind })
      expect(findAttack(name)).toBe(definition)
      // `pgd-minimal` is attacks.pgdMinimal.
      expect(attacks).toHaveProperty(name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()))
    },
  )

  it('in force stand in the attack: those given, and the defaults', () => {
    expect(attacks.pgd({ epsilon: 2, steps: 10 }).options).toEqual({
      epsilon: 2,
      norm: 'linf',
      steps: 10,
      stepSize: 0.25,
      randomStart: false,
      restarts: 0,
      momentum: 0,
      objective: 'nearest',
      positions: 'all',
    })
  })

  it('stay as they are within another epsilon', () => {
    const attack = attacks.pgd({ norm: 'l2', momentum: 0.5 })
    expect(attack.withEpsilon?.(7).options).toEqual({ ...attack.options, epsilon: 7 })
  })
})

import { describe, expect, it } from 'vitest'
import { nearestName, unknownName } from '#src/text/nearest-name.js'

describe('nearestName', () => {
  it.each([
    ['hotfilp', 'hotflip'],
    ['HotFlip', 'hotflip'],
    ['pdg', 'pgd'],
    ['random-swp', 'random-swap'],
    ['carlini', undefined],
  ])('of %s is %s', (name, nearest) => {
    expect(nearestName(name, ['fgsm', 'pgd', 'hotflip', 'random-swap'])).toBe(nearest)
  })

  it('stays one line, whatever was written', () => {
    const message = unknownName('attack', `\u001b[31m\n${'x'.repeat(500)}`, ['pgd'])
    expect(message).toMatch(/^unknown attack '\\u\{1b\}\[31m\\u\{a\}x+\.\.\.': the known ones are pgd$/)
  })
})

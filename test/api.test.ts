import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { UserError } from '#src/base/errors.js'
import * as api from '#src/index.js'
import { smallClassifier } from './gradient/small-victims.js'

const types = new URL('../dist/src/', import.meta.url)
const index = readFileSync(new URL('index.d.ts', types), 'utf8')
/** Every exported name, with the file that declares it. */
const names = [...index.matchAll(/export (?:type )?\{([^}]*)\} from '\.\/([^']+)\.js'/g)].flatMap(([, list, file]) =>
  list
    .split(',')
    .map((name) => name.replace('type ', '').trim())
    .filter((name) => name !== '')
    .map((name) => ({ name, file })),
)

describe('the public API', () => {
  it.each(names)('$name has a comment that says what it is', ({ name, file }) => {
    const declarations = readFileSync(new URL(`${file}.d.ts`, types), 'utf8')
    const declared = new RegExp(
      `\\*/\\s*export (?:declare )?(?:abstract )?(?:async )?(?:function|class|const|interface|type) ${name}\\b`,
    )
    expect(declarations).toMatch(declared)
  })

  const victim = smallClassifier()
  const attack = api.attacks.fgsm()
  const vectors = { corpus: (async function* () {})(), dimensons: 3 }
  const rows = { rows: [], embeddings: victim.embeddings, tokenizer: victim.tokenizer, epoch: 1 }
  it.each([
    [
      'generateAdversarial',
      'bacthSize',
      () => api.generateAdversarial(victim, attack, [], unknown('bacthSize')).next(),
    ],
    ['attackToFile', 'epsilon', () => api.attackToFile(victim, attack, [], 'x.csv', unknown('epsilon'))],
    ['evaluate', 'targets', () => api.evaluate(victim, [], unknown('targets'))],
    ['readGradientsToFile', 'objectiv', () => api.readGradientsToFile(victim, [], 'x.csv', unknown('objectiv'))],
    ['drawThreeVariables', 'steps', () => api.drawThreeVariables('x.svg', unknown('steps'))],
    ['trainCbow', 'dimensons', () => api.trainCbow(vectors)],
    ['trainClassifier', 'epoch', () => api.trainClassifier(rows)],
  ])('%s names an option that it does not know', async (whose, option, call) => {
    await expect(call()).rejects.toThrow(UserError)
    await expect(call()).rejects.toThrow(`${whose}: unknown option '${option}': `)
  })
})

/** Options as JavaScript may give them: with a key that no type allows. */
function unknown(name: string): Record<string, never> {
  const options: Record<string, never> = {}
  Object.assign(options, { [name]: 1 })
  return options
}

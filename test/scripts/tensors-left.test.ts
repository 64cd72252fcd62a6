import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCommand } from './run-command.js'
import { smallModels } from './small-models.js'

const { path } = smallModels()

const counting = pathToFileURL(join(import.meta.dirname, 'count-tensors.mjs'))

describe('a command leaves no tensor', () => {
  const train = ['train-cbow', path('corpus.txt'), '--engine', 'tensorflow', '--dimensions', '8', '--output']
  const attack = ['generate-adversarial', '--limit', '16', '--model']
  it.each([
    [...train, path('sgd')],
    [...train, path('adam'), '--optimizer', 'adam'],
    [...train, path('dense'), '--optimizer', 'adagrad', '--gradients', 'dense'],
    ['train-classifier', path('reviews.csv'), '--embeddings', path('cbow'), '--epochs', '2', '--output', path('again')],
    [...attack, path('classifier'), path('reviews.csv'), '--attack', 'pgd', '--output', path('pgd.csv')],
    [...attack, path('classifier'), path('reviews.csv'), '--attack', 'hotflip', '--output', path('hotflip.csv')],
    [...attack, path('cbow'), path('corpus.txt'), '--attack', 'pgd', '--output', path('centre.csv')],
    ['evaluate-adversarial', path('hotflip.csv'), '--model', path('classifier')],
    ['stop-gradient-demo', '--iterations', '20', '--output', path('demo.svg')],
  ])('%s', (...command) => {
    const [name, ...args] = command
    const { status, stderr } = runCommand(name, args, { env: { NODE_OPTIONS: `--import ${counting}` } })
    expect(status).toBe(0)
    expect(stderr).toMatch(/^tensors left: (0|no backend), bytes 0$/m)
  })
})

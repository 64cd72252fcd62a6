import { describe, expect, it } from 'vitest'
import { wordTokenizer } from '#src/text/word-tokenizer.js'
import { CentreWord } from '#src/victims/centre-word.js'
import { type CentreWordExample, centreWordExamples } from '#src/victims/windows.js'
import { smallCentreWord } from '../gradient/small-victims.js'

const small = smallCentreWord()
const victim = new CentreWord(small.embeddings, small.outputEmbeddings, 'mean', wordTokenizer, 2)

async function examples(sentences: string[][]): Promise<CentreWordExample[]> {
  const all: CentreWordExample[] = []
  for await (const example of centreWordExamples(victim, sentences)) all.push(example)
  return all
}

describe('centreWordExamples', () => {
  it('gives the full window of each known word, within its sentence', async () => {
    expect(
      await examples([
        ['the', 'quick', 'wombat', 'brown', 'fox'],
        ['lazy', 'dog'],
      ]),
    ).toEqual([
      { row: 1, text: '___ quick brown', label: 'the' },
      { row: 2, text: 'the ___ brown fox', label: 'quick' },
      { row: 3, text: 'the quick ___ fox', label: 'brown' },
      { row: 4, text: 'quick brown ___', label: 'fox' },
      { row: 5, text: '___ dog', label: 'lazy' },
      { row: 6, text: 'lazy ___', label: 'dog' },
    ])
  })

  it('gives none where there is no context', async () => {
    expect(await examples([['wombat', 'fox'], [], ['wombat']])).toEqual([])
  })

  it('reads back as the words of the window', async () => {
    const [, , third] = await examples([['a', 'dog', 'and', 'a', 'fox']])
    expect([...victim.encode(third.text).ids]).toEqual([6, 8, 6, 3])
  })

  it('is lazy: takes no more of a stream than it is asked for', async () => {
    let taken = 0
    async function* stream() {
      for (;;) {
        taken++
        yield ['the', 'fox']
      }
    }
    for await (const { row } of centreWordExamples(victim, stream())) if (row === 3) break
    expect(taken).toBe(2)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { attacks } from '#src/attacks/index.js'
import { swapsAmong } from '#src/gradient/edit.js'
import { readOnly } from '../small-examples.js'
import { leaningVictim, smallEmbeddings } from '../small-victims.js'

const twoLabels = leaningVictim(smallEmbeddings(40, 8, 1))

describe('a candidate file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'candidates-')), 'synonyms.json')
  writeFileSync(path, JSON.stringify({ w1: ['w2', 'w3', 'unseen'], w4: ['w5'] }))
  afterAll(() => rmSync(dirname(path), { recursive: true }))

  it('gives the words that may be swapped and those to put in, and says once what the victim does not know', () => {
    const attack = attacks.random({ candidates: path, maxWords: 9 })
    const encoded = twoLabels.encode('w0 w1 w4 w5')
    const notes: string[] = []
    const context = { seed: 1, note: (line: string) => notes.push(line) }
    // Asked for without a listener first.
    attack.space?.(readOnly(twoLabels, []), { seed: 1 })
    for (let row = 1; row <= 5; row++) {
      const [outcome] = attack.run(readOnly(twoLabels, [1]), [{ row, encoded, label: 0 }], context)
      if (outcome.kind !== 'words') throw new Error('a word attack')
      expect(
        swapsAmong(outcome.edits)
          .map(({ position }) => position)
          .sort(),
      ).toEqual([1, 2])
      for (const { position, word } of swapsAmong(outcome.edits)) expect(position === 1 ? [2, 3] : [5]).toContain(word)
    }
    expect(notes).toEqual([expect.stringContaining('1 of its words are not in the vocabulary')])
  })
})

import { expect, it } from 'vitest'
import { embed } from '#src/gradient/embed.js'
import { smallEmbeddings } from './small-victims.js'

it.each([
  [
    'equal',
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  ],
  [
    'of one word swapped',
    [
      [1, 2, 3],
      [1, 4, 3],
      [0, 4, 3],
    ],
  ],
  [
    'of one length',
    [
      [1, 2, 3],
      [4, 0, 2],
    ],
  ],
  ['of other lengths', [[1, 2, 3], [1, 2], [], [3], [1, 2, 3]]],
])('embeds examples that are %s', (_, examples) => {
  const embeddings = smallEmbeddings(3)
  const batch = embed(
    embeddings,
    examples.map((ids) => Int32Array.from(ids)),
  )
  const expected = examples.flat().flatMap((id) => [...embeddings.vectors.subarray(3 * id, 3 * id + 3)])
  expect([...batch.embedded]).toEqual(expected)
  let end = 0
  expect([...batch.offsets]).toEqual([0, ...examples.map((ids) => (end += ids.length))])
})

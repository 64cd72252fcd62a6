import { describe, expect, it } from 'vitest'
import { RowGrouping } from '#src/cbow/engines/row-groups.js'
import { NO_ROW } from '#src/cbow/engines/tensor-batch.js'

describe('RowGrouping', () => {
  const grouping = new RowGrouping(10)

  it.each([
    [[], [], [], []],
    [[NO_ROW, NO_ROW], [], [], []],
    [[7], [7], [0], [0]],
    [
      [7, 0, 7, NO_ROW, 9, 0, 7],
      [7, 0, 9],
      [0, 2, 6, 1, 5, 4],
      [0, 0, 0, 1, 1, 2],
    ],
  ])('gathers the places of each row of %o', (list, rows, members, groups) => {
    expect(grouping.group(Int32Array.from(list))).toEqual({
      rows: Int32Array.from(rows),
      members: Int32Array.from(members),
      groups: Int32Array.from(groups),
    })
  })
})

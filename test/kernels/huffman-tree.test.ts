import { describe, expect, it } from 'vitest'
import { CounterStream, Purpose } from '#src/base/random.js'
import { huffmanTree } from '#src/kernels/huffman-tree.js'

const pathOf = ({ starts, nodes, turns }: ReturnType<typeof huffmanTree>, word: number) => ({
  nodes: [...nodes.subarray(starts[word], starts[word + 1])],
  turns: [...turns.subarray(starts[word], starts[word + 1])],
})

describe('huffmanTree', () => {
  it('joins the rarest first: counts 10, 5, 3, 1, 1', () => {
    const tree = huffmanTree([10, 5, 3, 1, 1])
    const lengths = [0, 1, 2, 3, 4].map((word) => pathOf(tree, word).nodes.length)
    expect(lengths).toEqual([1, 2, 3, 4, 4])
    expect(tree.depth).toBe(4)
    expect(pathOf(tree, 0).nodes).toEqual([3])
    expect(pathOf(tree, 4).nodes).toEqual([3, 2, 1, 0])
  })

  it.each([1, 2, 3, 100, 1000])(
    'of %d words: paths are prefix-free, fill the tree, and no code is shorter',
    (words) => {
      const stream = new CounterStream(3, Purpose.Demonstration, words)
      const counts = Float64Array.from({ length: words }, () => 1 + Math.floor(1e6 * stream.uniform() ** 8))
      const tree = huffmanTree(counts)
      const paths = [...counts.keys()].map((word) => pathOf(tree, word))
      // Kraft's sum is 1 where a code is complete.
      expect(paths.reduce((sum, { turns }) => sum + 2 ** -turns.length, 0)).toBeCloseTo(1, 12)
      expect(new Set(paths.map(({ turns }) => turns.join(''))).size).toBe(words)
      const cost = counts.reduce((sum, count, word) => sum + count * paths[word].nodes.length, 0)
      expect(cost).toBe(shortestCost(counts))
      const nodes = new Set(tree.nodes)
      expect([...nodes].sort((a, b) => a - b)).toEqual(Array.from({ length: words - 1 }, (_, node) => node))
      for (const { nodes } of paths) expect(nodes[0]).toBe(words > 1 ? words - 2 : undefined)
    },
  )
})

/** The sum of the weights of all joined pairs, always the two least: the least cost there is. */
function shortestCost(counts: Float64Array): number {
  const weights = [...counts].sort((a, b) => a - b)
  let cost = 0
  while (weights.length > 1) {
    const joined = weights.shift()! + weights.shift()!
    cost += joined
    const at = weights.findIndex((weight) => weight >= joined)
    weights.splice(at < 0 ? weights.length : at, 0, joined)
  }
  return cost
}

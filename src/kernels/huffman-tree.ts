/**
 * A binary tree over the vocabulary, for hierarchical softmax: the V words are its leaves, its V - 1 inner nodes are
 * numbered from 0, and each word is reached by a path of nodes from the root, with a turn at each.
 */
export interface HuffmanTree {
  /** [V + 1]: the path of word w stands from starts[w] to starts[w + 1] - 1. */
  readonly starts: Uint32Array
  /** The nodes of all paths, each from the root on. */
  readonly nodes: Uint32Array
  /** The turn taken at each of these nodes, 0 or 1. */
  readonly turns: Uint8Array
  /** Nodes of the longest path. */
  readonly depth: number
}

/**
 * The tree of the shortest mean path (Huffman 1952: "A Method for the Construction of Minimum-Redundancy Codes"), as
 * Mikolov et al. 2013 use it for words. Frequent words have short paths. Node 0 is the first that was joined, the root
 * the last, as in word2vec.c.
 * @param counts how often each word is seen, [V]
 */
export function huffmanTree(counts: ArrayLike<number>): HuffmanTree {
  const words = counts.length
  const byCount = Uint32Array.from({ length: words }, (_, word) => word).sort((a, b) => counts[a] - counts[b] || b - a)
  // Words are 0 to V - 1 here, the node i is V + i; both queues are in rising order, so the least stands at a head.
  const weights = new Float64Array(Math.max(0, words - 1))
  const parent = new Uint32Array(Math.max(1, 2 * words - 1))
  const turn = new Uint8Array(parent.length)
  let nextWord = 0
  let nextNode = 0
  for (let node = 0; node < weights.length; node++) {
    for (const side of [0, 1]) {
      const isWord = nextWord < words && (nextNode >= node || counts[byCount[nextWord]] < weights[nextNode])
      const child = isWord ? byCount[nextWord] : words + nextNode
      weights[node] += isWord ? counts[byCount[nextWord++]] : weights[nextNode++]
      parent[child] = words + node
      turn[child] = side
    }
  }
  return pathsOf(words, parent, turn)
}

function pathsOf(words: number, parent: Uint32Array, turn: Uint8Array): HuffmanTree {
  const root = 2 * words - 2
  const starts = new Uint32Array(words + 1)
  let depth = 0
  for (let word = 0; word < words; word++) {
    let length = 0
    for (let at = word; at !== root; at = parent[at]) length++
    starts[word + 1] = starts[word] + length
    depth = Math.max(depth, length)
  }
  const nodes = new Uint32Array(starts[words])
  const turns = new Uint8Array(starts[words])
  for (let word = 0; word < words; word++) {
    let to = starts[word + 1]
    for (let at = word; at !== root; at = parent[at]) {
      nodes[--to] = parent[at] - words
      turns[to] = turn[at]
    }
  }
  return { starts, nodes, turns, depth }
}

/* Where everything lies in the kernel's memory: byte offsets. The same numbers stand in kernel-layout.ts. */

// Fields of the parameters.
export const INPUT: usize = 0
export const OUTPUT: usize = 4
export const ROW: usize = 8
export const WINDOW: usize = 12
export const NEGATIVE: usize = 16
export const KEEP: usize = 20
export const NOISE: usize = 24
export const WORDS: usize = 28
export const SEED_LOW: usize = 32
export const SEED_HIGH: usize = 36
export const FLAGS: usize = 40
export const LEARNING_RATE: usize = 48
export const TOTAL_WORDS: usize = 56
export const WORDS_PER_EPOCH: usize = 64
export const LIST_SLOTS: usize = 72
export const PATH_STARTS: usize = 76
export const PATHS: usize = 80
export const COLUMNS: usize = 84

export const MEAN: u32 = 1
export const DIVIDED: u32 = 2
export const TRAINS_INPUT: u32 = 4
export const TRAINS_OUTPUT: u32 = 8
export const HIERARCHICAL: u32 = 16
export const SOFTMAX: u32 = 32

// Fields of a thread's scratch region: two results, where its buffers lie, whose pool of negatives it holds, and products
// of the loss.
export const LOSS: usize = 0
export const CENTRES: usize = 8
export const HIDDEN: usize = 16
export const TOKENS: usize = 20
export const SENTENCE: usize = 24
export const POSITIONS: usize = 28
export const DRAWN: usize = 32
export const SCORES: usize = 36
export const LISTS: usize = 40
export const PLAN: usize = 44
export const POOL: usize = 48
export const POOL_KEY: usize = 56
export const PRODUCTS: usize = 64

// Fields of what the threads of a reproducible run share: a barrier, and a record for each centre of a batch.
export const ARRIVED: usize = 0
export const GENERATION: usize = 4
export const RECORDS: usize = 64

// Fields of such a record; then come its list of rows, their steps, h and e.
export const FIRST: usize = 0
export const LAST: usize = 4
export const CENTRE_LOSS: usize = 8
export const RATE_SHARE: usize = 12
export const COUNT: usize = 16
export const LIST: usize = 64

/** Centres whose draws and lists are made together; in lockstep also their updates. */
export const BATCH: i32 = 128
/** Negatives in a pool, and positions that draw from it. */
export const POOL_SIZE: i32 = 256
export const POOL_POSITIONS_LOG2: i32 = 10

export const SUBSAMPLE: u32 = 2
export const WINDOW_AND_NEGATIVES: u32 = 3
export const NEGATIVE_POOL: u32 = 9
export const SENTENCE_END: u32 = 0x80000000

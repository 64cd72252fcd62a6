/* MurmurHash3_x64_128 of Austin Appleby (public domain), in pieces: `state` holds h1 and h2. */

const C1: u64 = 0x87c37b91114253d5
const C2: u64 = 0x4cf5ad432745937f

@inline function mix1(k: u64): u64 { return rotl<u64>(k * C1, 31) * C2 }
@inline function mix2(k: u64): u64 { return rotl<u64>(k * C2, 33) * C1 }

@inline function scramble(k: u64): u64 {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53
  return k ^ (k >> 33)
}

/** Takes `bytes`, a multiple of 16. */
export function update(at: usize, bytes: usize, state: usize): void {
  let h1 = load<u64>(state), h2 = load<u64>(state, 8)
  for (const end = at + bytes; at < end; at += 16) {
    h1 = (rotl<u64>(h1 ^ mix1(load<u64>(at)), 27) + h2) * 5 + 0x52dce729
    h2 = (rotl<u64>(h2 ^ mix2(load<u64>(at, 8)), 31) + h1) * 5 + 0x38495ab5
  }
  store<u64>(state, h1); store<u64>(state, h2, 8)
}

/** Takes the last `rest` bytes, fewer than 16, with zeros after them, and leaves the hash in `state`. */
export function finish(at: usize, rest: usize, length: f64, state: usize): void {
  let h1 = load<u64>(state), h2 = load<u64>(state, 8)
  if (rest > 8) h2 ^= mix2(load<u64>(at, 8))
  if (rest > 0) h1 ^= mix1(load<u64>(at))
  h1 ^= <u64>length; h2 ^= <u64>length
  h1 += h2; h2 += h1
  h1 = scramble(h1); h2 = scramble(h2)
  h1 += h2; h2 += h1
  store<u64>(state, h1); store<u64>(state, h2, 8)
}

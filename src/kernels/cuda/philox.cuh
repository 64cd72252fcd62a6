// Philox4x32-10, the same function as in base/random.ts; each lane computes the block of its own counter.
#pragma once
#include "lanes.cuh"

struct Block { Lanes<u32> a, b, c, d; };

DEVICE Lanes<u32> highHalf(Lanes<u32> x, u32 y) { return to<u32>((to<u64>(x) * Lanes<u64>(y)) >> Lanes<u64>(32)); }

DEVICE Block philox(Block counter, u32 seedLow, u32 seedHigh) {
#pragma unroll 1
  for (int round = 0; round < 10; round++) {
    const Block x = counter;
    counter.a = highHalf(x.c, 0xcd9e8d57) ^ x.b ^ Lanes<u32>(seedLow);
    counter.b = x.c * Lanes<u32>(0xcd9e8d57);
    counter.c = highHalf(x.a, 0xd2511f53) ^ x.d ^ Lanes<u32>(seedHigh);
    counter.d = x.a * Lanes<u32>(0xd2511f53);
    seedLow += 0x9e3779b9;
    seedHigh += 0xbb67ae85;
  }
  return counter;
}

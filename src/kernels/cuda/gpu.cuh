// The words of lanes.cuh on a GPU, in place of the toolkit's headers and of libdevice.
#pragma once

#define DEVICE static inline __attribute__((device, always_inline))
#define KERNEL extern "C" __attribute__((global, launch_bounds(128, 2)))

template <class T> using Lanes = T;

extern __attribute__((shared)) u32 sharedMemory[];

// ---- Where a warp stands

DEVICE Lanes<u32> laneNumber() { return __nvvm_read_ptx_sreg_tid_x() % LANES; }
DEVICE u32 warpsInBlock() { return __nvvm_read_ptx_sreg_ntid_x() / LANES; }
DEVICE u32 warpsInGrid() { return __nvvm_read_ptx_sreg_nctaid_x() * warpsInBlock(); }
/// This warp's own part of the block's shared memory, of so many words for each.
DEVICE u32* sharedOfWarp(u32 words) { return sharedMemory + __nvvm_read_ptx_sreg_tid_x() / LANES * words; }
/// Between a lane's access to shared memory and another lane's to the same word, where one of them writes.
DEVICE void syncWarp() { __nvvm_bar_warp_sync(0xffffffff); }
/// The end of a centre. Only the emulator does something here.
DEVICE void endTurn() {}

// ---- Lanes among themselves

template <class To, class From> DEVICE To to(From x) { return static_cast<To>(x); }
template <class T> DEVICE T choose(bool which, T yes, T no) { return which ? yes : no; }
/// Bit l is lane l's.
DEVICE u32 ballot(bool x) { return __nvvm_vote_ballot_sync(0xffffffff, x); }
/// The value of the lane whose number differs in this bit.
DEVICE float acrossLanes(float x, u32 bit) { return __nvvm_shfl_sync_bfly_f32(0xffffffff, x, bit, 31); }
/// The value of the lane before; lane 0 keeps its own.
DEVICE float fromLaneBefore(float x) { return __nvvm_shfl_sync_up_f32(0xffffffff, x, 1, 0); }
DEVICE u32 fromLaneBefore(u32 x) { return __nvvm_shfl_sync_up_i32(0xffffffff, x, 1, 0); }
/// The value of a lane.
DEVICE float valueAt(float x, u32 lane) { return __nvvm_shfl_sync_idx_f32(0xffffffff, x, lane, 31); }
/// A value that all lanes share. Taken from lane 0, so that lanes do not part even where it is no number.
DEVICE float valueOf(float x) { return valueAt(x, 0); }
DEVICE u32 bitsSet(u32 x) { return __builtin_popcount(x); }
/// Of a number that is not 0: how many bits stand above its highest.
DEVICE u32 leadingZeros(u32 x) { return __builtin_clz(x); }
/// Of a number that is not 0: how many bits stand below its lowest.
DEVICE u32 trailingZeros(u32 x) { return __builtin_ctz(x); }

// ---- Memory that each lane reads and writes where it likes; lanes that are not active leave it alone

template <class T> DEVICE T gather(const T* at, u64 index, bool active) { return active ? at[index] : T(0); }
template <class T> DEVICE void scatter(T* at, u32 index, T value, bool active) {
  if (active) at[index] = value;
}
/// Memory that the whole warp writes together.
template <class T> DEVICE void put(T* at, T value) {
  if (laneNumber() == 0) *at = value;
}

// ---- Memory that all warps write

#define GLOBAL(T, pointer) ((__attribute__((address_space(1))) T*)(pointer))

/// Four numbers of a part of a row, 128 numbers, in each lane. Where they lie is for these functions alone.
struct Quad { Lanes<float> x, y, z, w; };

#if __CUDA_ARCH__ >= 900 || defined(ROWS_ARE_ONLY_READ)

// Neighbours: lane l of part p has quad number 32 p + l. One instruction loads or adds all four.
struct __attribute__((aligned(16))) float4 { float x, y, z, w; };

#ifdef ROWS_ARE_ONLY_READ
// By the first-level cache: the warps of a multiprocessor go through the same rows side by side.
#define LOAD_FOUR "ld.global.nc.v4.f32"
#else
// Past the first-level cache, which would not see what other warps add.
#define LOAD_FOUR "ld.global.cg.v4.f32"
#endif

/// Zeros beyond the row's end. Without a branch, so that the loads of several rows are under way together.
DEVICE Quad loadQuad(const float* row, u32 part, u32 quads) {
  const u32 quad = part * LANES + laneNumber();
  Quad q = {0, 0, 0, 0};
  asm volatile("{\n\t.reg .pred p;\n\tsetp.lt.u32 p, %5, %6;\n\t@p " LOAD_FOUR " {%0, %1, %2, %3}, [%4];\n\t}"
               : "+f"(q.x), "+f"(q.y), "+f"(q.z), "+f"(q.w)
               : "l"(GLOBAL(const float, row + 4 * quad)), "r"(quad), "r"(quads));
  return q;
}

/// Writes to a row that no other warp reads or writes.
DEVICE void storeQuad(float* row, u32 part, u32 quads, Quad q) {
  const u32 quad = part * LANES + laneNumber();
  if (quad < quads) *(float4*)(row + 4 * quad) = float4{q.x, q.y, q.z, q.w};
}

#if __CUDA_ARCH__ >= 900
/// Adds to a row. No addition is lost, whoever else adds; which comes first is open.
DEVICE void addQuad(float* row, u32 part, u32 quads, Quad q) {
  const u32 quad = part * LANES + laneNumber();
  if (quad >= quads) return;
  asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};"
               :: "l"(GLOBAL(float, row + 4 * quad)), "f"(q.x), "f"(q.y), "f"(q.z), "f"(q.w) : "memory");
}
#endif

#else

// Strides: lane l of part p has numbers 128 p + l, and 32, 64 and 96 beyond. Here an instruction adds one number in each
// lane, and the memory takes neighbours together: 13 sectors for 100 numbers, where quads would have 13 four times.

/// How many numbers of the row stand from this lane's first one on; below 1 there is none.
DEVICE i32 numbersLeft(u32 part, u32 quads) { return i32(4 * quads) - i32(4 * LANES * part + laneNumber()); }

/// Zeros beyond the row's end. Past the first-level cache, which would not see what other warps add; without a branch, so
/// that the loads of several rows are under way together.
DEVICE Quad loadQuad(const float* row, u32 part, u32 quads) {
  Quad q = {0, 0, 0, 0};
  asm volatile("{\n\t.reg .pred p, q, r, s;\n\tsetp.gt.s32 p, %5, 0;\n\tsetp.gt.s32 q, %5, 32;\n\t"
               "setp.gt.s32 r, %5, 64;\n\tsetp.gt.s32 s, %5, 96;\n\t"
               "@p ld.global.cg.f32 %0, [%4];\n\t@q ld.global.cg.f32 %1, [%4+128];\n\t"
               "@r ld.global.cg.f32 %2, [%4+256];\n\t@s ld.global.cg.f32 %3, [%4+384];\n\t}"
               : "+f"(q.x), "+f"(q.y), "+f"(q.z), "+f"(q.w)
               : "l"(GLOBAL(const float, row + 4 * LANES * part + laneNumber())), "r"(numbersLeft(part, quads)));
  return q;
}

/// Adds to a row. No addition is lost, whoever else adds; which comes first is open.
DEVICE void addQuad(float* row, u32 part, u32 quads, Quad q) {
  asm volatile("{\n\t.reg .pred p, q, r, s;\n\tsetp.gt.s32 p, %5, 0;\n\tsetp.gt.s32 q, %5, 32;\n\t"
               "setp.gt.s32 r, %5, 64;\n\tsetp.gt.s32 s, %5, 96;\n\t"
               "@p red.global.add.f32 [%0], %1;\n\t@q red.global.add.f32 [%0+128], %2;\n\t"
               "@r red.global.add.f32 [%0+256], %3;\n\t@s red.global.add.f32 [%0+384], %4;\n\t}"
               :: "l"(GLOBAL(float, row + 4 * LANES * part + laneNumber())), "f"(q.x), "f"(q.y), "f"(q.z), "f"(q.w),
                  "r"(numbersLeft(part, quads)) : "memory");
}

#endif

DEVICE void addOnce(double* at, double value) {
  if (laneNumber() == 0) asm volatile("red.global.add.f64 [%0], %1;" :: "l"(GLOBAL(double, at)), "d"(value) : "memory");
}
DEVICE void addOnce(u32* at, u32 value) {
  if (laneNumber() == 0) asm volatile("red.global.add.u32 [%0], %1;" :: "l"(GLOBAL(u32, at)), "r"(value) : "memory");
}
/// The next number of a counter that all warps share.
DEVICE u32 takeNumber(u32* counter) {
  u32 number = 0;
  if (laneNumber() == 0) {
    asm volatile("atom.global.add.u32 %0, [%1], 1;" : "=r"(number) : "l"(GLOBAL(u32, counter)) : "memory");
  }
  return __nvvm_shfl_sync_idx_i32(0xffffffff, number, 0, 31);
}

// ---- Functions: libdevice's are not there

/// 2^x, to 2 units in the last place.
DEVICE float exp2Of(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
/// The logarithm to base 2.
DEVICE float log2Of(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
/// The square root, to 2^-23 of itself.
DEVICE float rootOf(float x) {
  float y;
  asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
/// 1 / x, to 1 unit in the last place.
DEVICE float inverseOf(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

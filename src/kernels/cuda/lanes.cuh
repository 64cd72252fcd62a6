// The words that the kernels are written in. Each has two meanings: a GPU's (gpu.cuh), where a value of Lanes<T> is one
// number in each of a warp's 32 threads, and the emulator's (emulator/lanes.hpp), where it is an array of 32 numbers.
// Whatever is no Lanes is the same for the whole warp. Control flow depends on such values alone: lanes never part.
#pragma once

typedef int i32;
typedef unsigned int u32;
typedef unsigned long long u64;

constexpr u32 LANES = 32;

#ifdef __CUDA__
#include "gpu.cuh"
#else
#include "emulator/lanes.hpp"
#endif

// What a launch is given: the same bytes as in cbow-cuda.ts, which fills them in.
#pragma once
#include "lanes.cuh"

/// Set on a sentence's last word.
constexpr u32 SENTENCE_END = 0x80000000;

// Flags of a problem.
constexpr u32 MEAN = 1, DIVIDED = 2, TRAINS_INPUT = 4, TRAINS_OUTPUT = 8;

/// V: words of the vocabulary. A row is `quads` times four floats; those beyond D are zero, and stay so by themselves.
struct Problem {
  float* input;       // [V, row]
  float* output;      // [V, row]
  const u32* words;   // the corpus from position `first` on
  const u32* keep;    // [V], thresholds of subsampling
  const u32* noise;   // [V, 2], the alias table of the noise distribution
  u32* next;          // [1], 0: segments that were taken
  double* loss;       // [chunks of the launch], to add to
  u32* centres;       // [chunks of the launch], to add to
  u64 first;
  u64 from;           // sentences that begin at positions from .. to - 1 are trained; `from` is a chunk's first
  u64 to;
  u64 end;            // the position after the last word that is held
  double learningRate;
  double totalWords;  // of all epochs
  double wordsBefore; // of the epochs before this one
  u32 segments;       // from `from` on, SEGMENT words each; the last sentence ends in one of them
  u32 chunkWords;
  u32 epoch;
  u32 seedLow;
  u32 seedHigh;
  u32 vocabulary;     // V
  u32 window;
  u32 negative;
  u32 quads;
  u32 flags;
};

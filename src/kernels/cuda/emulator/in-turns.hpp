// Warps that take turns, a centre at a time, as warps in flight on a GPU do. What they add to the weights in one round is
// seen by all in the next: each centre is trained at weights that lack the steps of all others of its round. On a GPU the
// other warps' steps arrive meanwhile, so this is the worst that so many warps in flight can do.
#pragma once
#include <ucontext.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "lanes.hpp"

namespace turns {

struct Waiting {
  float* row;
  u32 part, quads;
  Quad q;
};

/// Steps of rows so far.
struct Counts {
  u64 steps = 0;
  u64 together = 0; // of them, of rows that another warp stepped in the same round
};
inline Counts counts;

/// Of two warps that step a row in one round the later step stands alone, as with plain loads and stores.
inline bool lastWins = false;

struct Warp {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  RunningWarp place;
  bool done = false;
};

inline std::vector<Warp> warps;
inline std::vector<Waiting> waiting;
inline std::vector<u32> writers; // of waiting, the warp of each
inline ucontext_t scheduler;
inline u32 current;
inline void (*body)(const void*);
inline const void* argument;

inline void wait(float* row, u32 part, u32 quads, const Quad& q) {
  waiting.push_back({row, part, quads, q});
  writers.push_back(current);
}

inline void endTurn() { swapcontext(&warps[current].context, &scheduler); }

inline void start() {
  body(argument);
  warps[current].done = true;
}

/// Makes what was added in a round seen.
inline void endRound() {
  struct Row { u32 writer; bool shared; u32 steps; };
  std::unordered_map<float*, Row> rows;
  for (size_t i = 0; i < waiting.size(); i++) {
    if (waiting[i].part > 0) continue;
    auto [at, isNew] = rows.try_emplace(waiting[i].row, Row{writers[i], false, 0});
    at->second.shared |= at->second.writer != writers[i];
    at->second.writer = writers[i];
    at->second.steps++;
  }
  for (const auto& [row, seen] : rows) {
    counts.steps += seen.steps;
    if (seen.shared) counts.together += seen.steps;
  }
  for (size_t i = 0; i < waiting.size(); i++) {
    const Waiting& w = waiting[i];
    if (!lastWins || rows[w.row].writer == writers[i]) addNow(w.row, w.part, w.quads, w.q);
  }
  waiting.clear();
  writers.clear();
}

/// Runs a kernel in all warps of a grid.
inline void play(void (*kernel)(const void*), const void* problem, u32 number, u32 sharedWords) {
  constexpr size_t STACK = 256 * 1024;
  body = kernel;
  argument = problem;
  instead = wait;
  turnEnds = endTurn;
  warps = std::vector<Warp>(number);
  std::vector<u32> shared(size_t(number) * sharedWords);
  for (u32 i = 0; i < number; i++) {
    Warp& warp = warps[i];
    warp.stack.reset(new char[STACK]);
    warp.place = {number, shared.data() + size_t(i) * sharedWords};
    getcontext(&warp.context);
    warp.context.uc_stack.ss_sp = warp.stack.get();
    warp.context.uc_stack.ss_size = STACK;
    warp.context.uc_link = &scheduler;
    makecontext(&warp.context, start, 0);
  }
  for (bool any = true; any;) {
    any = false;
    for (current = 0; current < number; current++) {
      if (warps[current].done) continue;
      any = true;
      running = warps[current].place;
      swapcontext(&scheduler, &warps[current].context);
    }
    endRound();
  }
  warps.clear();
  instead = nullptr;
  turnEnds = nullptr;
}

}  // namespace turns

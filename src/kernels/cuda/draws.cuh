// The draws of cbow/draws.ts: functions of seed, epoch and position.
#pragma once
#include "philox.cuh"
#include "problem.cuh"

constexpr u32 SUBSAMPLE = 2, WINDOW_AND_NEGATIVES = 3;

DEVICE Block draw(const Problem& p, u32 purpose, Lanes<u64> index, Lanes<u32> block) {
  const Block counter = {to<u32>(index), to<u32>(index >> Lanes<u64>(32)), block, Lanes<u32>(p.epoch * 256 + purpose)};
  return philox(counter, p.seedLow, p.seedHigh);
}

/// Whether the word at each lane's position stays in its sentence.
DEVICE Lanes<bool> isKept(const Problem& p, Lanes<u64> position, Lanes<u32> word, Lanes<bool> active) {
  const Block four = draw(p, SUBSAMPLE, position >> Lanes<u64>(2), Lanes<u32>(0));
  const Lanes<u32> which = to<u32>(position) & Lanes<u32>(3);
  const Lanes<u32> low = choose(which == Lanes<u32>(0), four.a, four.b);
  const Lanes<u32> high = choose(which == Lanes<u32>(2), four.c, four.d);
  const Lanes<u32> u = choose(which < Lanes<u32>(2), low, high);
  return (u <= gather(p.keep, word, active)) & active;
}

/// The word that each lane's number draws from the noise distribution.
DEVICE Lanes<u32> drawNoise(const Problem& p, Lanes<u32> u, Lanes<bool> active) {
  const Lanes<u32> slot = highHalf(u, p.vocabulary), fraction = u * Lanes<u32>(p.vocabulary);
  const Lanes<u32> share = gather(p.noise, slot * Lanes<u32>(2), active);
  const Lanes<u32> other = gather(p.noise, slot * Lanes<u32>(2) + Lanes<u32>(1), active);
  return choose(fraction < share, slot, other);
}

/// Blocks of draws that a centre needs: one number for its window, one for each negative.
DEVICE u32 blocksOfCentre(const Problem& p) { return p.negative / 4 + 1; }

/// Centres whose draws a warp makes at once.
DEVICE u32 centresDrawnTogether(const Problem& p) {
  return blocksOfCentre(p) < LANES ? LANES / blocksOfCentre(p) : 1;
}

/// Words of `drawn`, below.
DEVICE u32 wordsDrawnTogether(const Problem& p) { return 4 * blocksOfCentre(p) * centresDrawnTogether(p); }

/// For each of n centres: in `drawn` its reduced window, then its negatives, from 4 * blocksOfCentre words on.
DEVICE void drawCentres(const Problem& p, u32* drawn, u64 base, const i32* offsets, u32 n) {
  const u32 perCentre = blocksOfCentre(p), total = n * perCentre;
  for (u32 first = 0; first < total; first += LANES) {
    const Lanes<u32> i = laneNumber() + Lanes<u32>(first);
    const Lanes<bool> active = i < Lanes<u32>(total);
    const Lanes<u32> centre = i / Lanes<u32>(perCentre), block = i % Lanes<u32>(perCentre);
    const Lanes<u64> position = Lanes<u64>(base) + to<u64>(to<long long>(gather(offsets, centre, active)));
    const Block four = draw(p, WINDOW_AND_NEGATIVES, position, block);
    const Lanes<bool> isFirst = block == Lanes<u32>(0);
    const Lanes<u32> reduced = highHalf(four.a, p.window) + Lanes<u32>(1), at = i * Lanes<u32>(4);
    scatter(drawn, at, choose(isFirst, reduced, drawNoise(p, four.a, active)), active);
    scatter(drawn, at + Lanes<u32>(1), drawNoise(p, four.b, active), active);
    scatter(drawn, at + Lanes<u32>(2), drawNoise(p, four.c, active), active);
    scatter(drawn, at + Lanes<u32>(3), drawNoise(p, four.d, active), active);
  }
  syncWarp();
}

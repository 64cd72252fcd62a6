// The draws of cbow/draws.ts: functions of seed, epoch and position.
#pragma once
#include "philox.cuh"
#include "problem.cuh"

constexpr u32 SUBSAMPLE = 2, WINDOW_AND_NEGATIVES = 3, NEGATIVE_POOL = 9;

/// Draws that are made at once, unless one centre has more.
constexpr u32 MOST_DRAWN = 128;

DEVICE Block draw(const Problem& p, u32 purpose, Lanes<u64> index, Lanes<u32> block) {
  const Block counter = {to<u32>(index), to<u32>(index >> Lanes<u64>(32)), block, Lanes<u32>(p.epoch * 256 + purpose)};
  return philox(counter, p.seedLow, p.seedHigh);
}

/// One of the four numbers of each lane's block.
DEVICE Lanes<u32> numberOf(const Block& block, Lanes<u32> which) {
  const Lanes<u32> low = choose(which == Lanes<u32>(0), block.a, block.b);
  const Lanes<u32> high = choose(which == Lanes<u32>(2), block.c, block.d);
  return choose(which < Lanes<u32>(2), low, high);
}

/// Whether the word at each lane's position stays in its sentence.
DEVICE Lanes<bool> isKept(const Problem& p, Lanes<u64> position, Lanes<u32> word, Lanes<bool> active) {
  const Block four = draw(p, SUBSAMPLE, position >> Lanes<u64>(2), Lanes<u32>(0));
  const Lanes<u32> u = numberOf(four, to<u32>(position) & Lanes<u32>(3));
  return (u <= gather(p.keep, word, active)) & active;
}

/// The word that each lane's number draws from the noise distribution.
DEVICE Lanes<u32> drawNoise(const Problem& p, Lanes<u32> u, Lanes<bool> active) {
  const Lanes<u32> slot = highHalf(u, p.vocabulary), fraction = u * Lanes<u32>(p.vocabulary);
  const Lanes<u32> share = gather(p.noise, slot * Lanes<u32>(2), active);
  const Lanes<u32> other = gather(p.noise, slot * Lanes<u32>(2) + Lanes<u32>(1), active);
  return choose(fraction < share, slot, other);
}

/// The word at a place of the pool of negatives that each lane's position shares with its 1,024. Only the place that is
/// asked for is drawn: a lane has nothing better to do.
DEVICE Lanes<u32> fromPool(const Problem& p, Lanes<u64> position, Lanes<u32> place, Lanes<bool> active) {
  const Block four = draw(p, NEGATIVE_POOL, position >> Lanes<u64>(10), place >> Lanes<u32>(2));
  return drawNoise(p, numberOf(four, place & Lanes<u32>(3)), active);
}

/// Draws of a centre: its window, and its negatives.
DEVICE u32 drawsOfCentre(const Problem& p) { return p.negative + 1; }

/// Centres whose draws a warp makes at once, so that lanes are busy and lookups overlap.
DEVICE u32 centresDrawnTogether(const Problem& p) {
  return drawsOfCentre(p) < MOST_DRAWN ? MOST_DRAWN / drawsOfCentre(p) : 1;
}

/// For each of n centres, in its drawsOfCentre words of `drawn`: its reduced window, then its negatives.
DEVICE void drawCentres(const Problem& p, u32* drawn, u64 base, const i32* offsets, u32 n) {
  const u32 perCentre = drawsOfCentre(p), total = n * perCentre;
  for (u32 first = 0; first < total; first += LANES) {
    const Lanes<u32> i = laneNumber() + Lanes<u32>(first);
    const Lanes<bool> active = i < Lanes<u32>(total);
    const Lanes<u32> centre = i / Lanes<u32>(perCentre), which = i % Lanes<u32>(perCentre);
    const Lanes<u64> position = Lanes<u64>(base) + to<u64>(to<long long>(gather(offsets, centre, active)));
    // The window is the first number; each negative has a byte, from the second number on.
    const Lanes<bool> isWindow = which == Lanes<u32>(0);
    const Lanes<u32> byte = choose(isWindow, Lanes<u32>(0), which + Lanes<u32>(3));
    const Block four = draw(p, WINDOW_AND_NEGATIVES, position, byte >> Lanes<u32>(4));
    const Lanes<u32> u = numberOf(four, (byte >> Lanes<u32>(2)) & Lanes<u32>(3));
    const Lanes<u32> place = (u >> ((byte & Lanes<u32>(3)) * Lanes<u32>(8))) & Lanes<u32>(255);
    const Lanes<u32> reduced = highHalf(u, p.window) + Lanes<u32>(1);
    scatter(drawn, i, choose(isWindow, reduced, fromPool(p, position, place, active)), active);
  }
  syncWarp();
}

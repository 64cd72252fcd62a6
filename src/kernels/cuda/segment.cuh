// The work of a warp: the centres of a segment of the corpus. A centre's context may lie outside the segment, but whether
// a word is kept depends on its position alone, so that each warp finds its neighbours' words by itself.
#pragma once
#include "draws.cuh"

/// Positions of a segment.
constexpr u32 SEGMENT = 128;

/// The sentence is not this launch's, and begins at no known position.
constexpr i32 ELSEWHERE = -0x40000000;

/// The kept words that a warp needs, in order; positions count from the segment's first, `base`.
struct Kept {
  u64 base;
  u32* word;     // [SEGMENT + 2 window]
  i32* offset;   // where it stands
  i32* sentence; // where its sentence begins, or ELSEWHERE
  u32 begin;     // the first of them
  u32 centres;   // the first in the segment
  u32 afterCentres;
  u32 end;
};

DEVICE u32 wordsOfKept(const Problem& p) { return 3 * (SEGMENT + 2 * p.window); }

/// The words before the segment in the sentence that goes on into it, as many as a window needs; returns where the
/// sentence begins. They end at entry `window`.
DEVICE i32 findBefore(const Problem& p, Kept& kept) {
  kept.begin = p.window;
  // A sentence that reaches back beyond `from` was begun in another launch; the word before `from` says so.
  const u64 stop = p.from == 0 ? 0 : p.from - 1;
  for (u32 back = 1;; back += LANES) {
    const Lanes<u32> distance = laneNumber() + Lanes<u32>(back);
    const Lanes<bool> isThere = Lanes<u64>(stop) + to<u64>(distance) <= Lanes<u64>(kept.base);
    const Lanes<u64> position = Lanes<u64>(kept.base) - to<u64>(distance);
    const Lanes<u32> word = gather(p.words, position - Lanes<u64>(p.first), isThere);
    const u32 there = ballot(isThere), ends = ballot((word >= Lanes<u32>(SENTENCE_END)) & isThere);
    // Lanes below this one stand in the sentence, as far as they are there.
    const u32 length = ends ? trailingZeros(ends) : bitsSet(there);
    const Lanes<bool> isKeptHere =
        isKept(p, position, word & Lanes<u32>(SENTENCE_END - 1), laneNumber() < Lanes<u32>(length));
    const u32 keptHere = ballot(isKeptHere);
    const Lanes<u32> rank = bitsSet(Lanes<u32>(keptHere) & ((Lanes<u32>(1) << laneNumber()) - Lanes<u32>(1)));
    const Lanes<u32> entry = Lanes<u32>(kept.begin - 1) - rank;
    const Lanes<bool> isNear = isKeptHere & (rank < Lanes<u32>(kept.begin));
    scatter(kept.word, entry, word, isNear);
    scatter(kept.offset, entry, to<i32>(Lanes<u32>(0) - distance), isNear);
    const u32 found = bitsSet(keptHere);
    kept.begin = found < kept.begin ? kept.begin - found : 0;
    if (ends) return -i32(back + length - 1);
    if (there != 0xffffffff) return p.from == 0 ? -i32(back + length - 1) : ELSEWHERE;
  }
}

/// Appends the kept ones of n positions from an offset on, at most 32, as far as `limit` entries.
/// `sentence` is where the sentence of the first begins, and then of the one after the last.
DEVICE void append(const Problem& p, Kept& kept, i32 offset, u32 n, i32& sentence) {
  const Lanes<bool> isThere = laneNumber() < Lanes<u32>(n);
  const Lanes<i32> here = to<i32>(laneNumber()) + Lanes<i32>(offset);
  const Lanes<u64> position = Lanes<u64>(kept.base + u64((long long)offset)) + to<u64>(laneNumber());
  const Lanes<u32> marked = gather(p.words, position - Lanes<u64>(p.first), isThere);
  const Lanes<u32> word = marked & Lanes<u32>(SENTENCE_END - 1);
  const u32 ends = ballot((marked >= Lanes<u32>(SENTENCE_END)) & isThere);
  const Lanes<bool> isKeptHere = isKept(p, position, word, isThere);
  const Lanes<u32> below = (Lanes<u32>(1) << laneNumber()) - Lanes<u32>(1);
  const u32 keptHere = ballot(isKeptHere);
  const Lanes<u32> entry = bitsSet(Lanes<u32>(keptHere) & below) + Lanes<u32>(kept.end);
  const Lanes<u32> endsBelow = Lanes<u32>(ends) & below;
  const Lanes<i32> begun = Lanes<i32>(offset + 32) - to<i32>(leadingZeros(endsBelow));
  scatter(kept.word, entry, word, isKeptHere);
  scatter(kept.offset, entry, here, isKeptHere);
  scatter(kept.sentence, entry, choose(endsBelow == Lanes<u32>(0), Lanes<i32>(sentence), begun), isKeptHere);
  kept.end += bitsSet(keptHere);
  if (ends) sentence = offset + 32 - i32(leadingZeros(ends));
}

/// Fills in the kept words of a segment and of its surroundings.
DEVICE Kept keptWords(const Problem& p, u32 segment, u32* shared) {
  const u32 most = SEGMENT + 2 * p.window;
  Kept kept;
  kept.base = p.from + u64(segment) * SEGMENT;
  kept.word = shared;
  kept.offset = (i32*)(shared + most);
  kept.sentence = (i32*)(shared + 2 * most);
  const i32 begun = findBefore(p, kept);
  kept.centres = kept.end = p.window;
  for (u32 i = kept.begin; i < kept.centres; i += LANES) {
    const Lanes<u32> entry = laneNumber() + Lanes<u32>(i);
    scatter(kept.sentence, entry, Lanes<i32>(begun), entry < Lanes<u32>(kept.centres));
  }
  const u64 left = p.end - kept.base;
  const u32 n = left < SEGMENT ? u32(left) : SEGMENT;
  i32 sentence = begun;
  for (u32 i = 0; i < n; i += LANES) append(p, kept, i32(i), n - i < LANES ? n - i : LANES, sentence);
  kept.afterCentres = kept.end;
  // The rest of the last sentence, as far as a window reaches.
  const i32 last = sentence;
  for (u32 i = n; i < left && sentence == last && kept.end < kept.afterCentres + p.window;) {
    const u32 room = kept.afterCentres + p.window - kept.end;
    u32 take = room < LANES ? room : LANES;
    if (take > left - i) take = u32(left - i);
    append(p, kept, i32(i), take, sentence);
    i += take;
  }
  syncWarp();
  return kept;
}

/// The first entry of the sentence of the segment's first centre c.
DEVICE u32 firstInSentence(const Kept& kept, u32 c) { return kept.sentence[c] == kept.sentence[kept.begin] ? kept.begin : c; }

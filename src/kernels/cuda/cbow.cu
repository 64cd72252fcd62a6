// CBOW training in one launch over many centre words. A warp takes one segment of the corpus after another and trains its
// centres one by one; what it adds to the weights, all others see (Recht, Re, Wright, Niu 2011: "Hogwild!", but with
// additions that are never lost).
//
// The corpus is laid out in as many runs as there are warps, and the segments are taken run by run: so what is trained at
// one time stands far apart and shares few rare words, and a warp that is done early takes what is left.
#include "centre.cuh"
#include "segment.cuh"

/// The rate of the sentence that begins at a position, as cbow/schedule.ts has it.
DEVICE float rateAt(const Problem& p, u64 position) {
  const double left = p.learningRate * (1.0 - (p.wordsBefore + double(position)) / p.totalWords);
  const double least = 1e-4 * p.learningRate;
  return float(left > least ? left : least);
}

/// What a warp has added up for a chunk and not given away yet.
struct ChunkTotals {
  u64 chunk;
  Lanes<float> loss;
  u32 centres;
};

DEVICE void giveAway(const Problem& p, ChunkTotals& totals) {
  if (totals.centres == 0) return;
  const Lanes<float> loss = totalOverLanes(totals.loss);
  addOnce(p.loss + totals.chunk, double(valueOf(loss)));
  addOnce(p.centres + totals.chunk, totals.centres);
  totals.loss = 0.0f;
  totals.centres = 0;
}

template <int PARTS> DEVICE void trainSegment(const Problem& p, u32 segment, u32* shared) {
  u32* rest = shared + wordsOfKept(p);
  float* steps = (float*)rest;
  u32* drawn = rest + p.negative + 1;
  const Kept kept = keptWords(p, segment, shared);
  const u32 stride = drawsOfCentre(p), together = centresDrawnTogether(p);
  ChunkTotals totals = {0, 0.0f, 0};
  i32 sentence = ELSEWHERE;
  u32 firstOfSentence = kept.begin, endOfSentence = 0;
  float rate = 0;
  for (u32 group = kept.centres; group < kept.afterCentres; group += together) {
    const u32 left = kept.afterCentres - group, n = left < together ? left : together;
    drawCentres(p, drawn, kept.base, kept.offset + group, n);
    for (u32 i = 0; i < n; i++) {
      const u32 c = group + i;
      if (c == kept.centres || kept.sentence[c] != sentence) {
        sentence = kept.sentence[c];
        const u64 begins = kept.base + u64((long long)sentence);
        firstOfSentence = c > kept.centres ? c : firstInSentence(kept, c);
        for (endOfSentence = c + 1; endOfSentence < kept.end && kept.sentence[endOfSentence] == sentence;) endOfSentence++;
        if (sentence != ELSEWHERE) rate = rateAt(p, begins);
        const u64 chunk = (begins - p.from) / p.chunkWords;
        if (chunk != totals.chunk) giveAway(p, totals);
        totals.chunk = chunk;
      }
      if (sentence == ELSEWHERE || kept.base + u64((long long)sentence) >= p.to) continue;
      u32* draws = drawn + i * stride;
      const u32 b = draws[0];
      const u32 low = c - firstOfSentence < b ? firstOfSentence : c - b;
      const u32 high = endOfSentence - c <= b ? endOfSentence : c + b + 1;
      if (high - low < 2) continue;
      // The window has been read: the target takes its place before the negatives, and the first word of the context
      // takes the target's, so that the context is one list; then it gives it back.
      const u32 target = kept.word[c], firstWord = kept.word[low];
      syncWarp();
      put(draws, target);
      put(kept.word + c, firstWord);
      syncWarp();
      totals.loss += trainCentre<PARTS>(p, {kept.word + low + 1, high - low - 1, draws, p.negative + 1, rate}, steps);
      put(kept.word + c, target);
      syncWarp();
      totals.centres++;
      endTurn();
    }
    syncWarp();
  }
  giveAway(p, totals);
}

template <int PARTS> DEVICE void train(const Problem& p) {
  u32* shared = sharedOfWarp(wordsOfKept(p) + p.negative + 1 + centresDrawnTogether(p) * drawsOfCentre(p));
  const u32 runs = warpsInGrid(), length = (p.segments + runs - 1) / runs;
  for (;;) {
    const u32 number = takeNumber(p.next);
    if (number >= runs * length) return;
    const u32 segment = number % runs * length + number / runs;
    if (segment < p.segments) trainSegment<PARTS>(p, segment, shared);
  }
}

// For rows of up to 128, 256, 512 and 1,024 numbers.
KERNEL void trainCbow128(const Problem p) { train<1>(p); }
KERNEL void trainCbow256(const Problem p) { train<2>(p); }
KERNEL void trainCbow512(const Problem p) { train<4>(p); }
KERNEL void trainCbow1024(const Problem p) { train<8>(p); }

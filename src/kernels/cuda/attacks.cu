// Attacks on victims that are linear in their pooled words, a warp for each text: gradients, the best words for a
// gradient, and projected gradient steps. Nothing is written but the answers.
#define ROWS_ARE_ONLY_READ
#include "texts.cuh"

/// Numbers of shared memory of a warp.
constexpr u32 ATTACK_WORDS = 8;

DEVICE u32 rivalOf(const Texts& t, u32 text) { return t.rivals ? t.rivals[text] : NO_RIVAL; }

/// The loss of each text, and its gradient with respect to each of its words' embeddings (the same for all of them).
template <int PARTS> DEVICE void readGradients(const Texts& t) {
  float* weights = (float*)sharedOfWarp(ATTACK_WORDS);
  for (u32 text = takeNumber(t.next); text < t.count; text = takeNumber(t.next)) {
    float* logits = t.scores ? t.scores + u64(text) * t.labelCount : nullptr;
    Reading<PARTS> reading = readVictim(t, pooled<PARTS>(t, text), {t.labels[text], rivalOf(t, text), logits}, weights);
    put(t.loss + text, reading.loss);
    if (t.flags & AVERAGED) {
      const float share = 1.0f / float(t.offsets[text + 1] - t.offsets[text]);
      forEachNumber(reading.gradient, [&](Lanes<float> x) { return x * Lanes<float>(share); });
    }
    storeRow(t.rows + u64(4 * t.quads) * text, t.quads, reading.gradient);
  }
}

/// A warp's share of the labels or words: few texts are shared among many warps.
struct Share {
  u32 text; // or query
  u32 first, end;
};

DEVICE Share shareOf(const Texts& t, u32 number, u32 rows) {
  // Whole groups of rows that are held at once.
  const u32 length = ((rows + t.parts - 1) / t.parts + 7) / 8 * 8, first = number % t.parts * length;
  return {number / t.parts, first < rows ? first : rows, first + length < rows ? first + length : rows};
}

/// The logits of each text, whose pooled vectors are the rows.
template <int PARTS> DEVICE void takeLogits(const Texts& t) {
  constexpr int N = ROWS_AT_ONCE<PARTS>;
  for (u32 number = takeNumber(t.next); number < t.count * t.parts; number = takeNumber(t.next)) {
    const Share share = shareOf(t, number, t.labelCount);
    Row<PARTS> h[1];
    loadNeighbours(h, t.rows, t.quads, share.text, t.count);
    for (u32 first = share.first; first < share.end; first += N) {
      Row<PARTS> u[N];
      loadNeighbours(u, t.output, t.quads, first, share.end);
      Lanes<float> dots[N];
#pragma unroll
      for (int i = 0; i < N; i++) dots[i] = partOfDot(h[0], u[i]);
      const Lanes<u32> k = valueNumber<N>(first);
      const Lanes<bool> isOne = isFirstOfValue<N>() & (k < Lanes<u32>(share.end));
      scatter(t.scores + u64(share.text) * t.labelCount, k, sumOverLanes(dots) + gather(t.bias, k, isOne), isOne);
    }
  }
}

/// Weights w of the logits pulled back to the pooled vectors: U^T w, a sum for each part of the labels.
template <int PARTS> DEVICE void pullBack(const Texts& t) {
  constexpr int N = ROWS_AT_ONCE<PARTS>;
  for (u32 number = takeNumber(t.next); number < t.count * t.parts; number = takeNumber(t.next)) {
    const Share share = shareOf(t, number, t.labelCount);
    const float* weights = t.scores + u64(share.text) * t.labelCount;
    Row<PARTS> sum = zeroRow<PARTS>();
    for (u32 first = share.first; first < share.end; first += N) {
      Row<PARTS> u[N];
      loadNeighbours(u, t.output, t.quads, first, share.end);
#pragma unroll
      for (int i = 0; i < N; i++) accumulate(sum, first + i < share.end ? weights[first + i] : 0.0f, u[i]);
    }
    storeRow(t.rows + u64(4 * t.quads) * number, t.quads, sum);
  }
}

/// The words whose embeddings have the highest products with each query, the best of each part of the vocabulary first; of
/// equals the lower number first. Where a part has fewer words than are wanted, the lowest score stands after them.
/// Lane l holds the best but l.
template <int PARTS> DEVICE void bestWords(const Texts& t) {
  constexpr int N = ROWS_AT_ONCE<PARTS>;
  for (u32 number = takeNumber(t.next); number < t.count * t.parts; number = takeNumber(t.next)) {
    const Share share = shareOf(t, number, t.vocabulary);
    Row<PARTS> g[1];
    loadNeighbours(g, t.rows, t.quads, share.text, t.count);
    Lanes<float> bestScore = LOWEST;
    Lanes<u32> bestWord = 0u;
    float least = LOWEST;
    for (u32 first = share.first; first < share.end; first += N) {
      Row<PARTS> v[N];
      loadNeighbours(v, t.embeddings, t.quads, first, share.end);
      Lanes<float> dots[N];
#pragma unroll
      for (int i = 0; i < N; i++) dots[i] = partOfDot(g[0], v[i]);
      const Lanes<float> score = sumOverLanes(dots);
      const Lanes<u32> word = valueNumber<N>(first);
      const Lanes<bool> isFirst = isFirstOfValue<N>();
      u32 better = ballot(isFirst & (word < Lanes<u32>(share.end)) & (score > Lanes<float>(least)));
      for (; better; better &= better - 1) {
        const u32 lane = trailingZeros(better);
        const float newScore = valueAt(score, lane);
        const u32 newWord = first + lane * N / LANES;
        const u32 place = bitsSet(ballot(bestScore >= Lanes<float>(newScore)));
        const Lanes<bool> isPlace = laneNumber() == Lanes<u32>(place), isAfter = laneNumber() > Lanes<u32>(place);
        const Lanes<float> scoreBefore = fromLaneBefore(bestScore);
        const Lanes<u32> wordBefore = fromLaneBefore(bestWord);
        bestScore = choose(isPlace, Lanes<float>(newScore), choose(isAfter, scoreBefore, bestScore));
        bestWord = choose(isPlace, Lanes<u32>(newWord), choose(isAfter, wordBefore, bestWord));
        least = valueAt(bestScore, t.best - 1);
      }
    }
    const Lanes<bool> isWanted = laneNumber() < Lanes<u32>(t.best);
    scatter(t.words + u64(number) * t.best, laneNumber(), bestWord, isWanted);
    scatter(t.scores + u64(number) * t.best, laneNumber(), bestScore, isWanted);
  }
}

/// A lead of this share of the larger logit is more than the rounding of two sums of the same numbers.
constexpr float CLEAR = 4e-6f;
/// A d none of whose numbers moves by more than this share of the radius, and of a step, stands still but for rounding.
constexpr float STILL = 1e-6f, STILL_OF_STEP = 1e-3f;

/// d + step * steepest(gradient), projected to the ball of radius epsilon of all C positions jointly; whether d moves.
template <int PARTS> DEVICE bool takeStep(const Texts& t, Row<PARTS>& d, const Row<PARTS>& gradient, float C) {
  const float ofRadius = STILL * t.epsilon, ofStep = STILL_OF_STEP * t.stepLength;
  const Lanes<float> tolerance = ofRadius < ofStep ? ofRadius : ofStep, zero = 0.0f, one = 1.0f;
  Lanes<bool> moves = false;
  const auto settle = [&](Lanes<float> before, Lanes<float> after) {
    moves = moves | (after - before > tolerance) | (before - after > tolerance);
    return after;
  };
  if (t.flags & ROUND_BALL) {
    const float size = valueOf(rootOf(totalOverLanes(partOfDot(gradient, gradient)) * Lanes<float>(C)));
    const float share = size > 0 ? t.stepLength / size : 0.0f;
    Row<PARTS> next = d;
    accumulate(next, share, gradient);
    const float length = valueOf(rootOf(totalOverLanes(partOfDot(next, next)) * Lanes<float>(C)));
    const Lanes<float> scale = length > t.epsilon ? t.epsilon / length : 1.0f;
    forEachPair(d, next, [&](Lanes<float> x, Lanes<float> y) { return settle(x, scale * y); });
  } else {
    const Lanes<float> step = t.stepLength, most = t.epsilon, least = -t.epsilon;
    forEachPair(d, gradient, [&](Lanes<float> x, Lanes<float> g) {
      const Lanes<float> y = x + step * choose(g > zero, one, choose(g < zero, zero - one, zero));
      return settle(x, choose(y > most, most, choose(y < least, least, y)));
    });
  }
  return ballot(moves) != 0;
}

/// Projected gradient steps from the text itself (Madry et al. 2018, section 2.1). All positions have one gradient, and
/// so one d, which is given back; with C of them the Euclidean norm of the whole is sqrt(C) |d|. Ends once the label is
/// left, or a step is undone by the projection; else the d of the highest loss is kept.
template <int PARTS> DEVICE void climb(const Texts& t) {
  float* weights = (float*)sharedOfWarp(ATTACK_WORDS);
  for (u32 text = takeNumber(t.next); text < t.count; text = takeNumber(t.next)) {
    const Row<PARTS> h = pooled<PARTS>(t, text);
    const float C = float(t.offsets[text + 1] - t.offsets[text]), reach = t.flags & AVERAGED ? 1.0f : C;
    float* kept = t.rows + u64(4 * t.quads) * text;
    Row<PARTS> d = zeroRow<PARTS>();
    storeRow(kept, t.quads, d);
    float margin = 0, highest = LOWEST;
    u32 step = 0;
    for (;; step++) {
      Row<PARTS> moved = h;
      accumulate(moved, reach, d);
      const Reading<PARTS> reading = readVictim(t, moved, {t.labels[text], rivalOf(t, text), nullptr}, weights);
      if (step == 0) margin = reading.margin;
      else {
        const bool isReached = reading.margin > (step == t.steps ? 0.0f : CLEAR * reading.size);
        if (isReached || reading.loss > highest) {
          highest = reading.loss;
          margin = reading.margin;
          storeRow(kept, t.quads, d);
        }
        if (isReached || step == t.steps) break;
      }
      if (!takeStep(t, d, reading.gradient, C)) break;
    }
    put(t.loss + text, margin);
    put(t.words + text, step + 1);
  }
}

// For rows of up to 128, 256, 512 and 1,024 numbers.
#define FOR_ROWS(numbers, parts) \
  KERNEL void readGradients##numbers(const Texts t) { readGradients<parts>(t); } \
  KERNEL void takeLogits##numbers(const Texts t) { takeLogits<parts>(t); } \
  KERNEL void pullBack##numbers(const Texts t) { pullBack<parts>(t); } \
  KERNEL void bestWords##numbers(const Texts t) { bestWords<parts>(t); } \
  KERNEL void climb##numbers(const Texts t) { climb<parts>(t); }
FOR_ROWS(128, 1)
FOR_ROWS(256, 2)
FOR_ROWS(512, 4)
FOR_ROWS(1024, 8)

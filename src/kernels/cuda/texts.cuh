// Texts before a victim whose logits are linear in the mean (or sum) of their words' embeddings: z = U h + bias.
#pragma once
#include "logistic.cuh"
#include "rows.cuh"

// Flags of a launch.
constexpr u32 AVERAGED = 1, MARGIN = 2, ROUND_BALL = 4;

/// What a launch is given: the same bytes as in linear-cuda.ts, which fills them in. Rows are `quads` times four floats.
struct Texts {
  const float* embeddings; // [V, row]
  const float* output;     // U, [K, row]
  const float* bias;       // [K]
  const u32* ids;          // words of all texts
  const u32* offsets;      // [B + 1], where each text begins
  const u32* labels;       // [B]
  const u32* rivals;       // [B], for the margin: the label held against it; null for the highest other one
  u32* next;               // [1], 0: texts (or queries) that were taken
  float* loss;             // [B]; of an attack: the margin that it reached
  float* rows;             // [B, row]: gradients or perturbations out (of weights [B, parts, row]), queries or vectors in
  u32* words;              // [Q, parts, best] out; of an attack, [B]: how often it has read the victim
  float* scores;           // [Q, parts, best] out; or logits out, or their weights in, [B, K]; null where not wanted
  u32 count;               // B, or Q
  u32 vocabulary;          // V
  u32 labelCount;          // K
  u32 quads;
  u32 flags;
  u32 best;                // words that are wanted for a query, at most LANES
  u32 steps;               // of an attack
  u32 parts;               // warps that share a query's words, or a vector's labels
  float epsilon;
  float stepLength;
};

constexpr u32 NO_RIVAL = 0xffffffff;

/// Whom a victim's answer concerns.
struct Asked {
  u32 label;     // y
  u32 rival;     // for the margin: the label held against y, or NO_RIVAL for the highest other one
  float* logits; // [K] out; null where they are not wanted
};

/// What a victim says of a pooled vector, seen from a label y.
template <int PARTS> struct Reading {
  float loss;          // cross-entropy, or the margin
  float margin;        // the highest other logit less that of y: above 0, the label is left
  float size;          // the larger of the two
  Row<PARTS> gradient; // of the loss with respect to the pooled vector
};

/// The highest of all lanes, in all lanes.
DEVICE float highestOfLanes(Lanes<float> x) {
#pragma unroll
  for (u32 bit = LANES / 2; bit > 0; bit /= 2) {
    const Lanes<float> other = acrossLanes(x, bit);
    x = choose(x < other, other, x);
  }
  return valueOf(x);
}

constexpr float LOWEST = -3.0e38f;

/// One pass over the rows of U, N at a time. With m the highest logit so far but that of y, it keeps
/// S = sum over k != y of exp(z_k - m) and E = sum of exp(z_k - m) u_k. Then, for the cross-entropy,
/// p_k = exp(z_k - m) / (S + exp(z_y - m)) and the gradient is sum of p_k (u_k - u_y); for the margin it is u_t - u_y.
/// `weights` [N] is the warp's own.
template <int PARTS>
DEVICE Reading<PARTS> readVictim(const Texts& t, const Row<PARTS>& h, const Asked& asked, float* weights) {
  const u32 label = asked.label;
  constexpr int N = ROWS_AT_ONCE<PARTS>;
  Row<PARTS> own[1], weighted = zeroRow<PARTS>();
  loadNeighbours(own, t.output, t.quads, label, t.labelCount);
  const float z = t.bias[label] + valueOf(totalOverLanes(partOfDot(h, own[0])));
  float highest = LOWEST;
  u32 rival = 0;
  Lanes<float> sum = 0.0f;
  for (u32 first = 0; first < t.labelCount; first += N) {
    Row<PARTS> u[N];
    loadNeighbours(u, t.output, t.quads, first, t.labelCount);
    Lanes<float> dots[N];
#pragma unroll
    for (int i = 0; i < N; i++) dots[i] = partOfDot(h, u[i]);
    const Lanes<u32> k = valueNumber<N>(first);
    const Lanes<bool> isLabel = k < Lanes<u32>(t.labelCount), isFirst = isFirstOfValue<N>();
    const Lanes<bool> isOther = isLabel & (k != Lanes<u32>(label));
    const Lanes<float> score = sumOverLanes(dots) + gather(t.bias, k, isLabel);
    if (asked.logits) scatter(asked.logits, k, score, isLabel & isFirst);
    const Lanes<float> logit = choose(isOther, score, Lanes<float>(LOWEST));
    const float highestHere = highestOfLanes(logit);
    const float before = highest;
    if (highestHere > highest) {
      highest = highestHere;
      rival = first + trailingZeros(ballot(logit == Lanes<float>(highestHere))) * N / LANES;
    }
    const Lanes<float> weight = choose(isOther, exponential(logit - Lanes<float>(highest)), Lanes<float>(0.0f));
    const float shrink = valueOf(exponential(Lanes<float>(before - highest)));
    syncWarp();
    scatter(weights, k - Lanes<u32>(first), weight, isFirst);
    syncWarp();
    sum = sum * Lanes<float>(shrink) + choose(isFirst, weight, Lanes<float>(0.0f));
    if (shrink < 1) {
      forEachNumber(weighted, [&](Lanes<float> x) { return x * Lanes<float>(shrink); });
    }
#pragma unroll
    for (int i = 0; i < N; i++) accumulate(weighted, first + i < t.labelCount ? weights[i] : 0.0f, u[i]);
  }
  Reading<PARTS> reading;
  reading.margin = highest - z;
  const float above = highest < 0 ? -highest : highest, below = z < 0 ? -z : z;
  reading.size = above > below ? above : below;
  if (t.flags & MARGIN) {
    Row<PARTS> rivalRow[1];
    if (asked.rival != NO_RIVAL) rival = asked.rival;
    loadNeighbours(rivalRow, t.output, t.quads, rival, t.labelCount);
    reading.loss = asked.rival == NO_RIVAL ? reading.margin
                                           : t.bias[rival] + valueOf(totalOverLanes(partOfDot(h, rivalRow[0]))) - z;
    reading.gradient = rivalRow[0];
    accumulate(reading.gradient, -1.0f, own[0]);
    return reading;
  }
  const Lanes<float> total = totalOverLanes(sum);
  const float S = valueOf(total);
  reading.loss = valueOf(softplus(log2Of(total) * Lanes<float>(LN_2) + Lanes<float>(reading.margin)));
  // Both parts of the share 1 / (S + exp(z - m)) stay finite: exp(z - m) may be infinite, and the share is 0 then.
  const float share = valueOf(inverseOf(total + exponential(Lanes<float>(-reading.margin))));
  reading.gradient = zeroRow<PARTS>();
  accumulate(reading.gradient, share, weighted);
  accumulate(reading.gradient, -share * S, own[0]);
  return reading;
}

/// h of a text: the mean or the sum of its words' embeddings.
template <int PARTS> DEVICE Row<PARTS> pooled(const Texts& t, u32 text) {
  constexpr int N = ROWS_AT_ONCE<PARTS>;
  const u32 begin = t.offsets[text], end = t.offsets[text + 1];
  const float scale = t.flags & AVERAGED ? 1.0f / float(end - begin) : 1.0f;
  Row<PARTS> h = zeroRow<PARTS>();
  for (u32 first = begin; first < end; first += N) {
    Row<PARTS> v[N];
    loadRows(v, t.embeddings, t.quads, t.ids, first, end);
#pragma unroll
    for (int i = 0; i < N; i++) accumulate(h, scale, v[i]);
  }
  return h;
}

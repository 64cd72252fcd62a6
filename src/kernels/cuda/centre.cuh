// One step of CBOW with negative sampling: what kernels/cbow-reference.ts says, in float32.
//
// h is the mean (or sum) of the context's input rows; a row u of the target or of a negative gets a score h.u and takes
// the step g = rate (label - sigmoid(h.u)): u += g h, and e = sum of g u goes to the context's rows. All rows are read
// before any is written, so that a word that stands there twice takes both its steps, as in the reference.
#pragma once
#include "logistic.cuh"
#include "problem.cuh"
#include "rows.cuh"

struct Centre {
  const u32* context; // the words around it
  u32 contextCount;
  const u32* rows;    // the target, then the negatives
  u32 rowCount;
  float rate;         // the learning rate
};

/// Adds scale times x to a row in memory.
template <int PARTS> DEVICE void addToRow(float* row, u32 quads, float scale, const Row<PARTS>& x) {
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    const Quad& q = x.part[k];
    addQuad(row, k, quads, {q.x * Lanes<float>(scale), q.y * Lanes<float>(scale), q.z * Lanes<float>(scale), q.w * Lanes<float>(scale)});
  }
}

/// Writes the steps of rows first .. first + N - 1, or 0 for those that take none; returns their losses.
template <int N> DEVICE Lanes<float> takeSteps(const Centre& c, u32 first, Lanes<float> (&dots)[N], float* steps) {
  const Lanes<float> score = sumOverLanes(dots);
  const Lanes<u32> j = valueNumber<N>(first);
  const Lanes<bool> isRow = j < Lanes<u32>(c.rowCount), isTarget = j == Lanes<u32>(0);
  const Lanes<bool> counts = isRow & (isTarget | (gather(c.rows, j, isRow) != Lanes<u32>(c.rows[0])));
  const Lanes<float> zero = 0.0f;
  const Lanes<float> g = choose(isTarget, sigmoid(zero - score), zero - sigmoid(score)) * Lanes<float>(c.rate);
  const Lanes<bool> isFirst = isFirstOfValue<N>();
  scatter(steps, j, choose(counts, g, zero), isFirst & isRow);
  return choose(counts & isFirst, softplus(choose(isTarget, zero - score, score)), zero);
}

/// Trains one centre; returns its loss, spread over the lanes. `steps` [rowCount] is the warp's own.
template <int PARTS> DEVICE Lanes<float> trainCentre(const Problem& p, const Centre& c, float* steps) {
  constexpr int N = ROWS_AT_ONCE<PARTS>;
  const u64 row = 4 * p.quads;
  Row<PARTS> u[N];
  // The first rows are under way while the context is gathered.
  loadRows(u, p.output, p.quads, c.rows, 0, c.rowCount);
  Row<PARTS> h = zeroRow<PARTS>();
  const float part = 1.0f / float(c.contextCount), scale = p.flags & MEAN ? part : 1.0f;
  for (u32 first = 0; first < c.contextCount; first += N) {
    Row<PARTS> v[N];
    loadRows(v, p.input, p.quads, c.context, first, c.contextCount);
#pragma unroll
    for (int i = 0; i < N; i++) accumulate(h, scale, v[i]);
  }

  Row<PARTS> e = zeroRow<PARTS>();
  Lanes<float> loss = 0.0f;
  for (u32 first = 0; first < c.rowCount; first += N) {
    if (first > 0) loadRows(u, p.output, p.quads, c.rows, first, c.rowCount);
    Lanes<float> dots[N];
#pragma unroll
    for (int i = 0; i < N; i++) dots[i] = partOfDot(h, u[i]);
    loss += takeSteps(c, first, dots, steps);
    syncWarp();
#pragma unroll
    for (int i = 0; i < N; i++) {
      if (first + i < c.rowCount) accumulate(e, steps[first + i], u[i]);
    }
  }

  if (p.flags & TRAINS_OUTPUT) {
    for (u32 j = 0; j < c.rowCount; j++) {
      if (steps[j] != 0) addToRow(p.output + c.rows[j] * row, p.quads, steps[j], h);
    }
  }
  if (p.flags & TRAINS_INPUT) {
    const float share = p.flags & DIVIDED ? part : 1.0f;
    for (u32 i = 0; i < c.contextCount; i++) addToRow(p.input + c.context[i] * row, p.quads, share, e);
  }
  syncWarp();
  return loss;
}

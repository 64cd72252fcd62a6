// Arithmetic on rows. A row's numbers are spread over the lanes, PARTS times four of them in each: D up to 128 PARTS.
#pragma once
#include "lanes.cuh"

template <int PARTS> struct Row { Quad part[PARTS]; };

template <int PARTS> DEVICE Row<PARTS> zeroRow() {
  Row<PARTS> r;
#pragma unroll
  for (int k = 0; k < PARTS; k++) r.part[k] = {0.0f, 0.0f, 0.0f, 0.0f};
  return r;
}

/// Loads N of the rows that a list names, from entry `first` on; zeros after its end.
template <int PARTS, int N>
DEVICE void loadRows(Row<PARTS> (&rows)[N], const float* matrix, u32 quads, const u32* list, u32 first, u32 end) {
#pragma unroll
  for (int i = 0; i < N; i++) {
    const u32 at = first + i;
    const float* row = matrix + u64(4 * quads) * list[at < end ? at : 0];
#pragma unroll
    for (int k = 0; k < PARTS; k++) rows[i].part[k] = loadQuad(row, k, at < end ? quads : 0);
  }
}

/// Loads N neighbouring rows from row `first` on; zeros from row `end` on.
template <int PARTS, int N>
DEVICE void loadNeighbours(Row<PARTS> (&rows)[N], const float* matrix, u32 quads, u32 first, u32 end) {
#pragma unroll
  for (int i = 0; i < N; i++) {
    const u32 at = first + i;
    const float* row = matrix + u64(4 * quads) * (at < end ? at : 0);
#pragma unroll
    for (int k = 0; k < PARTS; k++) rows[i].part[k] = loadQuad(row, k, at < end ? quads : 0);
  }
}

template <int PARTS> DEVICE void storeRow(float* row, u32 quads, const Row<PARTS>& x) {
#pragma unroll
  for (int k = 0; k < PARTS; k++) storeQuad(row, k, quads, x.part[k]);
}

/// Rows that are held at once.
template <int PARTS> constexpr int ROWS_AT_ONCE = PARTS == 1 ? 8 : PARTS == 2 ? 4 : PARTS == 4 ? 2 : 1;

/// y += scale x
template <int PARTS> DEVICE void accumulate(Row<PARTS>& y, float scale, const Row<PARTS>& x) {
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    y.part[k].x += x.part[k].x * Lanes<float>(scale);
    y.part[k].y += x.part[k].y * Lanes<float>(scale);
    y.part[k].z += x.part[k].z * Lanes<float>(scale);
    y.part[k].w += x.part[k].w * Lanes<float>(scale);
  }
}

/// Each number of x becomes what f makes of it.
template <int PARTS, class F> DEVICE void forEachNumber(Row<PARTS>& x, F f) {
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    Quad& q = x.part[k];
    q.x = f(q.x), q.y = f(q.y), q.z = f(q.z), q.w = f(q.w);
  }
}

/// Each number of x becomes what f makes of it and of that of y.
template <int PARTS, class F> DEVICE void forEachPair(Row<PARTS>& x, const Row<PARTS>& y, F f) {
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    Quad& q = x.part[k];
    const Quad& r = y.part[k];
    q.x = f(q.x, r.x), q.y = f(q.y, r.y), q.z = f(q.z, r.z), q.w = f(q.w, r.w);
  }
}

/// What each lane has of the dot product.
template <int PARTS> DEVICE Lanes<float> partOfDot(const Row<PARTS>& a, const Row<PARTS>& b) {
  Lanes<float> sum = 0.0f;
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    sum += a.part[k].x * b.part[k].x + a.part[k].y * b.part[k].y + a.part[k].z * b.part[k].z + a.part[k].w * b.part[k].w;
  }
  return sum;
}

/// Sums N values, a power of two, over all lanes: lane l gets the sum of value l N / 32. Each round halves the values that
/// a lane looks after, or the lanes that share one: N - 1 + log2(32 / N) exchanges in place of 5 N.
template <int N> DEVICE Lanes<float> sumOverLanes(Lanes<float> (&values)[N]) {
  u32 bit = LANES / 2;
#pragma unroll
  for (int half = N / 2; half > 0; half /= 2, bit /= 2) {
    const Lanes<bool> isUpper = (laneNumber() & Lanes<u32>(bit)) != Lanes<u32>(0);
#pragma unroll
    for (int i = 0; i < half; i++) {
      const Lanes<float> mine = choose(isUpper, values[i + half], values[i]);
      const Lanes<float> theirs = choose(isUpper, values[i], values[i + half]);
      values[i] = mine + acrossLanes(theirs, bit);
    }
  }
#pragma unroll
  for (; bit > 0; bit /= 2) values[0] += acrossLanes(values[0], bit);
  return values[0];
}

/// Which of N values that are summed over the lanes each lane has; `from` is added.
template <int N> DEVICE Lanes<u32> valueNumber(u32 from) {
  return laneNumber() * Lanes<u32>(N) / Lanes<u32>(LANES) + Lanes<u32>(from);
}

/// A value stands in 32 / N lanes; whether a lane is the first of them.
template <int N> DEVICE Lanes<bool> isFirstOfValue() { return laneNumber() % Lanes<u32>(LANES / N) == Lanes<u32>(0); }

/// The sum over all lanes, in all lanes.
DEVICE Lanes<float> totalOverLanes(Lanes<float> x) {
  Lanes<float> one[1] = {x};
  return sumOverLanes(one);
}

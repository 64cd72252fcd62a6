// The words of lanes.cuh on a CPU: a warp is one thread that computes 32 lanes in step, by loops over arrays of 32 which
// a compiler makes vectors of. One warp runs at a time, so that additions need no atomics.
#pragma once

#include <cmath>

#define DEVICE static inline
#define KERNEL extern "C"

#define EACH_LANE(l) for (u32 l = 0; l < LANES; l++)

/// A number for each lane.
template <class T> struct Lanes {
  T at[LANES];
  Lanes() = default;
  Lanes(T same) { EACH_LANE(l) at[l] = same; }

#define OPERATOR(op) \
  friend Lanes operator op(const Lanes& a, const Lanes& b) { \
    Lanes r; \
    EACH_LANE(l) r.at[l] = a.at[l] op b.at[l]; \
    return r; \
  }
  OPERATOR(+) OPERATOR(-) OPERATOR(*) OPERATOR(/) OPERATOR(%) OPERATOR(&) OPERATOR(|) OPERATOR(^) OPERATOR(>>) OPERATOR(<<)
#undef OPERATOR
#define OPERATOR(op) \
  friend Lanes<bool> operator op(const Lanes& a, const Lanes& b) { \
    Lanes<bool> r; \
    EACH_LANE(l) r.at[l] = a.at[l] op b.at[l]; \
    return r; \
  }
  OPERATOR(<) OPERATOR(<=) OPERATOR(>) OPERATOR(>=) OPERATOR(==) OPERATOR(!=)
#undef OPERATOR
  Lanes& operator+=(const Lanes& b) { return *this = *this + b; }
};

// ---- Where a warp stands

/// What the warp that runs knows: how many there are, and its own shared memory.
struct RunningWarp {
  u32 warpsInGrid;
  u32* shared;
};
inline RunningWarp running;

DEVICE Lanes<u32> laneNumber() {
  Lanes<u32> r;
  EACH_LANE(l) r.at[l] = l;
  return r;
}
DEVICE u32 warpsInGrid() { return running.warpsInGrid; }
DEVICE u32* sharedOfWarp(u32) { return running.shared; }
DEVICE void syncWarp() {}

// ---- Lanes among themselves

template <class To, class From> DEVICE Lanes<To> to(const Lanes<From>& x) {
  Lanes<To> r;
  EACH_LANE(l) r.at[l] = static_cast<To>(x.at[l]);
  return r;
}
template <class T> DEVICE Lanes<T> choose(const Lanes<bool>& which, const Lanes<T>& yes, const Lanes<T>& no) {
  Lanes<T> r;
  EACH_LANE(l) r.at[l] = which.at[l] ? yes.at[l] : no.at[l];
  return r;
}
DEVICE u32 ballot(const Lanes<bool>& x) {
  u32 bits = 0;
  EACH_LANE(l) bits |= u32(x.at[l]) << l;
  return bits;
}
DEVICE Lanes<float> acrossLanes(const Lanes<float>& x, u32 bit) {
  Lanes<float> r;
  EACH_LANE(l) r.at[l] = x.at[l ^ bit];
  return r;
}
template <class T> DEVICE Lanes<T> fromLaneBefore(const Lanes<T>& x) {
  Lanes<T> r;
  EACH_LANE(l) r.at[l] = x.at[l == 0 ? 0 : l - 1];
  return r;
}
DEVICE float valueAt(const Lanes<float>& x, u32 lane) { return x.at[lane]; }
DEVICE float valueOf(const Lanes<float>& x) { return x.at[0]; }
DEVICE u32 bitsSet(u32 x) { return __builtin_popcount(x); }
DEVICE Lanes<u32> bitsSet(const Lanes<u32>& x) {
  Lanes<u32> r;
  EACH_LANE(l) r.at[l] = __builtin_popcount(x.at[l]);
  return r;
}
DEVICE u32 leadingZeros(u32 x) { return __builtin_clz(x); }
DEVICE Lanes<u32> leadingZeros(const Lanes<u32>& x) {
  Lanes<u32> r;
  EACH_LANE(l) r.at[l] = x.at[l] == 0 ? 32 : __builtin_clz(x.at[l]);
  return r;
}
DEVICE u32 trailingZeros(u32 x) { return __builtin_ctz(x); }

// ---- Memory

template <class T, class I> DEVICE Lanes<T> gather(const T* at, const Lanes<I>& index, const Lanes<bool>& active) {
  Lanes<T> r;
  EACH_LANE(l) r.at[l] = active.at[l] ? at[index.at[l]] : T(0);
  return r;
}
template <class T> DEVICE void scatter(T* at, const Lanes<u32>& index, const Lanes<T>& value, const Lanes<bool>& active) {
  EACH_LANE(l) if (active.at[l]) at[index.at[l]] = value.at[l];
}
template <class T> DEVICE void put(T* at, T value) { *at = value; }

struct Quad { Lanes<float> x, y, z, w; };

/// The lanes of a part that have numbers of the row.
DEVICE u32 lanesOf(u32 part, u32 quads) {
  const u32 before = part * LANES;
  return quads <= before ? 0 : quads - before < LANES ? quads - before : LANES;
}

DEVICE Quad loadQuad(const float* row, u32 part, u32 quads) {
  Quad q = {0.0f, 0.0f, 0.0f, 0.0f};
  row += 4 * LANES * part;
  for (u32 l = 0, end = lanesOf(part, quads); l < end; l++) {
    q.x.at[l] = row[4 * l], q.y.at[l] = row[4 * l + 1], q.z.at[l] = row[4 * l + 2], q.w.at[l] = row[4 * l + 3];
  }
  return q;
}

DEVICE void storeQuad(float* row, u32 part, u32 quads, const Quad& q) {
  row += 4 * LANES * part;
  for (u32 l = 0, end = lanesOf(part, quads); l < end; l++) {
    row[4 * l] = q.x.at[l], row[4 * l + 1] = q.y.at[l], row[4 * l + 2] = q.z.at[l], row[4 * l + 3] = q.w.at[l];
  }
}

/// Takes the place of an addition to a row where one is set: see in-turns.hpp.
inline void (*instead)(float* row, u32 part, u32 quads, const Quad& q) = nullptr;

DEVICE void addNow(float* row, u32 part, u32 quads, const Quad& q) {
  row += 4 * LANES * part;
  for (u32 l = 0, end = lanesOf(part, quads); l < end; l++) {
    row[4 * l] += q.x.at[l], row[4 * l + 1] += q.y.at[l], row[4 * l + 2] += q.z.at[l], row[4 * l + 3] += q.w.at[l];
  }
}
DEVICE void addQuad(float* row, u32 part, u32 quads, const Quad& q) {
  if (instead) instead(row, part, quads, q);
  else addNow(row, part, quads, q);
}

DEVICE void addOnce(double* at, double value) { *at += value; }
DEVICE void addOnce(u32* at, u32 value) { *at += value; }
DEVICE u32 takeNumber(u32* counter) { return (*counter)++; }

/// Called at the end of each centre where it is set: other warps may run then.
inline void (*turnEnds)() = nullptr;
DEVICE void endTurn() {
  if (turnEnds) turnEnds();
}

// ---- Functions

DEVICE Lanes<float> exp2Of(const Lanes<float>& x) {
  Lanes<float> r;
  EACH_LANE(l) r.at[l] = std::exp2(x.at[l]);
  return r;
}
DEVICE Lanes<float> log2Of(const Lanes<float>& x) {
  Lanes<float> r;
  EACH_LANE(l) r.at[l] = std::log2(x.at[l]);
  return r;
}
DEVICE Lanes<float> rootOf(const Lanes<float>& x) {
  Lanes<float> r;
  EACH_LANE(l) r.at[l] = std::sqrt(x.at[l]);
  return r;
}
DEVICE Lanes<float> inverseOf(const Lanes<float>& x) { return Lanes<float>(1.0f) / x; }

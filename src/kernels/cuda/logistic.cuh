// Exponentials and their relatives, of the functions that there are.
#pragma once
#include "lanes.cuh"

constexpr float LOG2_E = 1.4426950408889634f, LN_2 = 0.6931471805599453f;

/// log(1 + exp(x)), without overflow.
DEVICE Lanes<float> softplus(Lanes<float> x) {
  const Lanes<float> zero = 0.0f, size = choose(x < zero, zero - x, x);
  return choose(x < zero, zero, x) + log2Of(exp2Of(zero - size * Lanes<float>(LOG2_E)) + Lanes<float>(1.0f)) * Lanes<float>(LN_2);
}

DEVICE Lanes<float> exponential(Lanes<float> x) { return exp2Of(x * Lanes<float>(LOG2_E)); }

DEVICE Lanes<float> sigmoid(Lanes<float> x) {
  return inverseOf(exp2Of(Lanes<float>(0.0f) - x * Lanes<float>(LOG2_E)) + Lanes<float>(1.0f));
}

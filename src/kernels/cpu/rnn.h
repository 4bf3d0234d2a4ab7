// One layer of a recurrent network in one direction, over all steps, in f32.
#pragma once

#include <cstdint>

namespace wick::kernels::cpu {

enum class Recurrent : uint8_t { lstm, gru, tanh, relu };
inline int64_t gates_of(Recurrent kind) { return kind == Recurrent::lstm ? 4 : kind == Recurrent::gru ? 3 : 1; }

// Packed sequences, longest first: step t holds rows begins[t] to begins[t] + sizes[t] of every array of rows.
struct Steps {
  int64_t count;
  const int64_t *sizes, *begins;
  int64_t batch, hidden;  // sequences; width of the state
  bool backwards;
  int64_t rows() const { return count ? begins[count - 1] + sizes[count - 1] : 0; }
};

// What a layer keeps. `gates` [rows, G * hidden] holds what the input contributes, biases included (b_hh of a GRU is
// apart), and then the activated gates; `fresh` [rows, hidden] what the state contributes to a GRU's new gate.
struct RecurrentData {
  const float *h0, *c0;    // [batch, hidden]; c0 and all c: LSTM only
  const float *w, *b;      // [G * hidden, hidden]; b [3 * hidden] or null: GRU only
  float *gates, *fresh, *out, *cell, *hn, *cn;
  bool keep = true;  // an LSTM's activated gates are written back: backward needs them
};
void recurrent_forward(Recurrent kind, const Steps& s, const RecurrentData& d);

// Gradients; those that arrive may be null. `x` [rows, G * hidden] is what becomes of the gates' contributions, `state`
// of a GRU's part that comes from the state (for the others it is x), `before` [rows, hidden] the state before each step.
struct RecurrentGradients {
  const float *out, *hn, *cn;
  float *x, *state, *before, *h0, *c0;
};
void recurrent_backward(Recurrent kind, const Steps& s, const RecurrentData& d, const RecurrentGradients& g);

}  // namespace wick::kernels::cpu

// What recurrent layers are made of: steps in public ops, and whole sequences in one op.
#pragma once

#include "kernels/cpu/rnn.h"
#include "ops/matmul.h"

namespace wick::ops {

using kernels::cpu::Recurrent;

struct State { Tensor h, c; };
struct Weights { Tensor ih, hh, bih, bhh, hr; };  // hr projects an LSTM's state; undefined where there is none

// One step; x is what the input contributes to the gates, b_ih included.
State recurrent_step(Recurrent kind, const Tensor& x, const State& s, const Weights& w);

// One layer in one direction over packed data: sizes[t] sequences are alive in step t, longest first. Returns the
// states of all steps and the last one of each sequence.
std::pair<Tensor, State> recurrent_sequence(Recurrent kind, const Tensor& data, const std::vector<int64_t>& sizes, const State& start, const Weights& w, bool backwards);

}  // namespace wick::ops

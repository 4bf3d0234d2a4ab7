// Laws that hold for every op, checked from one record per op: its derivatives are right, its result depends neither on
// the layout of its inputs nor on the number of threads, narrow types agree with float, its in-place and out= forms
// agree with the functional one and write nowhere else, and an undefined argument is an error.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <wick/wick.h>

namespace wick::laws {

using autograd::variable_list;

// One argument: floating values that take on the type under test, or a tensor (indices, masks) that stays as it is.
struct Arg {
  Arg(Tensor t) : value(std::move(t)), fixed(!value.is_floating_point()), differentiable(!fixed) {}  // NOLINT: converts
  static Arg constant(Tensor t) { Arg a(std::move(t)); a.differentiable = false; return a; }  // floating, without a gradient
  Tensor value;
  bool fixed, differentiable;
};
using Sample = std::vector<Arg>;

struct Op {
  using Call = std::function<variable_list(const variable_list&)>;
  using Out = std::function<void(Tensor&, const variable_list&)>;
  using InPlace = std::function<Tensor(Tensor, const variable_list&)>;  // the first argument is changed

  Op(std::string n, Call c) : name(std::move(n)), call(std::move(c)) {}
  Op& sample(Sample s) { samples.push_back(std::move(s)); return *this; }
  Op& large(Sample s) { big = std::move(s); return *this; }  // enough elements for several threads
  Op& out_form(Out f) { out = std::move(f); return *this; }
  Op& in_place_form(InPlace f) { in_place = std::move(f); return *this; }
  Op& no_derivative() { derivative = second = false; return *this; }
  Op& first_order() { second = false; return *this; }
  Op& floats_only() { narrow = false; return *this; }  // no half and bfloat16 in PyTorch either
  Op& with_complex() { complex = true; return *this; }
  Op& with_integers() { integers = true; return *this; }  // exact for small integers
  Op& out_decides_type() { typed_out = false; return *this; }  // computes in the type of out=
  Op& keeps_layout() { any_layout = false; return *this; }  // the result shows strides or memory by design

  std::string name;
  Call call;
  Out out;
  InPlace in_place;
  std::vector<Sample> samples;
  Sample big;
  bool derivative = true, second = true, narrow = true, complex = false, integers = false, any_layout = true, typed_out = true;
};

// The table; `add` gives the record to fill in.
std::vector<Op>& table();
Op& add(std::string name, Op::Call call);

// Sample values, the same in every run: standard normal, uniform in [low, high), distinct (no ties), of float64.
Tensor normal(IntArrayRef sizes);
Tensor uniform(IntArrayRef sizes, double low, double high);
Tensor distinct(IntArrayRef sizes);

// Families fill the table.
void add_pointwise();
void add_reductions();
void add_matrices();
void add_shapes();
void add_indexing();
void add_layers();

}  // namespace wick::laws

// Derivatives against difference quotients.
#include <cmath>
#include <complex>
#include <map>

#include <wick/autograd.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"

namespace wick::autograd::inline v1 {
namespace {

using Complex = std::complex<double>;
using F = std::function<variable_list(const variable_list&)>;

bool checked_type(const Tensor& t) { return t.scalar_type() == kDouble || t.scalar_type() == kComplexDouble; }

// The elements of t as complex numbers.
std::vector<Complex> elements(const Tensor& t) {
  NoGradGuard off;
  const Tensor c = t.detach().to(kComplexDouble).contiguous();
  const Complex* p = c.data_ptr<Complex>();
  return {p, p + c.numel()};
}

variable_list outputs_of(const F& f, const variable_list& in) {
  variable_list out;
  for (Tensor& t : f(in))
    if (t.defined() && (t.is_floating_point() || t.is_complex())) out.push_back(t);
  return out;
}

// Writes element k of x through whatever strides it has.
void set_element(const Tensor& x, int64_t k, Complex v) {
  NoGradGuard off;
  Tensor e = x.data();  // not detach(): the version stays, or what f saved could not be used
  for (int64_t d = 0; d < x.dim(); ++d) {
    int64_t below = 1;
    for (int64_t j = d + 1; j < x.dim(); ++j) below *= x.size(j);
    e = e.select(0, (k / below) % x.size(d));
  }
  if (x.is_complex()) e.fill_(Scalar(v));
  else e.fill_(v.real());
}

// How all elements of all outputs change with a step of one input element in one direction.
std::vector<std::vector<Complex>> slope(const F& f, const variable_list& in, const Tensor& x, int64_t k, Complex at, Complex step) {
  NoGradGuard off;
  set_element(x, k, at + step);
  std::vector<std::vector<Complex>> up;
  for (const Tensor& t : outputs_of(f, in)) up.push_back(elements(t));
  set_element(x, k, at - step);
  std::vector<std::vector<Complex>> down;  // read before x is put back: an output may be a view of it
  for (const Tensor& t : outputs_of(f, in)) down.push_back(elements(t));
  set_element(x, k, at);
  for (size_t o = 0; o < down.size(); ++o)
    for (size_t e = 0; e < down[o].size(); ++e) up[o][e] = (up[o][e] - down[o][e]) / (2 * std::abs(step));
  return up;
}

struct Checker {
  const F& f;
  const variable_list& in;
  const GradcheckOptions& opt;

  bool fail(const std::string& text) const {
    if (opt.raise_exception) throw Error("gradcheck: " + text);
    return false;
  }
  bool close(Complex a, Complex b) const { return std::abs(a - b) <= opt.atol + opt.rtol * std::abs(b); }

  // Gradient of every input for a unit gradient at element e of output o.
  std::vector<std::vector<Complex>> backward_row(const variable_list& out, size_t o, int64_t e, Complex unit, const variable_list& wanted) const {
    Tensor g = zeros_like(out[o], TensorOptions(), MemoryFormat::Contiguous);
    set_element(g, e, unit);
    const variable_list grads = grad({out[o]}, wanted, {g}, true, false, true);
    std::vector<std::vector<Complex>> rows;
    for (size_t i = 0; i < wanted.size(); ++i) rows.push_back(grads[i].defined() ? elements(grads[i]) : std::vector<Complex>(static_cast<size_t>(wanted[i].numel())));
    return rows;
  }

  bool run() const {
    variable_list wanted;
    for (const Tensor& t : in)
      if (t.defined() && t.requires_grad()) {
        WICK_CHECK_TYPE(ValueError, checked_type(t), "gradcheck: inputs that require grad must be float64 or complex128, got ", t.scalar_type());
        wanted.push_back(t);
      }
    WICK_CHECK_TYPE(ValueError, !wanted.empty(), "gradcheck: at least one input must require grad");
    const variable_list out = outputs_of(f, in);
    for (size_t i = 0; i < wanted.size(); ++i)
      if (!check_input(out, wanted, i)) return false;
    return true;
  }

  bool check_input(const variable_list& out, const variable_list& wanted, size_t i) const {
    const Tensor& x = wanted[i];
    const auto values = elements(x);
    for (int64_t k = 0; k < x.numel(); ++k) {
      const auto along = slope(f, in, x, k, values[static_cast<size_t>(k)], opt.eps);
      const auto across = x.is_complex() ? slope(f, in, x, k, values[static_cast<size_t>(k)], Complex(0, opt.eps)) : along;
      for (size_t o = 0; o < out.size(); ++o)
        for (int64_t e = 0; e < out[o].numel(); ++e)
          if (!check_element(out, wanted, i, k, o, e, along[o][static_cast<size_t>(e)], across[o][static_cast<size_t>(e)])) return false;
    }
    return true;
  }

  // For real input x and output y: dy/dx. For complex ones, the gradient of Re(y) is d/da + i d/db, of Im(y) likewise.
  bool check_element(const variable_list& out, const variable_list& wanted, size_t i, int64_t k, size_t o, int64_t e, Complex da, Complex db) const {
    const bool cx = wanted[i].is_complex(), cy = out[o].is_complex();
    for (const Complex unit : {Complex(1, 0), Complex(0, 1)}) {
      if (unit.imag() != 0 && !cy) continue;
      const auto part = [&](Complex d) { return unit.imag() != 0 ? d.imag() : d.real(); };
      const Complex expected = cx ? Complex(part(da), part(db)) : Complex(part(da), 0);
      Complex got = 0;
      if (out[o].requires_grad()) got = cached_row(out, o, e, unit, wanted)[i][static_cast<size_t>(k)];
      if (!close(got, expected))
        return fail(str("Jacobian mismatch for output ", o, " element ", e, " with respect to input ", i, " element ", k, ": numerical ", expected, ", analytical ", got));
    }
    return true;
  }

  const std::vector<std::vector<Complex>>& cached_row(const variable_list& out, size_t o, int64_t e, Complex unit, const variable_list& wanted) const {
    auto& slot = rows[{o, e * 2 + (unit.imag() != 0)}];
    if (slot.empty()) slot = backward_row(out, o, e, unit, wanted);
    return slot;
  }
  mutable std::map<std::pair<size_t, int64_t>, std::vector<std::vector<Complex>>> rows;
};

}  // namespace

bool gradcheck(const F& f, const variable_list& inputs, const GradcheckOptions& options) {
  AutoGradMode on(true);
  return Checker{f, inputs, options, {}}.run();
}

bool gradgradcheck(const F& f, const variable_list& inputs, const variable_list& grad_outputs, const GradcheckOptions& options) {
  AutoGradMode on(true);
  variable_list seeds = grad_outputs;
  std::vector<bool> differentiable;
  size_t n = 0;
  for (const Tensor& t : f(inputs)) {
    const bool d = t.defined() && t.requires_grad();
    differentiable.push_back(d);
    if (d && grad_outputs.empty()) {
      Tensor g = empty(t.sizes(), t.options());
      // Fixed numbers: the check must not disturb the random stream.
      for (int64_t k = 0; k < g.numel(); ++k) set_element(g, k, Complex(std::sin(0.7 * static_cast<double>(k) + 0.3 + static_cast<double>(n)), t.is_complex() ? std::cos(0.9 * static_cast<double>(k)) : 0));
      seeds.push_back(g.requires_grad_());
      ++n;
    }
  }
  variable_list all = inputs;
  all.insert(all.end(), seeds.begin(), seeds.end());
  const size_t count = inputs.size();
  const F derivative = [&f, count, differentiable](const variable_list& args) {
    AutoGradMode record(true);
    const variable_list in(args.begin(), args.begin() + static_cast<int64_t>(count)), g(args.begin() + static_cast<int64_t>(count), args.end());
    variable_list live, wanted, gs;
    // Fresh leaves when recording is off in the caller would cut the graph: use the arguments themselves.
    for (const Tensor& t : in)
      if (t.defined() && t.requires_grad()) wanted.push_back(t);
    const variable_list out = f(in);
    size_t k = 0;
    for (size_t i = 0; i < out.size(); ++i)
      if (differentiable[i]) {
        live.push_back(out[i]);
        gs.push_back(g[k++]);
      }
    variable_list r = grad(live, wanted, gs, true, true, true);
    for (size_t i = 0; i < r.size(); ++i)
      if (!r[i].defined()) r[i] = zeros_like(wanted[i]);
    return r;
  };
  return gradcheck(derivative, all, options);
}

}  // namespace wick::autograd::inline v1

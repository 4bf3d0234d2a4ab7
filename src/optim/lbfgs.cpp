#include <wick/optim/lbfgs.h>

#include <algorithm>
#include <cmath>

#include "optim/recipe.h"

namespace wick::optim {
namespace {

double value(const Tensor& t) { return t.item().toDouble(); }

// The parameters as one vector.
class Flat {
 public:
  Flat(const std::vector<Tensor>& params, const Optimizer::LossClosure& closure) : params_(params), closure_(closure) {}
  Tensor loss() const {
    AutoGradMode on(true);
    return closure_();
  }
  Tensor gradient() const {
    std::vector<Tensor> parts;
    for (const Tensor& p : params_) {
      const Tensor& g = p.grad();
      parts.push_back(!g.defined() ? zeros({p.numel()}, p.options()) : (g.is_sparse() ? g.to_dense() : g).reshape(-1));
    }
    return cat(parts, 0);
  }
  void add(double step, const Tensor& direction) const {
    int64_t at = 0;
    for (Tensor p : params_) {
      p.add_(direction.slice(0, at, at + p.numel()).view_as(p), step);
      at += p.numel();
    }
  }
  std::vector<Tensor> copy() const {
    std::vector<Tensor> r;
    for (const Tensor& p : params_) r.push_back(p.clone(MemoryFormat::Contiguous));
    return r;
  }
  void set(const std::vector<Tensor>& values) const {
    for (size_t i = 0; i < values.size(); ++i) Tensor(params_[i]).copy_(values[i]);
  }

 private:
  const std::vector<Tensor>& params_;
  const Optimizer::LossClosure& closure_;
};

// A place on the line: step length, loss, gradient, and the slope along the line.
struct Point {
  double t, f;
  Tensor g;
  double slope;
};

// The minimum of the cubic through two points, within bounds.
double interpolate(const Point& a, const Point& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double at = a.t <= b.t ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)) : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return std::min(std::max(at, low), high);
}
double interpolate(const Point& a, const Point& b) { return interpolate(a, b, std::min(a.t, b.t), std::max(a.t, b.t)); }

// A step along d that satisfies the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6). The
// parameters are left where they were.
class StrongWolfe {
 public:
  StrongWolfe(const Flat& flat, const Tensor& d, const Point& start, double tolerance) : flat_(flat), d_(d), x_(flat.copy()), start_(start), tolerance_(tolerance) {}

  Point search(double t) {
    Point a = start_, b = start_;
    if (!bracket(t, a, b)) return b;
    return zoom(std::move(a), std::move(b));
  }
  int64_t evaluations() const { return evaluations_; }

 private:
  static constexpr double c1 = 1e-4, c2 = 0.9;
  static constexpr int max_iterations = 25;

  Point at(double t) {
    flat_.add(t, d_);
    const double f = value(flat_.loss());
    Point p{t, f, flat_.gradient(), 0};
    flat_.set(x_);
    p.slope = value(p.g.dot(d_));
    ++evaluations_;
    return p;
  }
  bool too_high(const Point& p) const { return p.f > start_.f + c1 * p.t * start_.slope; }
  bool flat_enough(const Point& p) const { return std::abs(p.slope) <= -c2 * start_.slope; }

  // Widens until a and b enclose a good step (true), or b is one.
  bool bracket(double t, Point& a, Point& b) {
    Point previous = start_;
    previous.t = 0;
    b = at(t);
    for (; iterations_ < max_iterations; ++iterations_) {
      if (too_high(b) || (iterations_ > 1 && b.f >= previous.f)) return a = previous, true;
      if (flat_enough(b)) return false;
      if (b.slope >= 0) return a = previous, true;
      const double next = interpolate(previous, b, b.t + 0.01 * (b.t - previous.t), b.t * 10);
      previous = b;
      b = at(next);
    }
    a = start_;
    a.t = 0;
    return true;
  }

  Point zoom(Point first, Point second) {
    Point p[2] = {std::move(first), std::move(second)};
    int low = p[0].f <= p[1].f ? 0 : 1;
    const double d_norm = value(d_.abs().max());
    bool stuck = false;
    while (iterations_ < max_iterations) {
      if (std::abs(p[1].t - p[0].t) * d_norm < tolerance_) break;
      double t = interpolate(p[0], p[1]);
      // A step at the end of the bracket twice in a row is moved inwards.
      const double most = std::max(p[0].t, p[1].t), least = std::min(p[0].t, p[1].t), eps = 0.1 * (most - least);
      if (std::min(most - t, t - least) < eps) {
        if (stuck || t >= most || t <= least) {
          t = std::abs(t - most) < std::abs(t - least) ? most - eps : least + eps;
          stuck = false;
        } else {
          stuck = true;
        }
      } else {
        stuck = false;
      }
      Point q = at(t);
      ++iterations_;
      if (too_high(q) || q.f >= p[low].f) {
        p[1 - low] = std::move(q);
        low = p[0].f <= p[1].f ? 0 : 1;
        continue;
      }
      const bool done = flat_enough(q);
      if (!done && q.slope * (p[1 - low].t - p[low].t) >= 0) p[1 - low] = p[low];
      p[low] = std::move(q);
      if (done) break;
    }
    return p[low];
  }

  const Flat& flat_;
  const Tensor& d_;
  const std::vector<Tensor> x_;
  const Point start_;
  const double tolerance_;
  int iterations_ = 0;
  int64_t evaluations_ = 0;
};

// The direction: the gradient times an approximate inverse Hessian made of the last steps.
void update_direction(LBFGSParamState& s, const Tensor& gradient, int64_t history) {
  if (s.n_iter() == 1) {
    s.d(gradient.neg());
    s.H_diag(ones({}, gradient.options()));
    s.old_dirs().clear();
    s.old_stps().clear();
    s.ro().clear();
    return;
  }
  const Tensor y = gradient.sub(s.prev_flat_grad()), step = s.d().mul(s.t()), ys = y.dot(step);
  if (value(ys) > 1e-10) {
    if (static_cast<int64_t>(s.old_dirs().size()) == history) {
      s.old_dirs().pop_front();
      s.old_stps().pop_front();
      s.ro().pop_front();
    }
    s.old_dirs().push_back(y);
    s.old_stps().push_back(step);
    s.ro().push_back(1. / ys);
    s.H_diag(ys / y.dot(y));
  }
  const size_t n = s.old_dirs().size();
  if (!s.al()) s.al(std::vector<Tensor>(static_cast<size_t>(history)));
  auto& al = *s.al();
  if (al.size() < n) al.resize(n);
  Tensor q = gradient.neg();
  for (size_t i = n; i-- > 0;) {
    al[i] = s.old_stps()[i].dot(q) * s.ro()[i];
    q.add_(s.old_dirs()[i], -value(al[i]));
  }
  Tensor r = q.mul(s.H_diag());
  for (size_t i = 0; i < n; ++i) r.add_(s.old_stps()[i], value(al[i] - s.old_dirs()[i].dot(r) * s.ro()[i]));
  s.d(r);
}

}  // namespace

template <>
struct Recipe<LBFGSOptions> {
  static constexpr const char* name = "LBFGS";
  static void read_old(serialize::InputArchive& archive, LBFGSParamState& s) {
    const auto read = [&](const char* key) {
      Tensor t;
      archive.read(key, t, true);
      return t;
    };
    s.d(read("d"));
    s.t(read("t").item<double>());
    s.H_diag(read("H_diag"));
    s.prev_flat_grad(read("prev_flat_grad"));
    s.prev_loss(read("prev_loss").item<double>());
    serialize(archive, "old_dirs", s.old_dirs());
    serialize(archive, "old_stps", s.old_stps());
  }
  static void check(const LBFGSOptions& o) {
    check_range("learning rate", o.lr());
    WICK_CHECK_TYPE(ValueError, o.history_size() > 0, "LBFGS: history_size must be positive, got ", o.history_size());
  }
  // An archive may hold anything; sizes that differ are refused by the operations.
  static void check_state(const LBFGSParamState& s, const Tensor&, const std::string& who) {
    WICK_CHECK_TYPE(ValueError, s.old_dirs().size() == s.old_stps().size() && s.old_dirs().size() == s.ro().size(), "LBFGS: ", who, " has a history of ", s.old_dirs().size(),
                    " directions, ", s.old_stps().size(), " steps and ", s.ro().size(), " factors, which must be as many");
    bool whole = s.n_iter() == 0 || (s.d().defined() && s.H_diag().defined() && s.prev_flat_grad().defined());
    for (const auto* list : {&s.old_dirs(), &s.old_stps(), &s.ro()})
      for (const Tensor& t : *list) whole = whole && t.defined();
    WICK_CHECK_TYPE(ValueError, whole, "LBFGS: the state of ", who, " lacks a tensor");
  }
  static Tensor run(Optimizer& optimizer, const Optimizer::LossClosure& closure);
};

Tensor Recipe<LBFGSOptions>::run(Optimizer& optimizer, const Optimizer::LossClosure& closure) {
  WICK_CHECK(closure, "LBFGS requires a closure function");
  const StepOptions& extra = optimizer.step_options();
  WICK_CHECK_TYPE(NotImplementedError, !extra.clip_norm() && !extra.clip_value() && !extra.zero_grad(), "LBFGS: step_options() are not supported, clip and zero gradients in the closure");
  const auto& o = static_cast<const LBFGSOptions&>(optimizer.param_groups()[0].options());
  const auto& params = optimizer.param_groups()[0].params();
  WICK_CHECK(!params.empty(), "LBFGS: there are no parameters");
  WICK_CHECK(!o.line_search_fn() || *o.line_search_fn() == "strong_wolfe", "only 'strong_wolfe' is supported for line_search_fn, got '", o.line_search_fn().value_or(""), "'");
  const Flat flat(params, closure);
  auto& slot = optimizer.state()[params[0].unsafeGetTensorImpl()];
  if (!slot) slot = std::make_unique<LBFGSParamState>();
  auto& s = static_cast<LBFGSParamState&>(*slot);

  const Tensor first_loss = flat.loss();
  double loss = value(first_loss);
  int64_t evaluations = 1;
  s.func_evals(s.func_evals() + 1);
  Tensor gradient = flat.gradient();
  const auto optimal = [&] { return value(gradient.abs().max()) <= o.tolerance_grad(); };
  if (optimal()) return first_loss;

  for (int64_t i = 1; i <= o.max_iter(); ++i) {
    s.n_iter(s.n_iter() + 1);
    update_direction(s, gradient, o.history_size());
    s.prev_flat_grad(gradient.clone(MemoryFormat::Contiguous));
    s.prev_loss(loss);
    s.t(s.n_iter() == 1 ? std::min(1., 1. / value(gradient.abs().sum())) * o.lr() : o.lr());
    const double slope = value(gradient.dot(s.d()));
    if (slope > -o.tolerance_change()) break;

    int64_t spent = 0;
    bool done = false;
    if (o.line_search_fn()) {
      StrongWolfe search(flat, s.d(), {0, loss, gradient.clone(), slope}, o.tolerance_change());
      const Point found = search.search(s.t());
      loss = found.f;
      gradient = found.g;
      s.t(found.t);
      flat.add(found.t, s.d());
      spent = search.evaluations();
      done = optimal();
    } else {
      flat.add(s.t(), s.d());
      if (i != o.max_iter()) {  // nothing looks at the last one
        loss = value(flat.loss());
        gradient = flat.gradient();
        spent = 1;
        done = optimal();
      }
    }
    evaluations += spent;
    s.func_evals(s.func_evals() + spent);
    if (done || evaluations >= o.max_eval().value_or(o.max_iter() * 5 / 4)) break;
    if (value(s.d().mul(s.t()).abs().max()) <= o.tolerance_change() || std::abs(loss - s.prev_loss()) < o.tolerance_change()) break;
  }
  return first_loss;
}

WICK_FIELDS(LBFGSOptions, lr, max_iter, max_eval, tolerance_grad, tolerance_change, history_size, line_search_fn)
WICK_FIELDS(LBFGSParamState, func_evals, n_iter, t, prev_loss, d, H_diag, prev_flat_grad, old_dirs, old_stps, ro, al)
WICK_OPTIMIZER(LBFGS)

inline namespace v1 {
LBFGS::LBFGS(std::vector<Tensor> params, LBFGSOptions defaults) : LBFGS(one_group(std::move(params)), std::move(defaults)) {}
LBFGS::LBFGS(const std::vector<OptimizerParamGroup>& groups, LBFGSOptions defaults) : OptimizerOf(groups, defaults) {
  WICK_CHECK(param_groups_.size() == 1, "LBFGS doesn't support per-parameter options (parameter groups), got ", param_groups_.size(), " groups");
  if (defaults.max_eval()) return;
  const int64_t evaluations = defaults.max_iter() * 5 / 4;
  static_cast<LBFGSOptions&>(param_groups_[0].options()).max_eval(evaluations);
  static_cast<LBFGSOptions&>(*defaults_).max_eval(evaluations);
}
}  // namespace v1

}  // namespace wick::optim

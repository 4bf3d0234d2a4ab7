#include <wick/nn/testing.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>
#include <sstream>
#include <unordered_set>

#include <wick/autograd.h>
#include <wick/io/serialize.h>

#include "nn/common.h"
#include "nn/extras.h"
#include "nn/table.h"

namespace wick::nn::testing::inline v1 {
namespace {

using List = std::vector<Tensor>;

bool learns(const Tensor& t) { return t.defined() && (t.is_floating_point() || t.is_complex()); }
bool same_bits(const Tensor& x, const Tensor& y) {
  if (x.defined() != y.defined()) return false;
  if (!x.defined()) return true;
  const Tensor l = x.detach().contiguous(), r = y.detach().contiguous();
  return l.scalar_type() == r.scalar_type() && l.sizes() == r.sizes() && (l.numel() == 0 || std::memcmp(l.data_ptr(), r.data_ptr(), l.nbytes()) == 0);
}
bool same_bits(const List& a, const List& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Tensor& x, const Tensor& y) { return same_bits(x, y); });
}
double largest(const Tensor& t) { return t.numel() ? t.abs().max().item<double>() : 0; }

// A check says why it fails, or why it does not apply.
struct Failed { std::string why; };
struct Skipped { std::string why; };
template <class... A>
void expect(bool holds, const A&... text) { if (!holds) throw Failed{str(text...)}; }

std::string first_line(const char* text) {
  const std::string s = text;
  return s.substr(0, s.find('\n'));
}

// Lends the module values of its own for each check; at the end it has its old ones, its gradients and its mode again.
class Sandbox {
 public:
  explicit Sandbox(Module& module) : module_(module), mode_(module), state_(default_generator().get_state()) {
    std::unordered_set<const void*> seen;
    for (const auto& dict : {module.named_parameters(), module.named_buffers()})
      for (const auto& item : dict)
        if (seen.insert(item.value().unsafeGetTensorImpl()).second) kept_.push_back({item.key(), item.value(), item.value().detach(), item.value().grad()});
  }
  ~Sandbox() {
    for (Kept& k : kept_) {
      k.tensor.set_data(k.data);
      if (k.tensor.is_leaf()) k.tensor.mutable_grad() = k.grad;
    }
    Generator(default_generator()).set_state(state_);
  }
  Sandbox(const Sandbox&) = delete;

  // Fresh copies of all values, floating ones in `dtype` if given.
  void fresh(bool train, std::optional<ScalarType> dtype = std::nullopt) {
    for (Kept& k : kept_) {
      if (k.tensor.is_leaf()) k.tensor.mutable_grad() = Tensor();
      k.tensor.set_data(dtype && k.data.is_floating_point() ? k.data.to(*dtype).clone(MemoryFormat::Contiguous) : k.data.clone(MemoryFormat::Contiguous));
    }
    module_.train(train);
  }
  // Names and tensors of the parameters that require grad, and of everything.
  std::vector<std::pair<std::string, Tensor>> parameters() const {
    std::vector<std::pair<std::string, Tensor>> list;
    for (const Kept& k : kept_)
      if (k.tensor.requires_grad()) list.emplace_back("parameter " + k.name, k.tensor);
    return list;
  }
  List values() const {
    List list;
    for (const Kept& k : kept_) list.push_back(k.tensor.detach().clone());
    return list;
  }
  const std::string& name(size_t i) const { return kept_[i].name; }

 private:
  struct Kept {
    std::string name;
    Tensor tensor, data, grad;
  };
  Module& module_;
  const nn::detail::EvalScope mode_;
  const Tensor state_;
  std::vector<Kept> kept_;
};

struct Checker {
  std::shared_ptr<Module> module;
  const List& inputs;
  const detail::Call& call;
  const CheckOptions& options;
  Sandbox sandbox;

  // Copies of the inputs, floating ones in `dtype` if given.
  List samples(std::optional<ScalarType> dtype = std::nullopt, bool record = false) const {
    List list;
    for (const Tensor& t : inputs) {
      if (!t.defined()) {
        list.emplace_back();
        continue;
      }
      Tensor copy = record ? t.detach().clone(MemoryFormat::Contiguous) : t.detach().clone();
      if (dtype && copy.is_floating_point()) copy = copy.to(*dtype);
      list.push_back(record && learns(copy) ? copy.requires_grad_() : copy);
    }
    return list;
  }
  List run(const List& in, bool seeded = true) const {
    if (seeded) manual_seed(options.seed());
    return call(module, in);
  }
  List quiet_run(const List& in, bool seeded = true) const {
    NoGradGuard off;
    return run(in, seeded);
  }

  void forward(bool train) {
    sandbox.fresh(train);
    const List out = quiet_run(samples());
    expect(std::any_of(out.begin(), out.end(), [](const Tensor& t) { return t.defined(); }), "forward gives no tensor");
    for (size_t i = 0; i < out.size(); ++i)
      if (learns(out[i])) expect(out[i].isfinite().all().item<bool>(), "result ", i, " holds NaN or infinity");
  }

  // A number that depends on every element of the results, with weights that differ from element to element.
  static Tensor weighted(const List& out) {
    Tensor sum;
    double start = 0.3;
    for (const Tensor& t : out) {
      if (!learns(t)) continue;
      const Tensor w = (wick::arange(t.numel(), TensorOptions(kDouble)) * 0.7 + (start += 0.9)).sin().view(t.sizes()).to(t.scalar_type());
      const Tensor part = (t.is_complex() ? wick::real(t * w) + wick::imag(t * w) * 0.5 : t * w).sum();
      sum = sum.defined() ? sum + part : part;
    }
    if (!sum.defined()) throw Skipped{"no result is floating point"};
    return sum;
  }

  void gradients(bool train) {
    sandbox.fresh(train, kDouble);
    List in = samples(kDouble, true);
    auto wanted = sandbox.parameters();
    for (size_t i = 0; i < in.size(); ++i)
      if (in[i].defined() && in[i].requires_grad()) wanted.emplace_back(str("input ", i), in[i]);
    if (wanted.empty()) throw Skipped{"nothing requires grad"};
    List leaves, grads(wanted.size());
    for (const auto& w : wanted) leaves.push_back(w.second);
    AutoGradMode on(true);
    const Tensor loss = weighted(run(in));
    if (loss.requires_grad()) grads = autograd::grad({loss}, leaves, {}, std::nullopt, false, true);
    double worst = 0;
    int64_t n = 0;
    for (size_t i = 0; i < wanted.size(); ++i) n += compare(wanted[i].first, leaves[i], grads[i], in, worst);
    detail = str(n, " elements of ", wanted.size(), " tensors, largest difference ", worst);
  }
  // Elements of one tensor: evenly spread over it when there are many.
  int64_t compare(const std::string& name, const Tensor& leaf, const Tensor& grad, const List& in, double& worst) const {
    NoGradGuard off;
    const Tensor flat = leaf.detach().view({-1});
    const int64_t size = flat.numel(), n = options.elements() > 0 ? std::min(options.elements(), size) : size;
    if (flat.is_complex()) throw Skipped{name + " is complex"};
    for (int64_t k = 0; k < n; ++k) {
      const int64_t at = k * size / n;
      const double x = flat[at].item<double>(), h = options.eps() * std::max(1.0, std::abs(x));
      const auto value = [&](double v) {
        flat[at].fill_(v);
        return weighted(run(in)).item<double>();
      };
      const double up = value(x + h), down = value(x - h), numerical = (up - down) / (2 * h);
      flat[at].fill_(x);
      const double analytical = grad.defined() ? grad.reshape({-1})[at].item<double>() : 0, difference = std::abs(numerical - analytical);
      worst = std::max(worst, difference);
      expect(difference <= options.atol() + options.rtol() * std::abs(numerical), name, ' ', leaf.sizes(), " element ", at, ": backward gives ", analytical,
             grad.defined() ? "" : " (no gradient)", ", the difference quotient is ", numerical);
    }
    return n;
  }

  void parameters_used() {
    const auto wanted = sandbox.parameters();
    if (wanted.empty()) throw Skipped{"no parameter requires grad"};
    sandbox.fresh(true);
    AutoGradMode on(true);
    const Tensor loss = weighted(run(samples(std::nullopt, true)));
    List leaves;
    for (const auto& w : wanted) leaves.push_back(w.second);
    const List grads = loss.requires_grad() ? autograd::grad({loss}, leaves, {}, std::nullopt, false, true) : List(leaves.size());
    std::string unused;
    for (size_t i = 0; i < grads.size(); ++i)
      if (!grads[i].defined()) unused += (unused.empty() ? "" : ", ") + wanted[i].first;
    expect(unused.empty(), "no gradient reaches ", unused);
  }

  void clone() {
    sandbox.fresh(false);
    std::shared_ptr<Module> copy;
    try {
      copy = module->clone();
    } catch (const NotImplementedError&) {
      throw Skipped{"not Cloneable"};
    }
    const auto compare_all = [](const OrderedDict<std::string, Tensor>& a, const OrderedDict<std::string, Tensor>& b) {
      expect(a.keys() == b.keys(), "the copy has other parameters or buffers");
      for (const auto& item : a) {
        expect(same_bits(item.value(), b[item.key()]), item.key(), " of the copy has other values");
        expect(!item.value().numel() || item.value().data_ptr() != b[item.key()].data_ptr(), item.key(), " of the copy shares memory with the original");
      }
    };
    compare_all(module->named_parameters(), copy->named_parameters());
    compare_all(module->named_buffers(), copy->named_buffers());
    NoGradGuard off;
    const List out = run(samples());
    manual_seed(options.seed());
    expect(same_bits(call(copy, samples()), out), "the copy gives other results: a tensor that matters is not registered");
    for (Tensor& p : copy->parameters()) p.add_(1);
    expect(same_bits(run(samples()), out), "a change of the copy changes the original");
  }

  void save_and_load() {
    if (!module->is_serializable()) throw Skipped{"is_serializable() is false"};
    sandbox.fresh(false);
    NoGradGuard off;
    const List out = run(samples()), before = sandbox.values();
    std::stringstream file;
    wick::save(module, file);
    auto state = module->state_dict();
    for (auto& item : state) item.value() = item.value().clone();
    const auto disturb = [&] { for (const auto& item : module->state_dict()) item.value().copy_(item.value().is_floating_point() ? item.value() * 0.5 + 1 : wick::zeros_like(item.value())); };
    const auto expect_back = [&](const char* way) {
      const List after = sandbox.values();
      for (size_t i = 0; i < after.size(); ++i) expect(same_bits(after[i], before[i]), sandbox.name(i), " does not come back from ", way);
      expect(same_bits(run(samples()), out), "other results after ", way);
    };
    disturb();
    std::shared_ptr<Module> target = module;
    wick::load(target, file);
    expect_back("save and load");
    disturb();
    module->load_state_dict(state);
    expect_back("state_dict and load_state_dict");
  }

  void dtype(ScalarType type, double tolerance) {
    sandbox.fresh(false, kDouble);
    const List expected = quiet_run(samples(kDouble));
    sandbox.fresh(false, type);
    List out;
    try {
      out = quiet_run(samples(type));
    } catch (const NotImplementedError& e) {
      throw Skipped{first_line(e.what())};
    }
    double worst = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      if (!learns(expected[i]) || out[i].is_complex()) continue;
      expect(out[i].scalar_type() == type, "result ", i, " is ", out[i].scalar_type(), " for inputs and parameters of ", type, " (is a tensor not registered?)");
      expect(out[i].sizes() == expected[i].sizes(), "result ", i, " has shape ", out[i].sizes(), ", in float64 ", expected[i].sizes());
      const double scale = std::max(largest(expected[i]), 1e-6), difference = largest(out[i].to(kDouble) - expected[i]) / scale;
      worst = std::max(worst, difference);
      expect(difference <= tolerance, "result ", i, " is off by ", difference, " of its largest value, allowed are ", tolerance);
    }
    detail = str("largest difference ", worst);
  }

  void batch_independence() {
    const int64_t dim = options.batch_dim();
    if (dim < 0) throw Skipped{"batch_dim is -1"};
    int64_t n = -1;
    for (const Tensor& t : inputs)
      if (t.defined() && t.dim() > dim && n < 0) n = t.size(dim);
    if (n < 2) throw Skipped{"the sample inputs hold no batch of two or more"};
    sandbox.fresh(false, kDouble);
    NoGradGuard off;
    const List whole = run(samples(kDouble));
    bool compared = false;
    for (const int64_t row : {int64_t(0), n - 1}) {
      List in = samples(kDouble);
      for (Tensor& t : in) {
        if (!t.defined() || t.dim() <= dim || t.size(dim) != n) continue;
        Tensor other = t.roll({1}, {dim});
        if (other.is_floating_point()) other = other * 1.5 + 0.25;
        other.select(dim, row).copy_(t.select(dim, row));
        t = other;
      }
      const List out = run(in);
      for (size_t i = 0; i < out.size(); ++i) {
        if (!learns(out[i]) || out[i].dim() <= dim || out[i].size(dim) != n || out[i].sizes() != whole[i].sizes()) continue;
        compared = true;
        const double difference = largest(out[i].select(dim, row) - whole[i].select(dim, row)), scale = largest(whole[i].select(dim, row));
        expect(difference <= 1e-8 + 1e-7 * scale, "item ", row, " of result ", i, " changes by ", difference, " when the other items change");
      }
    }
    if (!compared) throw Skipped{str("no result has ", n, " items in dimension ", dim)};
  }

  void determinism() {
    for (const bool train : {true, false}) {
      sandbox.fresh(train);
      const List first = quiet_run(samples());
      sandbox.fresh(train);
      expect(same_bits(quiet_run(samples()), first), "two runs with the same seed differ, ", train ? "in training" : "in evaluation");
      if (!train) expect(same_bits(quiet_run(samples(), false), first), "two runs in evaluation mode differ: it draws random numbers or keeps a state");
    }
  }

  void inputs_unchanged() {
    for (const bool train : {true, false}) {
      sandbox.fresh(train);
      const List in = samples();
      quiet_run(in);
      for (size_t i = 0; i < in.size(); ++i) expect(same_bits(in[i], inputs[i]), "forward changes input ", i, train ? " in training" : " in evaluation");
      const List leaves = samples(std::nullopt, true);
      AutoGradMode on(true);
      const Tensor loss = weighted(run(leaves));
      if (loss.requires_grad()) loss.backward();
      for (size_t i = 0; i < in.size(); ++i) expect(same_bits(leaves[i], inputs[i]), "backward changes input ", i);
    }
  }

  void evaluation_changes_nothing() {
    sandbox.fresh(false);
    const List before = sandbox.values();
    quiet_run(samples());
    const List after = sandbox.values();
    for (size_t i = 0; i < after.size(); ++i) expect(same_bits(after[i], before[i]), sandbox.name(i), " changes");
  }

  std::string detail;
  Check one(const char* name, void (*f)(Checker&)) {
    Check c;
    c.name = name;
    const auto& skip = options.skip();
    if (std::find(skip.begin(), skip.end(), c.name) != skip.end()) {
      c.status = Check::Status::skipped;
      c.detail = "as asked";
      return c;
    }
    detail.clear();
    try {
      f(*this);
      c.detail = detail;
    } catch (const Failed& e) {
      c.status = Check::Status::failed;
      c.detail = e.why;
    } catch (const Skipped& e) {
      c.status = Check::Status::skipped;
      c.detail = e.why;
    } catch (const std::exception& e) {
      c.status = Check::Status::failed;
      c.detail = first_line(e.what());
    }
    return c;
  }
};

struct Named {
  const char* name;
  void (*run)(Checker&);
};
const Named kChecks[] = {
    {"forward (train)", [](Checker& c) { c.forward(true); }},
    {"forward (eval)", [](Checker& c) { c.forward(false); }},
    {"gradients (train)", [](Checker& c) { c.gradients(true); }},
    {"gradients (eval)", [](Checker& c) { c.gradients(false); }},
    {"parameters used", [](Checker& c) { c.parameters_used(); }},
    {"clone", [](Checker& c) { c.clone(); }},
    {"save and load", [](Checker& c) { c.save_and_load(); }},
    {"float64", [](Checker& c) { c.dtype(kDouble, 0); }},
    {"float32", [](Checker& c) { c.dtype(kFloat, c.options.float_tolerance()); }},
    {"bfloat16", [](Checker& c) { c.dtype(kBFloat16, c.options.bfloat16_tolerance()); }},
    {"batch independence", [](Checker& c) { c.batch_independence(); }},
    {"determinism", [](Checker& c) { c.determinism(); }},
    {"inputs unchanged", [](Checker& c) { c.inputs_unchanged(); }},
    {"evaluation changes nothing", [](Checker& c) { c.evaluation_changes_nothing(); }},
};

const char* word(Check::Status s) { return s == Check::Status::passed ? "ok" : s == Check::Status::failed ? "FAILED" : "skipped"; }

}  // namespace

namespace detail {

CheckReport run_checks(const std::shared_ptr<Module>& module, const std::vector<Tensor>& inputs, const Call& call, const CheckOptions& options) {
  WICK_CHECK(module != nullptr, "check_module: the module is empty (a null pointer)");
  for (const std::string& name : options.skip())
    WICK_CHECK_TYPE(ValueError, std::any_of(std::begin(kChecks), std::end(kChecks), [&](const Named& c) { return name == c.name; }), "check_module: there is no check '", name, "' to skip");
  CheckReport report;
  report.module = short_name(*module);
  Checker checker{module, inputs, call, options, Sandbox(*module), {}};
  for (const Named& c : kChecks) report.checks.push_back(checker.one(c.name, c.run));
  return report;
}

}  // namespace detail

bool CheckReport::ok() const {
  return std::none_of(checks.begin(), checks.end(), [](const Check& c) { return c.status == Check::Status::failed; });
}
void CheckReport::throw_if_failed() const {
  if (ok()) return;
  std::string text = "check_module: " + module + " fails";
  for (const Check& c : checks)
    if (c.status == Check::Status::failed) text += "\n  " + c.name + ": " + c.detail;
  throw Error(text);
}
const Check& CheckReport::operator[](const std::string& name) const {
  for (const Check& c : checks)
    if (c.name == name) return c;
  throw Error("CheckReport: there is no check '" + name + "'");
}
std::ostream& operator<<(std::ostream& stream, const CheckReport& report) {
  Table table({report.module, "", ""}, {false, false, false});
  for (const Check& c : report.checks) table.add({"  " + c.name, word(c.status), c.detail});
  table.print(stream);
  return stream;
}

}  // namespace wick::nn::testing::inline v1

// What libtorch programs use of c10, ATen and torch beside tensors: every header of compat/ together, namespaces reopened,
// checks, dispatch, containers.
#include <headers.h>

#include <iostream>
#include <sstream>

#include <wick/nn/testing.h>

namespace torch {
namespace nn {
struct TwiceImpl : Cloneable<TwiceImpl> {
  void reset() override {}
  Tensor forward(Tensor x) { return x + relu(x); }
};
TORCH_MODULE(Twice);
}  // namespace nn
namespace ext {
Tensor squared(const Tensor& x) { return x * x; }
}  // namespace ext
}  // namespace torch
namespace at { Tensor twice(const Tensor& x) { return x + x; } }
namespace c10 { struct Extra {}; }

// Data sets by their short names, and settings of engines that are not here.
struct Four : torch::data::Dataset<Four> {
  torch::data::Example<> get(size_t i) override { return {torch::full({2}, static_cast<double>(i)), torch::ones({1})}; }
  torch::optional<size_t> size() const override { return 4; }
};
struct Once : torch::data::BatchDataset<Once, std::vector<int>> {
  std::vector<int> get_batch(c10::ArrayRef<size_t> at) override { return {static_cast<int>(at.size())}; }
  torch::optional<size_t> size() const override { return 1; }
};
bool short_names() {
  at::globalContext().setAllowFP16ReductionCuBLAS(false);
  at::globalContext().setSDPUseFlash(false);
  auto loader = torch::data::make_data_loader(Four().map(torch::data::transforms::Stack<>()), 2);
  double sum = 0;
  for (auto& batch : *loader) sum += batch.data.sum().item<double>();
  return sum == 12 && Once().get_batch({0, 0}).at(0) == 2 && !at::globalContext().userEnabledFlashSDP() &&
         at::globalContext().allowFP16ReductionCuBLAS() == at::CuBLASReductionOption::DisallowReducedPrecisionAllowSplitK;
}

// An optimizer as programs write it, with libtorch's macros for its fields.
namespace my {
struct SignOptions : public torch::optim::OptimizerCloneableOptions<SignOptions> {
  SignOptions(double lr = 1e-2) : lr_(lr) {}
  TORCH_ARG(double, lr) = 1e-2;
  typedef std::tuple<double, double> betas_t;
  TORCH_ARG(betas_t, betas) = std::make_tuple(0.9, 0.99);
  TORCH_ARG(bool, flag) = false;
  TORCH_ARG(std::optional<int64_t>, limit) = std::nullopt;
 public:
  void serialize(torch::serialize::InputArchive& archive) override {
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(double, lr);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(betas_t, betas);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(bool, flag);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_OPTIONAL(int64_t, limit);
  }
  void serialize(torch::serialize::OutputArchive& archive) const override {
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(lr);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(betas);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(flag);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(limit);
  }
  double get_lr() const override { return lr(); }
  void set_lr(const double lr) override { this->lr(lr); }
};
struct SignParamState : public torch::optim::OptimizerCloneableParamState<SignParamState> {
  TORCH_ARG(int64_t, step) = 0;
  TORCH_ARG(torch::Tensor, mean);
  TORCH_ARG(torch::Tensor, never);
  TORCH_ARG(std::deque<torch::Tensor>, history);
 public:
  void serialize(torch::serialize::InputArchive& archive) override {
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(int64_t, step);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(at::Tensor, mean);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(at::Tensor, never);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_DEQUE(std::deque<at::Tensor>, history);
  }
  void serialize(torch::serialize::OutputArchive& archive) const override {
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(step);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(mean);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(never);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG_DEQUE(history);
  }
};
class Sign : public torch::optim::Optimizer {
 public:
  explicit Sign(std::vector<torch::optim::OptimizerParamGroup> param_groups, SignOptions defaults = {})
      : Optimizer(std::move(param_groups), std::make_unique<SignOptions>(defaults)) {}
  explicit Sign(std::vector<torch::Tensor> params, SignOptions defaults = {}) : Sign({torch::optim::OptimizerParamGroup(std::move(params))}, defaults) {}
  torch::Tensor step(LossClosure closure = nullptr) override {
    torch::NoGradGuard no_grad;
    torch::Tensor loss = {};
    if (closure != nullptr) { at::AutoGradMode enable_grad(true); loss = closure(); }
    for (auto& group : param_groups_) for (auto& p : group.params()) {
      if (!p.grad().defined()) continue;
      auto grad = p.grad();
      auto param_state = state_.find(p.unsafeGetTensorImpl());
      auto& options = static_cast<SignOptions&>(group.options());
      if (param_state == state_.end()) {
        auto state = std::make_unique<SignParamState>();
        state->step(0); state->mean(torch::zeros_like(p, torch::MemoryFormat::Preserve));
        state_[p.unsafeGetTensorImpl()] = std::move(state);
      }
      auto& state = static_cast<SignParamState&>(*state_[p.unsafeGetTensorImpl()]);
      state.step(state.step() + 1);
      state.mean().mul_(std::get<0>(options.betas())).add_(grad, 1 - std::get<0>(options.betas()));
      state.history().push_back(grad.clone());
      if (state.history().size() > 2) state.history().pop_front();
      p.data().add_(state.mean().sign(), -options.lr());
    }
    return loss;
  }
  void save(torch::serialize::OutputArchive& archive) const override { serialize(*this, archive); }
  void load(torch::serialize::InputArchive& archive) override { serialize(*this, archive); }
 private:
  template <typename Self, typename Archive> static void serialize(Self& self, Archive& archive) { _TORCH_OPTIM_SERIALIZE_WITH_TEMPLATE_ARG(Sign); }
};
}

using namespace torch;

namespace {

struct Held : torch::CustomClassHolder { int value = 3; };
static_assert(std::is_same<at::scalar_value_type<std::complex<float>>::type, float>::value, "the type of a part");

int failures = 0;
#define EXPECT(condition) do \
  if (!(condition)) { std::cerr << __LINE__ << ": " #condition "\n"; ++failures; } while (0)

template <class F>
std::string message(F f) {
  try {
    f();
    return "nothing thrown";
  } catch (const c10::IndexError& e) {
    return std::string("IndexError: ") + e.what();
  } catch (const c10::NotImplementedError& e) {
    return std::string("NotImplementedError: ") + e.what();
  } catch (const c10::Error& e) {
    return e.what_without_backtrace();
  }
}

struct Counter : c10::WarningHandler {
  int n = 0;
  void process(const c10::Warning&) override { ++n; }
};

void modules() {
  torch::nn::Sequential model(torch::nn::Linear(2, 3), torch::nn::Tanh());
  int calls = 0;
  torch::nn::RemovableHandle handle = model->register_forward_hook([&](torch::nn::Module&, const std::vector<torch::Tensor>&, const std::vector<torch::Tensor>& out) {
    ++calls;
    return out[0] * 0;
  });
  EXPECT(model(torch::ones({1, 2})).sum().item<float>() == 0);
  handle.remove();
  torch::OrderedDict<std::string, torch::Tensor> state = model->state_dict();
  torch::nn::IncompatibleKeys keys = model->load_state_dict(state);
  EXPECT(keys.missing_keys.empty() && calls == 1);
  EXPECT(torch::nn::summary(model, {4, 2}).parameters == 9);
  EXPECT(torch::nn::testing::check_module(torch::nn::Tanh(), torch::randn({2, 2})).ok());
}

void checks() {
  Tensor x = torch::ones({2, 3});
  EXPECT(message([&] { TORCH_CHECK(x.dim() == 3, "dim ", x.dim(), " of ", x.sizes()); }) == "dim 2 of [2, 3]");
  EXPECT(message([&] { TORCH_CHECK(x.dim() == 3); }).find("Expected x.dim() == 3 to be true, but got false.") == 0);
  EXPECT(message([&] { TORCH_CHECK_INDEX(false, "i"); }) == "IndexError: i");
  EXPECT(message([&] { TORCH_CHECK_EQ(x.dim(), 3) << "more"; }) == "Check failed: x.dim() == 3 (2 vs. 3). more");
  EXPECT(message([&] { TORCH_INTERNAL_ASSERT(x.dim() == 3, "text"); }).find("x.dim() == 3 INTERNAL ASSERT FAILED at ") == 0);
  EXPECT(message([] { AT_ERROR("a", 1); }) == "a1");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-else"
  if (x.dim() == 2)
    TORCH_CHECK(true);
  else
    EXPECT(false);
#pragma GCC diagnostic pop
  Counter counter;
  c10::WarningUtils::WarningHandlerGuard guard(&counter);
  for (int k = 0; k < 3; ++k) {
    TORCH_WARN("each time ", k);
    TORCH_WARN_ONCE("once");
  }
  EXPECT(counter.n == 4);
}

void dispatch() {
  Tensor x = torch::ones({4}, torch::kDouble);
  int size = 0;
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, x.scalar_type(), "f", [&] { size = sizeof(scalar_t); });
  EXPECT(size == 8);
  AT_DISPATCH_ALL_TYPES_AND_COMPLEX_AND3(at::kHalf, at::kBFloat16, at::kBool, at::kComplexFloat, "f", ([&] { size = sizeof(scalar_t); }));
  EXPECT(size == 8);
  AT_DISPATCH_INDEX_TYPES(at::kInt, "f", [&] { size = sizeof(index_t); });
  EXPECT(size == 4);
  EXPECT(AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "f", [&] { return x.data_ptr<scalar_t>()[0] == scalar_t(1); }));
  EXPECT(message([&] { AT_DISPATCH_INTEGRAL_TYPES(x.scalar_type(), "f", [&] {}); }) == "NotImplementedError: \"f\" not implemented for 'Double'");
  EXPECT(at::parallel_reduce(0, 100, 7, int64_t{0}, [](int64_t b, int64_t e, int64_t s) { for (; b < e; ++b) s += b; return s; },
                             [](int64_t a, int64_t b) { return a + b; }) == 4950);
  // Copies of a module on the CPU's devices.
  torch::nn::Linear net(4, 2);
  const Tensor batch = torch::randn({5, 4});
  const std::vector<torch::Device> devices{torch::Device("cpu:0"), torch::Device(torch::kCPU, 1)};
  EXPECT(torch::allclose(torch::nn::parallel::data_parallel(net, batch, devices), net(batch)));
  auto replicas = torch::nn::parallel::replicate(net, devices);
  EXPECT(torch::allclose(torch::nn::parallel::parallel_apply(replicas, {batch, batch})[1], net(batch)));
}

struct Shared : c10::intrusive_ptr_target {
  explicit Shared(int v) : v(v) {}
  int v;
};

void containers() {
  auto p = c10::make_intrusive<Shared>(3);
  c10::weak_intrusive_ptr<Shared> w(p);
  EXPECT(w.lock()->v == 3);
  EXPECT(p.use_count() == 1);
  p.reset();
  EXPECT(w.expired() && !w.lock());
  c10::List<int64_t> l({1, 2});
  auto same = l;
  l.push_back(3);
  EXPECT(same.size() == 3 && l.copy().vec() == std::vector<int64_t>({1, 2, 3}));
  c10::Dict<std::string, int64_t> d;
  d.insert("b", 1);
  d.insert_or_assign("a", 2);
  EXPECT(d.begin()->key() == "b" && d.at("a") == 2 && d.erase("b") == 1 && d.size() == 1);
  c10::SmallVector<int64_t, 4> v{2, 3};
  v.append({4, 5});
  EXPECT(v.pop_back_val() == 5 && torch::zeros(v).dim() == 3 && c10::multiply_integers(v) == 24);
  int64_t sum = 0;
  for (const auto k : c10::irange(2, 5)) sum += k;
  for (const auto k : c10::irange(-2)) sum += 100 + k;
  EXPECT(sum == 9);
  int ran = 0;
  { auto exit = c10::make_scope_exit([&] { ++ran; }); }
  auto add = [&](int k) { return ran += k; };
  c10::function_ref<int(int)> ref(add);
  EXPECT(ref(2) == 3);
  std::ostringstream out;
  out << std::vector<int>{1, 2} << " " << std::make_pair(1, 2.5);
  EXPECT(out.str() == "1 2 (1, 2.5)");
}

void names() {
  using namespace torch::indexing;
  Tensor x = torch::ones({2, 3});
  EXPECT(at::twice(x).equal(2 * x) && torch::ext::squared(x).equal(x) && nn::Twice()(x).equal(2 * x));
  EXPECT(x.index({Slice(), None, torch::indexing::Slice(0, 2)}).dim() == 3 && x.index({"...", at::indexing::Slice(1)}).dim() == 2);
  EXPECT(torch::complex(x, x).is_complex() && at::complex(x, x).is_complex() && c10::complex<float>(1, 2).imag() == 2);
  EXPECT(at::make_generator<at::CPUGeneratorImpl>(3).current_seed() == 3 && at::detail::createCPUGenerator(4).current_seed() == 4);
  EXPECT(!torch::cuda::is_available() && torch::cuda::device_count() == 0 && !at::hasCUDA());
  at::globalContext().setDeterministicAlgorithms(true, false);
  EXPECT(at::globalContext().deterministicAlgorithms());
  c10::optional<int> none = c10::nullopt;
  EXPECT(none.value_or(3) == 3 && torch::optional<int>(2).value() == 2);
  EXPECT(at::infer_size({3, 1}, {4}) == std::vector<int64_t>({3, 4}) && at::maybe_wrap_dim(-1, 4) == 3);
  EXPECT(message([] { at::maybe_wrap_dim(4, 4); }).find("IndexError: Dimension out of range") == 0);
  EXPECT(torch::is_floating_point(x) && !at::is_complex(x) && torch::is_signed(x) && !torch::is_conj(x));
  EXPECT(std::string(TORCH_VERSION) == "2.13.0" && TORCH_VERSION_MAJOR == 2);
  static_assert(std::is_same<at::acc_type<float, false>, double>::value && std::is_same<at::opmath_type<at::Half>, float>::value, "");
  c10::DeviceGuard device(x.device());
  at::AutoDispatchBelowADInplaceOrView below;
  EXPECT(!at::GradMode::is_enabled());
}

// What only Python's torch.nn has, by the same paths.
void utilities() {
  Tensor x = torch::ones({2, 3});
  auto fc = nn::utils::parametrizations::weight_norm(nn::Linear(3, 2));
  EXPECT(nn::utils::parametrize::is_parametrized(*fc, "weight") && fc(x).size(1) == 2);
  nn::LazyLinear lazy(4);
  EXPECT(lazy(x).size(1) == 4 && lazy->weight.size(1) == 3);
  nn::utils::prune::l1_unstructured(*lazy, "weight", 0.5);
  EXPECT(nn::utils::prune::is_pruned(*lazy) && (lazy->weight == 0).sum().item<int64_t>() == 6);
  nn::Linear plain(3, 2);
  EXPECT(torch::func::functional_call(plain, {{"weight", torch::zeros({2, 3})}, {"bias", torch::ones({2})}}, x).equal(torch::ones({2, 2})));
  EXPECT(torch::nn::functional::gaussian_nll_loss(x, x, 1.0).item<float>() == 0);
  EXPECT(nn::utils::rnn::unpad_sequence(x.unsqueeze(-1), torch::tensor({1, 2, 2})).size() == 3);
}

}  // namespace

void dictionaries() {
  c10::impl::GenericDict weights;
  weights.insert("a", torch::ones({2}));
  const c10::IValue value(weights);
  for (const auto& entry : value.toGenericDict()) EXPECT(entry.key().toStringRef() == "a" && entry.value().toTensor().numel() == 2);
}

void optimizers() {
  torch::nn::Linear layer(3, 2);
  my::Sign first(layer->parameters(), my::SignOptions(0.05).flag(true).limit(7));
  for (int k = 0; k < 3; ++k) {
    first.zero_grad();
    layer(torch::ones({4, 3})).pow(2).sum().backward();
    first.step();
  }
  std::stringstream file;
  torch::save(first, file);
  my::Sign second(layer->parameters(), my::SignOptions(1));
  torch::load(second, file);
  const auto& options = static_cast<my::SignOptions&>(second.param_groups()[0].options());
  const auto& state = static_cast<my::SignParamState&>(*second.state().at(layer->weight.unsafeGetTensorImpl()));
  EXPECT(options.lr() == 0.05 && std::get<1>(options.betas()) == 0.99 && options.flag() && options.limit() == 7);
  EXPECT(state.step() == 3 && state.history().size() == 2 && !state.never().defined() && state.mean().sizes() == layer->weight.sizes());
}

// torchvision's models, another last layer in the way of its tutorials.
void pictures() {
  vision::models::ResNet18 net(10, true);
  EXPECT(net->fc->options.out_features() == 10 && net->conv1->options.in_channels() == 3 && net->layer1->size() == 2);
  net->fc = net->replace_module("fc", torch::nn::Linear(512, 4));
  EXPECT(net->forward(torch::rand({2, 3, 32, 32})).sizes() == torch::IntArrayRef({2, 4}));
  EXPECT(net(torch::rand({2, 3, 32, 32})).size(1) == 4);
  vision::models::GoogLeNet aux(3);
  const auto out = aux->forward(torch::rand({2, 3, 32, 32}));
  EXPECT(out.output.size(1) == 3 && out.aux1.size(1) == 3 && out.aux2.size(1) == 3);
  aux->eval();
  EXPECT(!aux(torch::rand({2, 3, 32, 32})).aux1.defined());
  EXPECT(vision::models::MNASNet0_5(5, .1)->options().dropout() == .1);
}

int main() {
  EXPECT(c10::make_intrusive<Held>()->value == 3);
  c10::IValue symbolic(std::vector<c10::SymInt>{1, 2});
  EXPECT(symbolic.toSymIntVector().size() == 2);
  EXPECT(torch::nn::Conv2dOptions(1, 1, 3).padding(std::array<int64_t, 2>{1, 2}).padding().sizes()->at(1) == 2);
  EXPECT(short_names());
  checks();
  modules();
  dispatch();
  containers();
  names();
  utilities();
  optimizers();
  dictionaries();
  pictures();
  return failures;
}

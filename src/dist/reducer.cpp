#include <algorithm>
#include <unordered_set>

#include <wick/autograd.h>
#include <wick/autograd/node.h>
#include <wick/core/str.h>
#include <wick/dist/data_parallel.h>
#include <wick/ops.h>

namespace wick::nn::parallel::inline v1 {

using distributed::Group;
using distributed::ReduceOp;

namespace {

struct Parameter {
  std::string name;
  Tensor tensor;
  std::shared_ptr<autograd::Node> accumulator;  // held, so that it keeps its hook
  size_t bucket = 0;
  Tensor view;        // of the bucket
  bool ready = false;
};
struct Bucket {
  std::vector<size_t> members;
  Tensor flat, sent;  // `sent`: of another dtype, where one was asked for
  size_t waiting = 0;
  std::shared_ptr<distributed::Work> work;
};

Tensor view_of(const Tensor& flat, int64_t at, const Tensor& like) {
  if (like.is_non_overlapping_and_dense()) return flat.as_strided(like.sizes(), like.strides(), at);
  return flat.narrow(0, at, like.numel()).view(like.sizes());
}
bool shows(const Tensor& grad, const Tensor& view) { return grad.defined() && grad.is_set_to(view); }

// All ranks' texts, one line each, compared with rank 0's.
void compare(const std::vector<std::string>& lines, const Group& group) {
  std::string mine;
  for (const auto& line : lines) mine += line + "\n";
  Tensor size = wick::tensor(static_cast<int64_t>(mine.size()));
  distributed::broadcast(size, 0, group);
  Tensor text = wick::zeros({size.item<int64_t>()}, kByte);
  if (group->rank() == 0) std::copy(mine.begin(), mine.end(), text.data_ptr<uint8_t>());
  distributed::broadcast(text, 0, group);
  const std::string first(reinterpret_cast<const char*>(text.data_ptr<uint8_t>()), static_cast<size_t>(text.numel()));
  // The first line that differs, told to all.
  constexpr int64_t kText = 256;
  Tensor told = wick::zeros({kText}, kByte), all = wick::zeros({group->size(), kText}, kByte);
  if (first != mine) {
    size_t at = 0, line = 0;
    for (; at < std::min(first.size(), mine.size()) && first[at] == mine[at]; ++at)
      if (mine[at] == '\n') line = at + 1;
    const auto cut = [&](const std::string& s) { return line >= s.size() ? std::string("nothing") : s.substr(line, s.find('\n', line) - line); };
    const std::string difference = wick::str("rank ", group->rank(), " has ", cut(mine), " where rank 0 has ", cut(first)).substr(0, kText - 1);
    std::copy(difference.begin(), difference.end(), told.data_ptr<uint8_t>());
  }
  distributed::all_gather_into_tensor(all, told, group);
  for (int64_t rank = 0; rank < group->size(); ++rank) {
    const std::string difference = reinterpret_cast<const char*>(all.data_ptr<uint8_t>() + rank * kText);
    WICK_CHECK(difference.empty(), "DistributedDataParallel: the models of the ranks differ: ", difference);
  }
}

}  // namespace

struct Reducer::State : std::enable_shared_from_this<State> {
  Group group;
  DistributedDataParallelOptions options;
  Module* module = nullptr;
  std::vector<Parameter> parameters;
  std::vector<Bucket> buckets;
  std::vector<size_t> arrived;  // in the first pass
  bool on = true, armed = false, skips = false, rebuilt = false;
  size_t next = 0;              // bucket to send
  int64_t early = 0;

  // Buckets for the parameters in the given order; their gradients move there.
  void lay_out(const std::vector<size_t>& order) {
    std::vector<Bucket> made;
    const auto cap = [&](size_t n) { return static_cast<int64_t>((n == 0 ? options.first_bucket_mb() : options.bucket_cap_mb()) * (1 << 20)); };
    int64_t bytes = 0;
    for (const size_t i : order) {
      const Tensor& t = parameters[i].tensor;
      const bool fits = !made.empty() && parameters[made.back().members[0]].tensor.scalar_type() == t.scalar_type() && bytes < cap(made.size() - 1);
      if (!fits) {
        made.emplace_back();
        bytes = 0;
      }
      made.back().members.push_back(i);
      bytes += t.numel() * static_cast<int64_t>(t.element_size());
    }
    NoGradGuard off;
    for (size_t b = 0; b < made.size(); ++b) {
      int64_t n = 0;
      for (const size_t i : made[b].members) n += parameters[i].tensor.numel();
      made[b].flat = wick::zeros({n}, parameters[made[b].members[0]].tensor.options().requires_grad(false));
      int64_t at = 0;
      for (const size_t i : made[b].members) {
        Parameter& p = parameters[i];
        p.bucket = b;
        p.view = view_of(made[b].flat, at, p.tensor);
        at += p.tensor.numel();
        adopt(p);
      }
    }
    buckets = std::move(made);
  }
  // Makes the view the gradient, with the gradient's values, if there is one.
  void adopt(Parameter& p) {
    Tensor& grad = p.tensor.mutable_grad();
    if (!grad.defined() || shows(grad, p.view)) return;
    WICK_CHECK(!grad.is_sparse(), "DistributedDataParallel: the gradient of ", p.name, " is sparse; make the embedding with sparse(false)");
    p.view.copy_(grad);
    grad = p.view;
  }

  void arm() {
    armed = true;
    skips = !on;
    autograd::queue_callback([self = shared_from_this()] { self->finish(); });
    if (skips) return;
    next = 0;
    for (Bucket& b : buckets) {
      b.waiting = b.members.size();
      b.work = nullptr;
    }
    for (Parameter& p : parameters) p.ready = false;
  }
  void came(size_t i) {
    if (!armed) arm();
    if (skips) return;
    Parameter& p = parameters[i];
    if (p.ready) return;
    p.ready = true;
    NoGradGuard off;
    adopt(p);
    if (!rebuilt) arrived.push_back(i);
    --buckets[p.bucket].waiting;
    while (next < buckets.size() && buckets[next].waiting == 0) send(buckets[next++]);
  }
  void send(Bucket& b) {
    const ScalarType t = options.reduce_dtype();
    b.sent = t == ScalarType::Undefined || t == b.flat.scalar_type() ? b.flat : b.flat.to(t);
    b.work = distributed::all_reduce(b.sent, ReduceOp::AVG, group, true);
  }
  void finish() {
    armed = false;
    if (skips) return;
    NoGradGuard off;
    early = static_cast<int64_t>(next);
    std::vector<size_t> unused;
    for (size_t i = 0; i < parameters.size(); ++i)
      if (!parameters[i].ready) unused.push_back(i);
    if (!unused.empty() && !options.find_unused_parameters()) complain(unused);
    for (const size_t i : unused) {
      adopt(parameters[i]);
      if (!parameters[i].tensor.grad().defined()) parameters[i].view.zero_();
    }
    while (next < buckets.size()) send(buckets[next++]);
    Tensor used;
    if (options.find_unused_parameters()) {
      used = wick::ones({static_cast<int64_t>(parameters.size())}, kByte);
      for (const size_t i : unused) used.data_ptr<uint8_t>()[i] = 0;
      distributed::all_reduce(used, ReduceOp::MAX, group);
    }
    for (Bucket& b : buckets) {
      b.work->wait();
      b.work = nullptr;
      if (!b.sent.is_set_to(b.flat)) b.flat.copy_(b.sent);
      b.sent = Tensor();
    }
    for (const size_t i : unused) {
      Tensor& grad = parameters[i].tensor.mutable_grad();
      if (used.data_ptr<uint8_t>()[i]) grad = parameters[i].view;
      else if (fresh[i]) grad = Tensor();
    }
  }
  [[noreturn]] void complain(const std::vector<size_t>& unused) const {
    std::string names;
    for (size_t k = 0; k < unused.size() && k < 10; ++k) names += (k ? ", " : "") + parameters[unused[k]].name;
    if (unused.size() > 10) names += ", …";
    throw Error(wick::str("DistributedDataParallel: backward has not reached ", unused.size(), " of ", parameters.size(), " parameters: ", names,
                          "; if that is meant, use find_unused_parameters(true), else let forward use them or turn off their requires_grad"));
  }

  // Buckets in the order in which gradients came on rank 0.
  void rebuild() {
    rebuilt = true;
    Tensor order = wick::arange(static_cast<int64_t>(parameters.size()));
    std::vector<char> seen(parameters.size());
    int64_t* to = order.data_ptr<int64_t>();
    size_t n = 0;
    for (const size_t i : arrived) to[n++] = static_cast<int64_t>(i), seen[i] = 1;
    for (size_t i = parameters.size(); i-- > 0;)
      if (!seen[i]) to[n++] = static_cast<int64_t>(i);
    distributed::broadcast(order, 0, group);
    lay_out(std::vector<size_t>(to, to + parameters.size()));
  }
  void prepare() {
    if (!GradMode::is_enabled()) return;
    NoGradGuard off;
    if (on && !rebuilt && !arrived.empty()) rebuild();
    fresh.assign(parameters.size(), 0);
    // One pass over a bucket whose gradients are all new.
    for (Bucket& b : buckets) {
      const bool all = std::none_of(b.members.begin(), b.members.end(), [&](size_t i) { return parameters[i].tensor.grad().defined(); });
      if (all) b.flat.zero_();
      for (const size_t i : b.members) {
        Parameter& p = parameters[i];
        Tensor& grad = p.tensor.mutable_grad();
        fresh[i] = !grad.defined();
        if (grad.defined()) adopt(p);
        else grad = all ? p.view : p.view.zero_();
      }
    }
    if (on && options.broadcast_buffers() && module->is_training()) send_buffers();
  }
  void send_buffers() const {
    std::vector<Tensor> buffers = module->buffers();
    while (!buffers.empty()) {  // all of one dtype at once
      const ScalarType t = buffers[0].scalar_type();
      std::vector<Tensor> same, flat, rest;
      for (const Tensor& b : buffers) (b.scalar_type() == t ? same : rest).push_back(b);
      for (const Tensor& b : same) flat.push_back(b.reshape({-1}));
      const Tensor all = wick::cat(flat);
      distributed::broadcast(all, 0, group);
      int64_t at = 0;
      for (const Tensor& b : same) {
        if (group->rank() != 0) b.detach().copy_(all.narrow(0, at, b.numel()).view(b.sizes()));
        at += b.numel();
      }
      buffers = std::move(rest);
    }
  }
  std::vector<char> fresh;  // parameters without a gradient before this pass
};

Reducer::Reducer(Module& module, const DistributedDataParallelOptions& options) : state_(std::make_shared<State>()) {
  State& s = *state_;
  s.options = options;
  s.group = options.process_group() ? options.process_group() : distributed::default_group();
  s.module = &module;
  std::vector<std::string> lines;
  std::unordered_set<const void*> seen;
  NoGradGuard off;
  std::vector<std::shared_ptr<distributed::Work>> works;
  for (const bool buffers : {false, true})
    for (const auto& item : buffers ? module.named_buffers() : module.named_parameters())
      lines.push_back(wick::str(buffers ? "buffer " : "parameter ", item.key(), " ", dtype_name(item.value().scalar_type()), " ", item.value().sizes(),
                                buffers || item.value().requires_grad() ? "" : " without requires_grad"));
  compare(lines, s.group);
  for (const auto& item : module.named_parameters()) {
    const Tensor& t = item.value();
    if (!seen.insert(t.data_ptr()).second && t.numel()) continue;
    works.push_back(distributed::broadcast(t, 0, s.group, true));
    if (!t.requires_grad()) continue;
    Parameter p;
    p.name = item.key();
    p.tensor = t;
    p.accumulator = autograd::gradient_edge(t).function;
    s.parameters.push_back(std::move(p));
  }
  WICK_CHECK(!s.parameters.empty(), "DistributedDataParallel: no parameter of the module requires grad, so there is nothing to average");
  for (const Tensor& b : module.buffers()) works.push_back(distributed::broadcast(b, 0, s.group, true));
  for (const auto& w : works) w->wait();
  std::vector<size_t> order;
  for (size_t i = s.parameters.size(); i-- > 0;) order.push_back(i);
  s.fresh.assign(s.parameters.size(), 0);
  s.lay_out(order);
  for (size_t i = 0; i < s.parameters.size(); ++i)
    s.parameters[i].accumulator->add_post_hook([i, weak = std::weak_ptr<State>(state_)](const autograd::variable_list& out, const autograd::variable_list&) {
      if (const auto state = weak.lock()) state->came(i);
      return out;
    });
}
Reducer::~Reducer() = default;
void Reducer::prepare() { state_->prepare(); }
bool Reducer::synchronises() const { return state_->on; }
void Reducer::set_synchronises(bool on) { state_->on = on; }
std::vector<int64_t> Reducer::bucket_sizes() const {
  std::vector<int64_t> sizes;
  for (const auto& b : state_->buckets) sizes.push_back(static_cast<int64_t>(b.flat.nbytes()));
  return sizes;
}
int64_t Reducer::sent_during_backward() const { return state_->early; }

}  // namespace wick::nn::parallel::inline v1

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include <wick/autograd.h>
#include <wick/autograd/node.h>
#include <wick/core/str.h>
#include <wick/dist/data_parallel.h>
#include <wick/ops.h>

#include "autograd/engine.h"
#include "dist/group.h"
#include "dist/passes.h"

namespace wick::nn::parallel::inline v1 {

using distributed::Group;
using distributed::ReduceOp;

namespace {

struct Parameter {
  std::string name;
  Tensor tensor;
  std::shared_ptr<autograd::Node> accumulator;  // held, so that it keeps its hook
  size_t bucket = 0;
  Tensor view;           // what is reduced: of the bucket, or, without buckets in memory, the gradient itself
  int came = 0, expected = 1;  // how often its gradient comes in a pass
  bool frozen = false;   // since the last forward
  bool fresh = false;    // without a gradient before this pass
};
struct Bucket {
  std::vector<size_t> members;
  int64_t elements = 0;
  Tensor flat, sent;  // `sent`: of another dtype, where one was asked for
  size_t waiting = 0;
  std::shared_ptr<distributed::Work> work;
  std::optional<distributed::Future> future;  // a hook's
};

Tensor view_of(const Tensor& flat, int64_t at, const Tensor& like) {
  if (like.is_non_overlapping_and_dense()) return flat.as_strided(like.sizes(), like.strides(), at);
  return flat.narrow(0, at, like.numel()).view(like.sizes());
}
bool shows(const Tensor& grad, const Tensor& view) { return grad.defined() && view.defined() && grad.is_set_to(view); }

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
  Reducer* owner = nullptr;
  std::vector<Parameter> parameters;
  OrderedDict<std::string, Tensor> others;  // that did not require grad
  std::vector<Bucket> buckets;
  std::vector<size_t> arrived;  // in the first pass
  Tensor used;                  // by any rank; of the first pass with a static graph
  distributed::CommHook hook;
  bool on = true, armed = false, skips = false, rebuilt = false, prepared = false;
  bool direct = false;          // gradients are reduced where they are, since the engine takes many parts at once: buckets have no memory
  bool by_active = false;       // divide by the ranks with inputs
  size_t next = 0;              // bucket to send
  int64_t early = 0, passes = 0;

  // Buckets for the parameters in the given order, each of one dtype; their gradients move there.
  void lay_out(const std::vector<size_t>& order) {
    std::vector<Bucket> made;
    struct Open { size_t bucket = 0; int64_t bytes = 0, cap = 0; };
    std::map<ScalarType, Open> open;
    for (const size_t i : order) {
      const Tensor& t = parameters[i].tensor;
      const auto [at, first] = open.try_emplace(t.scalar_type());
      Open& o = at->second;
      if (first || o.bytes >= o.cap) {
        o = {made.size(), 0, static_cast<int64_t>((first ? options.first_bucket_mb() : options.bucket_cap_mb()) * (1 << 20))};
        made.emplace_back();
      }
      made[o.bucket].members.push_back(i);
      o.bytes += t.numel() * static_cast<int64_t>(t.element_size());
    }
    for (size_t b = 0; b < made.size(); ++b)
      for (const size_t i : made[b].members) {
        parameters[i].bucket = b;
        made[b].elements += parameters[i].tensor.numel();
      }
    buckets = std::move(made);
    direct = !hook && options.reduce_dtype() == ScalarType::Undefined && options.gradient_as_bucket_view() && group->impl().engine->takes_parts();
    if (!direct) allocate();
  }
  // Memory for the buckets, with views for the gradients.
  void allocate() {
    NoGradGuard off;
    for (Bucket& b : buckets) {
      b.flat = wick::zeros({b.elements}, parameters[b.members[0]].tensor.options().requires_grad(false));
      int64_t at = 0;
      for (const size_t i : b.members) {
        Parameter& p = parameters[i];
        p.view = view_of(b.flat, at, p.tensor);
        at += p.tensor.numel();
        if (options.gradient_as_bucket_view()) adopt(p);
      }
    }
  }
  // Brings the gradient's values into the view, if there is one, and makes the view the gradient.
  void adopt(Parameter& p) {
    Tensor& grad = p.tensor.mutable_grad();
    if (!grad.defined() || shows(grad, p.view)) return;
    WICK_CHECK(!grad.is_sparse(), "DistributedDataParallel: the gradient of ", p.name, " is sparse; make the embedding with sparse(false)");
    if (direct) {  // all ranks reduce one layout, the parameter's
      const bool dense = grad.strides() == p.tensor.strides() && grad.is_non_overlapping_and_dense() && grad.scalar_type() == p.tensor.scalar_type();
      p.view = dense ? grad : wick::empty_like(p.tensor).copy_(grad);
      grad = p.view;
      return;
    }
    p.view.copy_(grad);
    if (options.gradient_as_bucket_view()) grad = p.view;
  }
  void blank(Parameter& p) {
    if (direct) p.view = wick::zeros_like(p.tensor);
    else p.view.zero_();
  }
  int size() const { return group->size(); }
  // The ranks that the sum is divided by.
  int divisor() const { return by_active && owner->joined() ? owner->joined()->active() : size(); }
  // Whether this pass ends with word of the parameters that it used.
  bool tells_used() const { return options.static_graph() ? passes == 0 : options.find_unused_parameters(); }

  void arm() {
    armed = true;
    skips = !on;
    autograd::queue_final([self = shared_from_this()] { self->finish(); });
    if (skips) return;
    next = 0;
    for (Bucket& b : buckets) {
      b.waiting = b.members.size();
      b.work = nullptr;
      b.future.reset();
    }
    for (Parameter& p : parameters) {
      p.came = 0;
      if (!p.frozen && (p.expected || !knows())) continue;
      if (p.fresh) blank(p);
      else adopt(p);
      --buckets[p.bucket].waiting;
    }
  }
  // Whether how often gradients come is known, from the first pass of a static graph.
  bool knows() const { return options.static_graph() && passes > 0; }
  void came(size_t i) {
    if (!armed) arm();
    if (skips) return;
    Parameter& p = parameters[i];
    if (p.frozen) return;
    ++p.came;
    if (options.static_graph() && passes == 0) {
      if (p.came == 1) arrived.push_back(i);
      return;
    }
    WICK_CHECK(p.came <= p.expected, "DistributedDataParallel: in this backward the gradient of ", p.name, " came ", p.came, " times, ",
               options.static_graph() ? str("in the first ", p.expected, "; static_graph(true) is for graphs that stay the same")
                                      : std::string("as it does when checkpointed parts share the parameter; use static_graph(true) for that"));
    if (p.came < p.expected) return;
    NoGradGuard off;
    adopt(p);
    if (passes == 0) arrived.push_back(i);
    --buckets[p.bucket].waiting;
    while (next < buckets.size() && buckets[next].waiting == 0) send(next++);
  }
  // `rest`: backward has ended, so nothing is gained by another thread.
  void send(size_t index, bool rest = false) {
    Bucket& b = buckets[index];
    if (direct) start_parts(b, views(b), !rest);
    else start(b, index, b.flat);
  }
  std::vector<Tensor> views(const Bucket& b) const {
    std::vector<Tensor> all;
    for (const size_t i : b.members) all.push_back(parameters[i].view);
    return all;
  }
  ReduceOp op() const { return divisor() == size() ? ReduceOp::AVG : ReduceOp::SUM; }
  void start_parts(Bucket& b, const std::vector<Tensor>& parts, bool async = true) { b.work = distributed::all_reduce_coalesced(parts, op(), group, async); }
  void end_parts(Bucket& b, const std::vector<Tensor>& parts) {
    if (const auto work = std::exchange(b.work, nullptr)) work->wait();
    if (divisor() != size())
      for (const Tensor& part : parts) part.div_(divisor());
  }
  // Begins the reduction of `flat`, which stands for the bucket.
  void start(Bucket& b, size_t index, const Tensor& flat) {
    if (hook) {
      std::vector<Tensor> members;
      for (const size_t i : b.members) members.push_back(parameters[i].tensor);
      distributed::GradBucket bucket(index, index + 1 == buckets.size(), flat, std::move(members));
      b.future = hook(bucket);
      return;
    }
    const ScalarType t = options.reduce_dtype();
    b.sent = t == ScalarType::Undefined || t == flat.scalar_type() ? flat : flat.to(t);
    b.work = distributed::all_reduce(b.sent, op(), group, true);
  }
  // Waits for it, and puts the result into `flat`.
  void end(Bucket& b, size_t index, const Tensor& flat) {
    if (b.future) {
      const distributed::Future future = *b.future;
      b.future.reset();
      const Tensor result = future.wait();
      WICK_CHECK_TYPE(ValueError, result.defined() && result.sizes() == flat.sizes(), "DistributedDataParallel: the communication hook must give bucket ", index, " a tensor of ",
                      flat.sizes(), ", got ", result.defined() ? str(result.sizes()) : std::string("none"));
      if (!result.is_set_to(flat)) flat.copy_(result);
      return;
    }
    const auto work = std::exchange(b.work, nullptr);
    if (!work) return;
    const Tensor sent = std::exchange(b.sent, Tensor());
    work->wait();
    if (!sent.is_set_to(flat)) flat.copy_(sent);
    if (divisor() != size()) flat.div_(divisor());
  }
  void finish() {
    armed = prepared = false;
    if (skips) return;
    NoGradGuard off;
    early = static_cast<int64_t>(next);
    std::vector<size_t> unused, changed;
    for (size_t i = 0; i < parameters.size(); ++i) {
      Parameter& p = parameters[i];
      if (p.frozen) continue;
      if (knows() && p.came != p.expected) changed.push_back(i);
      if (options.static_graph() && passes == 0) {
        p.expected = p.came;
        if (p.came) adopt(p);
      }
      if (!p.came) unused.push_back(i);
    }
    if (!changed.empty())
      fail("backward has reached other parameters than in the first pass, which static_graph(true) excludes: ", changed);
    if (!unused.empty() && !options.find_unused_parameters() && !options.static_graph())
      fail(str("backward has not reached ", unused.size(), " of ", parameters.size(), " parameters: "), unused,
           "; if that is meant, use find_unused_parameters(true), else let forward use them or turn off their requires_grad");
    if (!knows())
      for (const size_t i : unused) {
        adopt(parameters[i]);
        if (!parameters[i].tensor.grad().defined()) blank(parameters[i]);
      }
    while (next < buckets.size()) send(next++, true);
    if (tells_used()) tell_used(unused, true);
    end_pass();
    distributed::MeterPasses::reduced();
  }
  // Waits for what was sent; gradients are what came.
  void end_pass() {
    for (size_t b = 0; b < buckets.size(); ++b)
      if (direct) end_parts(buckets[b], views(buckets[b]));
      else end(buckets[b], b, buckets[b].flat);
    ++passes;
    const bool copies = !options.gradient_as_bucket_view();
    for (size_t i = 0; i < parameters.size(); ++i) {
      Parameter& p = parameters[i];
      Tensor& grad = p.tensor.mutable_grad();
      if (p.frozen) continue;
      if (p.came || used.data_ptr<uint8_t>()[i]) {
        if (!copies) grad = p.view;
        else if (grad.defined()) grad.copy_(p.view);
        else grad = p.view.clone();
      } else if (p.fresh) {
        grad = Tensor();
      }
      if (direct) p.view = Tensor();
    }
  }
  // A pass without inputs: zeros, of which the others' gradients come out.
  void shadow() {
    settle();
    const bool asks = options.find_unused_parameters() || options.static_graph();
    for (Parameter& p : parameters) {
      p.frozen = !p.tensor.requires_grad();
      p.fresh = true;
      p.came = asks ? 0 : 1;
      if (!p.frozen) p.tensor.mutable_grad() = Tensor();
      blank(p);
    }
    for (next = 0; next < buckets.size(); ++next) send(next);
    if (tells_used()) tell_used({}, false);
    end_pass();
  }
  void tell_used(const std::vector<size_t>& unused, bool here) {
    used = wick::full({static_cast<int64_t>(parameters.size())}, here, kByte);
    for (const size_t i : unused) used.data_ptr<uint8_t>()[i] = 0;
    distributed::all_reduce(used, ReduceOp::MAX, group);
  }
  [[noreturn]] void fail(const std::string& what, const std::vector<size_t>& which, const std::string& hint = {}) const {
    std::string names;
    for (size_t k = 0; k < which.size() && k < 10; ++k) names += (k ? ", " : "") + parameters[which[k]].name;
    if (which.size() > 10) names += ", …";
    throw Error("DistributedDataParallel: " + what + names + hint);
  }

  // Buckets in the order in which gradients came on one rank.
  void rebuild(int root) {
    rebuilt = true;
    Tensor order = wick::arange(static_cast<int64_t>(parameters.size()));
    std::vector<char> seen(parameters.size());
    int64_t* to = order.data_ptr<int64_t>();
    size_t n = 0;
    for (const size_t i : arrived) to[n++] = static_cast<int64_t>(i), seen[i] = 1;
    for (size_t i = parameters.size(); i-- > 0;)
      if (!seen[i]) to[n++] = static_cast<int64_t>(i);
    distributed::broadcast(order, root, group);
    arrived = {};
    for (Parameter& p : parameters) p.view = Tensor();  // the old buckets live only as long as gradients in them
    buckets.clear();
    lay_out(std::vector<size_t>(to, to + parameters.size()));
  }
  // What ranks with inputs tell those without: whether backward will reduce, and whether buffers are sent now.
  std::pair<bool, bool> tell_joined(bool reduces, bool sends) const {
    Tensor flags = wick::tensor({static_cast<int>(reduces), static_cast<int>(sends)}).to(kByte);
    distributed::all_reduce(flags, ReduceOp::MAX, group);
    return {flags.data_ptr<uint8_t>()[0] != 0, flags.data_ptr<uint8_t>()[1] != 0};
  }
  void prepare() {
    if (!GradMode::is_enabled()) return;
    distributed::MeterPasses::prepared();
    NoGradGuard off;
    settle();
    for (const auto& item : others)
      WICK_CHECK(!item.value().requires_grad(), "DistributedDataParallel: ", item.key(), " requires grad now and did not when the model was wrapped, so it would not be averaged; wrap the model again");
    auto* join = owner->joined();
    const bool again = prepared;  // more than one forward before backward
    int root = 0;
    if (join && !again) {
      distributed::algorithms::Join::notify_join_context(*owner);
      tell_joined(on, sends_buffers());
      root = join->highest_active();
    }
    prepared = true;
    if (on && !rebuilt && passes > 0) rebuild(root);
    for (Parameter& p : parameters) {
      p.frozen = !p.tensor.requires_grad();
      if (!again || !p.tensor.grad().defined()) p.fresh = !p.tensor.grad().defined();
    }
    if (sends_buffers() && !(join && again)) send_buffers(root);
  }
  bool sends_buffers() const { return on && options.broadcast_buffers() && module->is_training(); }
  // A pass that an error ended leaves operations under way.
  void settle() {
    if (std::exchange(armed, false)) prepared = false;
    for (Bucket& b : buckets) {
      b.future.reset();
      b.sent = Tensor();
      if (const auto work = std::exchange(b.work, nullptr)) work->wait();
    }
  }
  void send_buffers(int root) const {
    std::vector<Tensor> buffers = module->buffers();
    while (!buffers.empty()) {  // all of one dtype at once
      const ScalarType t = buffers[0].scalar_type();
      std::vector<Tensor> same, flat, rest;
      for (const Tensor& b : buffers) (b.scalar_type() == t ? same : rest).push_back(b);
      for (const Tensor& b : same) flat.push_back(b.reshape({-1}));
      const Tensor all = wick::cat(flat);
      distributed::broadcast(all, root, group);
      int64_t at = 0;
      for (const Tensor& b : same) {
        if (group->rank() != root) b.detach().copy_(all.narrow(0, at, b.numel()).view(b.sizes()));
        at += b.numel();
      }
      buffers = std::move(rest);
    }
  }
  void send_model(int root) const {
    std::vector<std::shared_ptr<distributed::Work>> works;
    std::unordered_set<const void*> seen;
    for (const auto& list : {module->parameters(), module->buffers()})
      for (const Tensor& t : list)
        if (seen.insert(t.unsafeGetTensorImpl()).second) works.push_back(distributed::broadcast(t, root, group, true));
    for (const auto& w : works) w->wait();
  }
};

namespace {

// The collective calls of an iteration, without inputs.
struct Shadow : distributed::algorithms::JoinHook {
  explicit Shadow(std::shared_ptr<Reducer::State> state) : s(std::move(state)) {}
  void main_hook() override {
    NoGradGuard off;
    const auto [reduces, sends] = s->tell_joined(false, false);
    const int root = s->owner->joined()->highest_active();
    if (reduces && !s->rebuilt && s->passes > 0) s->rebuild(root);
    if (sends) s->send_buffers(root);
    if (reduces) s->shadow();
  }
  void post_hook(bool is_last_joiner) override {
    NoGradGuard off;
    Tensor root = wick::tensor(static_cast<int64_t>(is_last_joiner ? s->group->rank() : -1));
    distributed::all_reduce(root, ReduceOp::MAX, s->group);
    s->send_model(static_cast<int>(root.item<int64_t>()));
  }
  std::shared_ptr<Reducer::State> s;
};

}  // namespace

Reducer::Reducer(Module& module, const DistributedDataParallelOptions& options) : state_(std::make_shared<State>()) {
  State& s = *state_;
  s.options = options;
  s.group = options.process_group() ? options.process_group() : distributed::default_group();
  s.module = &module;
  s.owner = this;
  std::vector<std::string> lines;
  NoGradGuard off;
  for (const bool buffers : {false, true})
    for (const auto& item : buffers ? module.named_buffers() : module.named_parameters())
      lines.push_back(wick::str(buffers ? "buffer " : "parameter ", item.key(), " ", dtype_name(item.value().scalar_type()), " ", item.value().sizes(),
                                buffers || item.value().requires_grad() ? "" : " without requires_grad"));
  compare(lines, s.group);
  std::unordered_set<const void*> seen;
  for (const auto& item : module.named_parameters()) {
    const Tensor& t = item.value();
    if (!seen.insert(t.unsafeGetTensorImpl()).second) continue;
    if (!t.requires_grad()) {
      s.others.insert(item.key(), t);
      continue;
    }
    Parameter p;
    p.name = item.key();
    p.tensor = t;
    p.accumulator = autograd::gradient_edge(t).function;
    s.parameters.push_back(std::move(p));
  }
  WICK_CHECK(!s.parameters.empty(), "DistributedDataParallel: no parameter of the module requires grad, so there is nothing to average");
  s.send_model(0);
  std::vector<size_t> order;
  for (size_t i = s.parameters.size(); i-- > 0;) order.push_back(i);
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
void Reducer::register_comm_hook(distributed::CommHook hook) {
  WICK_CHECK_TYPE(ValueError, hook != nullptr, "register_comm_hook: the hook is empty");
  WICK_CHECK(!state_->hook, "register_comm_hook: this model has a communication hook already; there is one at most");
  WICK_CHECK_TYPE(ValueError, state_->options.reduce_dtype() == ScalarType::Undefined, "register_comm_hook: a hook and reduce_dtype exclude each other; use fp16_compress_wrapper or bf16_compress_wrapper");
  WICK_CHECK(!state_->armed, "register_comm_hook: backward is under way; register the hook before it");
  state_->hook = std::move(hook);
  if (std::exchange(state_->direct, false)) state_->allocate();
}
std::unique_ptr<distributed::algorithms::JoinHook> Reducer::join_hook(const distributed::algorithms::JoinOptions& options) {
  WICK_CHECK_TYPE(ValueError, options.divide_by_initial_world_size() || !state_->hook,
                  "join: a communication hook divides by the number of ranks itself, so divide_by_initial_world_size(false) has no meaning with one");
  state_->by_active = !options.divide_by_initial_world_size();
  return std::make_unique<Shadow>(state_);
}
Group Reducer::join_process_group() const { return state_->group; }
std::vector<int64_t> Reducer::bucket_sizes() const {
  std::vector<int64_t> sizes;
  for (const auto& b : state_->buckets) sizes.push_back(b.elements * static_cast<int64_t>(state_->parameters[b.members[0]].tensor.element_size()));
  return sizes;
}
std::vector<int64_t> Reducer::order() const {
  std::vector<int64_t> order;
  for (const auto& b : state_->buckets)
    for (const size_t i : b.members) order.push_back(static_cast<int64_t>(i));
  return state_->rebuilt ? order : std::vector<int64_t>();
}
void Reducer::set_order(const std::vector<int64_t>& order) {
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool all = sorted.size() == state_->parameters.size();
  for (size_t i = 0; all && i < sorted.size(); ++i) all = sorted[i] == static_cast<int64_t>(i);
  WICK_CHECK_TYPE(ValueError, all, "Reducer::set_order: expected each of the ", state_->parameters.size(), " parameters' numbers once");
  const NoGradGuard off;
  state_->rebuilt = true;
  for (Parameter& p : state_->parameters) p.view = Tensor();
  state_->buckets.clear();
  state_->lay_out({order.begin(), order.end()});
}
int64_t Reducer::sent_during_backward() const { return state_->early; }

}  // namespace wick::nn::parallel::inline v1

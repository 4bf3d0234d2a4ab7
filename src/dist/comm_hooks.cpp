#include <cmath>

#include <wick/core/str.h>
#include <wick/dist/comm_hooks.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

#include "dist/hook_state.h"

namespace wick::distributed {
inline namespace v1 {

struct Future::State {
  Tensor value;
  std::shared_ptr<Work> work;
  std::shared_ptr<State> before;
  std::function<Tensor(Tensor)> next;
  bool done = false;
  Tensor get() {
    if (done) return value;
    if (work) work->wait();
    if (before) value = next(before->get());
    done = true;
    work = nullptr;
    before = nullptr;
    next = nullptr;
    return value;
  }
};
Future::Future(Tensor value, std::shared_ptr<Work> work) : state_(std::make_shared<State>()) {
  state_->value = std::move(value);
  state_->work = std::move(work);
}
Future Future::then(std::function<Tensor(Tensor)> next) const {
  Future f{Tensor()};
  f.state_->before = state_;
  f.state_->next = std::move(next);
  return f;
}
Tensor Future::wait() const { return state_->get(); }

GradBucket::GradBucket(size_t index, bool is_last, Tensor buffer, std::vector<Tensor> parameters)
    : index_(index), is_last_(is_last), buffer_(std::move(buffer)), parameters_(std::move(parameters)) {}
void GradBucket::set_buffer(Tensor buffer) {
  WICK_CHECK_TYPE(ValueError, buffer.defined() && buffer.sizes() == buffer_.sizes(), "GradBucket: expected a buffer of ", buffer_.sizes(), ", got ",
                  buffer.defined() ? str(buffer.sizes()) : std::string("none"));
  buffer_ = std::move(buffer);
}
std::vector<Tensor> GradBucket::gradients() const {
  std::vector<Tensor> views;
  int64_t at = 0;
  for (const Tensor& p : parameters_) {
    views.push_back(buffer_.narrow(0, at, p.numel()).view(p.sizes()));
    at += p.numel();
  }
  return views;
}

}  // namespace v1

namespace algorithms::inline v1 {

Group group_or_default(const Group& group) { return group ? group : default_group(); }

namespace {

Future compressed(const Group& group, GradBucket& bucket, ScalarType dtype) {
  const Group g = group_or_default(group);
  const Tensor buffer = bucket.buffer(), small = buffer.to(dtype).div_(static_cast<double>(g->size()));
  return Future(small, all_reduce(small, ReduceOp::SUM, g, true)).then([buffer](const Tensor& sum) { return buffer.copy_(sum); });
}
CommHook wrapped(CommHook hook, ScalarType dtype) {
  return [hook = std::move(hook), dtype](GradBucket& bucket) {
    const Tensor buffer = bucket.buffer();
    GradBucket small(bucket.index(), bucket.is_last(), buffer.to(dtype), bucket.parameters());
    return hook(small).then([buffer](const Tensor& result) { return buffer.copy_(result); });
  };
}

}  // namespace

Future allreduce_hook(const Group& group, GradBucket& bucket) {
  const Group g = group_or_default(group);
  const Tensor& t = bucket.buffer();
  t.div_(static_cast<double>(g->size()));
  return Future(t, all_reduce(t, ReduceOp::SUM, g, true));
}
Future fp16_compress_hook(const Group& group, GradBucket& bucket) { return compressed(group, bucket, kHalf); }
Future bf16_compress_hook(const Group& group, GradBucket& bucket) { return compressed(group, bucket, kBFloat16); }
CommHook fp16_compress_wrapper(CommHook hook) { return wrapped(std::move(hook), kHalf); }
CommHook bf16_compress_wrapper(CommHook hook) { return wrapped(std::move(hook), kBFloat16); }

void write_tensors(serialize::OutputArchive& archive, const std::string& name, const std::map<size_t, Tensor>& tensors) {
  serialize::OutputArchive all;
  for (const auto& [bucket, t] : tensors) all.write(std::to_string(bucket), t);
  archive.write(name, all);
}
std::map<size_t, Tensor> read_tensors(serialize::InputArchive& archive, const std::string& name) {
  std::map<size_t, Tensor> tensors;
  serialize::InputArchive all;
  if (!archive.try_read(name, all)) return tensors;
  for (const std::string& key : all.keys()) {
    Tensor t;
    all.read(key, t);
    tensors[static_cast<size_t>(std::stoul(key))] = t;
  }
  return tensors;
}
int64_t read_number(serialize::InputArchive& archive, const std::string& name) {
  IValue v;
  archive.read(name, v);
  return v.toInt();
}

TopKState::TopKState(const TopKOptions& options) : options_(options) {
  WICK_CHECK_TYPE(ValueError, options.ratio() > 0 && options.ratio() <= 1, "TopKState: ratio must be above 0 and at most 1, got ", options.ratio());
  WICK_CHECK_TYPE(ValueError, !options.use_error_feedback() || options.start_iter() > 1,
                  "TopKState: expected start_iter above 1 with error feedback, as buckets change after the first pass, got ", options.start_iter());
}
Tensor TopKState::error(size_t bucket) const {
  const auto at = errors_.find(bucket);
  return at == errors_.end() ? Tensor() : at->second;
}
void TopKState::save(serialize::OutputArchive& archive) const {
  archive.write("iter", IValue(iter_));
  write_tensors(archive, "error", errors_);
}
void TopKState::load(serialize::InputArchive& archive) {
  const int64_t iter = read_number(archive, "iter");
  errors_ = read_tensors(archive, "error");
  iter_ = iter;
}

Future topk_hook(const std::shared_ptr<TopKState>& state, GradBucket& bucket) {
  const TopKOptions& o = state->options_;
  const bool early = state->iter_ < o.start_iter();
  if (bucket.is_last()) ++state->iter_;
  if (early) return allreduce_hook(o.process_group(), bucket);
  const Group group = group_or_default(o.process_group());
  const Tensor g = bucket.buffer();
  const int64_t n = g.numel(), ranks = group->size(), k = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(static_cast<double>(n) * o.ratio())));
  if (o.use_error_feedback()) {
    const Tensor e = state->error(bucket.index());
    WICK_CHECK_TYPE(ValueError, !e.defined() || e.sizes() == g.sizes(), "topk_hook: bucket ", bucket.index(), " has ", g.sizes(), " elements, the error that is kept for it ",
                    e.sizes(), "; the state belongs to another model");
    if (e.defined()) g.add_(e.to(g.scalar_type()));
  }
  const Tensor index = std::get<1>(wick::topk(g.abs(), k, 0, true, false)), values = g.index_select(0, index);
  if (o.use_error_feedback()) state->errors_[bucket.index()] = g.index_fill(0, index, 0);
  const Tensor indices = wick::empty({ranks * k}, kLong), all = wick::empty({ranks * k}, g.options());
  const auto first = all_gather_into_tensor(indices, index, group, true), second = all_gather_into_tensor(all, values, group, true);
  return Future(g, first).then([=](const Tensor& sum) {
    second->wait();
    sum.zero_();
    for (int64_t r = 0; r < ranks; ++r) sum.index_add_(0, indices.narrow(0, r * k, k), all.narrow(0, r * k, k));
    return sum.div_(static_cast<double>(ranks));
  });
}

serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const PowerSGDState& state) { return state.save(archive), archive; }
serialize::InputArchive& operator>>(serialize::InputArchive& archive, PowerSGDState& state) { return state.load(archive), archive; }
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const TopKState& state) { return state.save(archive), archive; }
serialize::InputArchive& operator>>(serialize::InputArchive& archive, TopKState& state) { return state.load(archive), archive; }

}  // namespace algorithms::inline v1
}  // namespace wick::distributed

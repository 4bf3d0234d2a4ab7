// PowerSGD: gradients as products of two thin matrices (https://arxiv.org/abs/1905.13727), with the numbers of PyTorch's hook.
#include <cmath>
#include <random>

#include <wick/core/str.h>
#include <wick/dist/comm_hooks.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

#include "dist/hook_state.h"

namespace wick::distributed::algorithms::inline v1 {

struct PowerSGDState::State {
  PowerSGDOptions options;
  std::map<size_t, Tensor> errors, ps, qs;
  int64_t iter = 0, before = 0, after = 0, drawn = 0;
  std::mt19937 rng;

  // A seed below 1e9, as NumPy's RandomState draws it: 30 bits until they fit.
  uint64_t draw() {
    constexpr uint32_t kBelow = 1'000'000'000;
    while (true) {
      ++drawn;
      const uint32_t x = static_cast<uint32_t>(rng()) & 0x3fffffff;
      if (x < kBelow) return x;
    }
  }
  void seed(int64_t skip) {
    rng.seed(options.random_seed());
    rng.discard(static_cast<unsigned long long>(skip));
    drawn = skip;
  }
  Group group() const { return group_or_default(options.process_group()); }
  // Adds what compression lost last time, and keeps a copy.
  Tensor with_error(size_t bucket, const Tensor& g) {
    if (!options.use_error_feedback()) return {};
    const auto at = errors.find(bucket);
    if (at != errors.end()) {
      WICK_CHECK_TYPE(ValueError, at->second.sizes() == g.sizes(), "powerSGD_hook: bucket ", bucket, " has ", g.sizes(), " elements, the error that is kept for it ",
                      at->second.sizes(), "; the state belongs to another model");
      g.add_(at->second);
    }
    return g.clone();
  }
  void end(size_t bucket, bool is_last, const Tensor& sent, const Tensor& g) {
    if (sent.defined()) errors[bucket] = sent.sub_(g);
    if (!options.warm_start()) ps.clear(), qs.clear();
    if (is_last) ++iter;
  }
};

namespace {

// Columns of a batch of matrices made orthonormal.
void orthogonalize(const Tensor& m, double epsilon) {
  const int64_t columns = m.size(2);
  if (columns > 2 && m.scalar_type() != kHalf && m.scalar_type() != kBFloat16) {
    m.copy_(std::get<0>(wick::linalg_qr(m)));
    return;
  }
  for (int64_t i = 0; i < columns; ++i) {
    const Tensor column = m.narrow(2, i, 1);
    const Tensor norm = wick::norm(column, 2, {1}, true).add(epsilon);
    column.div_(epsilon == 0 ? norm.masked_fill(norm == 0, 1) : norm);  // a column of zeros stays one
    if (i + 1 == columns) break;
    const Tensor rest = m.narrow(2, i + 1, columns - i - 1);
    rest.sub_((column * rest).sum({1}, true) * column);
  }
}
// Random columns, the same on all ranks.
void randomize(PowerSGDState::State& s, const std::vector<Tensor>& qs) {
  const Generator generator = make_generator(s.draw());
  for (const Tensor& q : qs) q.copy_(wick::randn(q.sizes(), generator, q.options()));
}
Future uncompressed(PowerSGDState::State& s, GradBucket& bucket) {
  if (bucket.is_last()) ++s.iter;
  return allreduce_hook(s.options.process_group(), bucket);
}
Tensor summed(const Tensor& t, const Group& group) {
  all_reduce(t, ReduceOp::SUM, group);
  return t;
}

// The gradients of a bucket: those that are worth it as matrices, those of one shape stacked if that is asked for; the rest as they are.
struct Parts {
  std::vector<Tensor> matrices, rest;                    // matrices: [n, rows, columns]
  std::vector<std::vector<Tensor>> originals;            // of matrices that are copies
  std::vector<Tensor> ps, qs;
};
Parts take_apart(PowerSGDState::State& s, GradBucket& bucket) {
  Parts parts;
  std::vector<std::pair<std::vector<int64_t>, std::vector<Tensor>>> by_shape;
  for (const Tensor& g : bucket.gradients()) {
    const int64_t rows = g.dim() ? g.size(0) : 1, columns = rows ? g.numel() / rows : 0, rank = std::min({rows, columns, s.options.matrix_approximation_rank()});
    const int64_t whole = rows * columns, small = (rows + columns) * rank;
    const bool worth = g.dim() && static_cast<double>(small) * s.options.min_compression_rate() < static_cast<double>(whole);
    s.before += whole;
    s.after += worth ? small : whole;
    if (!worth) {
      parts.rest.push_back(g);
      continue;
    }
    const Tensor m = g.view({rows, columns});
    auto at = std::find_if(by_shape.begin(), by_shape.end(), [&](const auto& same) { return m.sizes() == IntArrayRef(same.first); });
    if (at == by_shape.end()) at = by_shape.insert(at, {m.sizes().vec(), {}});
    at->second.push_back(m);
  }
  for (auto& [shape, same] : by_shape) {
    if (s.options.batch_tensors_with_same_shape() && same.size() > 1) {
      parts.matrices.push_back(wick::stack(same));
      parts.originals.push_back(std::move(same));
      continue;
    }
    for (const Tensor& m : same) {
      parts.matrices.push_back(m.unsqueeze(0));
      parts.originals.emplace_back();
    }
  }
  return parts;
}
// The thin matrices, in one tensor each. Returns whether they are new.
bool lay_out(PowerSGDState::State& s, size_t bucket, Parts& parts, const TensorOptions& options) {
  const auto rank_of = [&](const Tensor& m) { return std::min({m.size(1), m.size(2), s.options.matrix_approximation_rank()}); };
  const bool made = !s.options.warm_start() || !s.ps.count(bucket);
  for (const int side : {1, 2}) {
    auto& memory = side == 1 ? s.ps : s.qs;
    int64_t n = 0;
    for (const Tensor& m : parts.matrices) n += m.size(0) * m.size(side) * rank_of(m);
    if (made) memory[bucket] = wick::empty({n}, options);
    WICK_CHECK_TYPE(ValueError, memory[bucket].numel() == n, "powerSGD_hook: the matrices kept for bucket ", bucket, " have ", memory[bucket].numel(), " elements, its gradients need ", n,
                    "; the state belongs to another model");
    int64_t at = 0;
    for (const Tensor& m : parts.matrices) {
      const int64_t count = m.size(0) * m.size(side) * rank_of(m);
      (side == 1 ? parts.ps : parts.qs).push_back(memory[bucket].narrow(0, at, count).view({m.size(0), m.size(side), rank_of(m)}));
      at += count;
    }
  }
  return made;
}

}  // namespace

PowerSGDState::PowerSGDState(const PowerSGDOptions& options) : state_(std::make_unique<State>()) {
  WICK_CHECK_TYPE(ValueError, options.matrix_approximation_rank() >= 1, "PowerSGDState: matrix_approximation_rank must be at least 1, got ", options.matrix_approximation_rank());
  WICK_CHECK_TYPE(ValueError, !(options.use_error_feedback() || options.warm_start()) || options.start_powerSGD_iter() > 1,
                  "PowerSGDState: expected start_powerSGD_iter above 1 with error feedback or a warm start, as buckets change after the first pass, got ", options.start_powerSGD_iter());
  state_->options = options;
  state_->seed(0);
}
PowerSGDState::~PowerSGDState() = default;
const PowerSGDOptions& PowerSGDState::options() const { return state_->options; }
int64_t PowerSGDState::iter() const { return state_->iter; }
PowerSGDState::Stats PowerSGDState::compression_stats() const {
  const State& s = *state_;
  return {s.after > 0 ? static_cast<double>(s.before) / static_cast<double>(s.after) : 0, s.before, s.after};
}
Tensor PowerSGDState::error(size_t bucket) const {
  const auto at = state_->errors.find(bucket);
  return at == state_->errors.end() ? Tensor() : at->second;
}
void PowerSGDState::save(serialize::OutputArchive& archive) const {
  const State& s = *state_;
  for (const auto& [key, value] : {std::pair("iter", s.iter), std::pair("drawn", s.drawn), std::pair("before", s.before), std::pair("after", s.after)}) archive.write(key, IValue(value));
  for (const auto& [key, value] : {std::pair("error", &s.errors), std::pair("p", &s.ps), std::pair("q", &s.qs)}) write_tensors(archive, key, *value);
}
void PowerSGDState::load(serialize::InputArchive& archive) {
  State& s = *state_;
  const int64_t iter = read_number(archive, "iter"), drawn = read_number(archive, "drawn"), before = read_number(archive, "before"), after = read_number(archive, "after");
  auto errors = read_tensors(archive, "error"), ps = read_tensors(archive, "p"), qs = read_tensors(archive, "q");
  WICK_CHECK_TYPE(ValueError, drawn >= 0 && drawn < (int64_t{1} << 32), "PowerSGDState: ", drawn, " random numbers cannot have been drawn");
  s.seed(drawn);
  s.iter = iter;
  s.before = before;
  s.after = after;
  s.errors = std::move(errors);
  s.ps = std::move(ps);
  s.qs = std::move(qs);
}

Future powerSGD_hook(const std::shared_ptr<PowerSGDState>& state, GradBucket& bucket) {
  auto& s = state->state();
  if (s.iter < s.options.start_powerSGD_iter()) return uncompressed(s, bucket);
  const Group group = s.group();
  const double ranks = group->size(), epsilon = s.options.orthogonalization_epsilon();
  const Tensor g = bucket.buffer(), sent = s.with_error(bucket.index(), g);
  const auto parts = std::make_shared<Parts>(take_apart(s, bucket));
  if (lay_out(s, bucket.index(), *parts, g.options())) randomize(s, parts->qs);
  for (const Tensor& q : parts->qs) orthogonalize(q, epsilon);
  for (size_t i = 0; i < parts->ps.size(); ++i) parts->ps[i].copy_(wick::bmm(parts->matrices[i], parts->qs[i]));
  std::vector<Tensor> flat;
  for (const Tensor& t : parts->rest) flat.push_back(t.reshape({-1}));
  const Tensor rest = flat.empty() ? wick::empty({0}, g.options()) : wick::cat(flat), p = s.ps[bucket.index()], q = s.qs[bucket.index()];
  const auto first = all_reduce(rest, ReduceOp::SUM, group, true), second = all_reduce(p, ReduceOp::SUM, group, true);
  return Future(rest, first).then([=, index = bucket.index(), last = bucket.is_last()](const Tensor&) {
    auto& s = state->state();
    rest.div_(ranks);
    int64_t at = 0;
    for (const Tensor& t : parts->rest) {
      t.copy_(rest.narrow(0, at, t.numel()).view(t.sizes()));
      at += t.numel();
    }
    second->wait();
    for (size_t i = 0; i < parts->ps.size(); ++i) {
      orthogonalize(parts->ps[i], epsilon);
      parts->qs[i].copy_(wick::bmm(parts->matrices[i].transpose(1, 2), parts->ps[i]));
    }
    summed(q, group).div_(ranks);
    for (size_t i = 0; i < parts->ps.size(); ++i) {
      parts->matrices[i].copy_(wick::bmm(parts->ps[i], parts->qs[i].transpose(1, 2)));
      for (size_t k = 0; k < parts->originals[i].size(); ++k) parts->originals[i][k].copy_(parts->matrices[i][static_cast<int64_t>(k)]);
    }
    s.end(index, last, sent, g);
    return g;
  });
}

Future batched_powerSGD_hook(const std::shared_ptr<PowerSGDState>& state, GradBucket& bucket) {
  auto& s = state->state();
  if (s.iter < s.options.start_powerSGD_iter()) return uncompressed(s, bucket);
  const Group group = s.group();
  const double ranks = group->size(), epsilon = s.options.orthogonalization_epsilon();
  const size_t index = bucket.index();
  const Tensor g = bucket.buffer();
  const int64_t n = g.numel(), side = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(n)))), rank = std::min(side, s.options.matrix_approximation_rank());
  s.before += n;
  s.after += side * rank * 2;
  const Tensor padded = wick::zeros({side * side}, g.options());
  padded.narrow(0, 0, n).copy_(g);
  const Tensor sent = s.with_error(index, padded), matrix = padded.view({1, side, side});
  if (!s.options.warm_start() || !s.ps.count(index)) {
    s.ps[index] = wick::empty({1, side, rank}, g.options());
    s.qs[index] = wick::empty({1, side, rank}, g.options());
    randomize(s, {s.qs[index]});
  }
  const Tensor p = s.ps[index], q = s.qs[index];
  orthogonalize(q, epsilon);
  p.copy_(wick::bmm(matrix, q));
  return Future(p, all_reduce(p, ReduceOp::SUM, group, true)).then([=, last = bucket.is_last()](const Tensor&) {
    orthogonalize(p, epsilon);
    q.copy_(wick::bmm(matrix.transpose(1, 2), p));
    summed(q, group).div_(ranks);
    matrix.copy_(wick::bmm(p, q.transpose(1, 2)));
    g.copy_(padded.narrow(0, 0, n));
    state->state().end(index, last, sent, padded);
    return g;
  });
}

}  // namespace wick::distributed::algorithms::inline v1

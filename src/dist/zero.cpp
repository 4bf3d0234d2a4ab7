#include <wick/dist/zero.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <numeric>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/optim/serialize.h>

#include "core/tensor_impl.h"
#include "dist/states.h"
#include "kernels/cpu/optim.h"

namespace wick::distributed::inline v1 {

using optim::OptimizerParamGroup;

namespace {

// Some parameters of a group, of one dtype, one after the other: rank r has the elements from r * part on. `whole`: none is cut.
struct Bucket {
  size_t group = 0;
  bool whole = false;
  std::vector<size_t> members;   // numbers in the group
  std::vector<int64_t> starts;   // and where each begins
  int64_t total = 0, part = 0;
};
// A part of an optimizer's parameter, as a parameter of its own.
struct Local {
  Tensor whole, part;
  Piece piece;
};

// f(member, begin, end) for what the elements of one rank are in each parameter.
template <class F>
void each_piece(const Bucket& b, const std::vector<Tensor>& params, int rank, F f) {
  const int64_t from = rank * b.part, to = from + b.part;
  for (size_t m = 0; m < b.members.size(); ++m) {
    const int64_t begin = std::max(from, b.starts[m]), end = std::min(to, b.starts[m] + params[b.members[m]].numel());
    if (begin < end) f(b.members[m], begin - b.starts[m], end - b.starts[m], begin - from);
  }
}

}  // namespace

struct ZeroOptimizer::Impl {
  Group group;
  ZeroOptions options;
  Make make;
  std::unique_ptr<optim::Optimizer> mine;
  std::vector<Bucket> buckets;
  std::vector<size_t> sizes;             // parameters of each group
  std::vector<int64_t> load;             // bytes that each rank has of whole parameters
  std::vector<std::vector<Local>> locals;  // per group, in the order of this rank's optimizer
  bool stale = false;                    // a step was done since the states were brought together
  bool together = true;                  // they are here, or there are none

  int64_t cap(const Tensor& p) const { return static_cast<int64_t>(options.bucket_cap_mb() * (1 << 20)) / static_cast<int64_t>(p.element_size()); }

  // Buckets of at most the cap, each of one dtype; a larger parameter has one of its own.
  void cut(size_t g, const std::vector<Tensor>& params, std::vector<size_t> some) {
    while (!some.empty()) {
      const ScalarType type = params[some[0]].scalar_type();
      Bucket b;
      std::vector<size_t> rest;
      const auto close = [&] {
        constexpr int64_t kRow = 16;  // elements of a cache line
        b.group = g;
        b.part = ((b.total + group->size() - 1) / group->size() + kRow - 1) / kRow * kRow;
        buckets.push_back(std::exchange(b, Bucket()));
      };
      for (const size_t i : some) {
        if (params[i].scalar_type() != type) {
          rest.push_back(i);
          continue;
        }
        if (!b.members.empty() && b.total + params[i].numel() > cap(params[i])) close();
        b.members.push_back(i);
        b.starts.push_back(b.total);
        b.total += params[i].numel();
      }
      close();
      some = std::move(rest);
    }
  }
  // Whole parameters, the largest first to the rank that has least; what all ranks have travels in one bucket.
  void assign(size_t g, const std::vector<Tensor>& params, std::vector<size_t> some) {
    std::stable_sort(some.begin(), some.end(), [&](size_t a, size_t b) { return params[a].numel() > params[b].numel(); });
    load.resize(static_cast<size_t>(group->size()));
    while (!some.empty()) {
      const ScalarType type = params[some[0]].scalar_type();
      std::vector<std::pair<size_t, size_t>> placed;  // parameter and rank
      std::vector<int64_t> lanes(load.size());
      std::vector<size_t> rest;
      const auto close = [&] {
        Bucket b;
        b.group = g;
        b.whole = true;
        b.part = *std::max_element(lanes.begin(), lanes.end());
        std::fill(lanes.begin(), lanes.end(), 0);
        for (const auto& [i, rank] : placed) {
          b.members.push_back(i);
          b.starts.push_back(static_cast<int64_t>(rank) * b.part + lanes[rank]);
          lanes[rank] += params[i].numel();
        }
        std::fill(lanes.begin(), lanes.end(), 0);
        placed.clear();
        buckets.push_back(std::move(b));
      };
      for (const size_t i : some) {
        if (params[i].scalar_type() != type) {
          rest.push_back(i);
          continue;
        }
        const auto rank = static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin());
        if (lanes[rank] > 0 && (lanes[rank] + params[i].numel()) * group->size() > cap(params[i])) close();
        load[rank] += static_cast<int64_t>(params[i].nbytes());
        lanes[rank] += params[i].numel();
        placed.emplace_back(i, rank);
      }
      close();
      some = std::move(rest);
    }
  }
  // What a rank has of a group, in the order of its optimizer's parameters; numbers begin at `first`.
  Pieces pieces_of_group(size_t g, const std::vector<Tensor>& params, int rank, size_t first) const {
    Pieces pieces;
    for (const Bucket& b : buckets)
      if (b.group == g) each_piece(b, params, rank, [&](size_t i, int64_t begin, int64_t end, int64_t) { pieces.push_back({first + i, !b.whole, begin, end}); });
    return pieces;
  }
  Pieces pieces(const std::vector<OptimizerParamGroup>& groups, int rank) const {
    Pieces all;
    size_t first = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
      const Pieces some = pieces_of_group(g, groups[g].params(), rank, first);
      all.insert(all.end(), some.begin(), some.end());
      first += groups[g].params().size();
    }
    return all;
  }

  void compare(const std::vector<Tensor>& params) const {
    std::string text;
    int64_t n = 0;
    for (const Tensor& p : params) text += wick::str(dtype_name(p.scalar_type()), p.sizes()), n += p.numel();
    Tensor mine_ = wick::tensor({static_cast<int64_t>(params.size()), n, static_cast<int64_t>(std::hash<std::string>()(text) >> 1)}, kLong), all = wick::empty({group->size(), 3}, kLong);
    all_gather_into_tensor(all, mine_, group);
    for (int64_t r = 0; r < group->size(); ++r)
      WICK_CHECK_TYPE(ValueError, equal(all[r], all[0]), "ZeroRedundancyOptimizer: rank ", r, " has ", all[r][0].item<int64_t>(), " parameters of ", all[r][1].item<int64_t>(),
                      " values in a group, rank 0 has ", all[0][0].item<int64_t>(), " of ", all[0][1].item<int64_t>(), ", or their shapes or dtypes differ");
  }
  // Groups that were added.
  void follow(const std::vector<OptimizerParamGroup>& groups) {
    for (size_t g = locals.size(); g < groups.size(); ++g) {
      const auto& params = groups[g].params();
      compare(params);
      std::vector<size_t> cuttable, others;
      for (size_t i = 0; i < params.size(); ++i) {
        WICK_CHECK_TYPE(ValueError, params[i].is_non_overlapping_and_dense(), "ZeroRedundancyOptimizer: parameter ", i, " of group ", g, ", ", params[i].sizes(), ", has gaps in memory; use contiguous()");
        (options.partition() == ZeroPartition::elements ? cuttable : others).push_back(i);
      }
      cut(g, params, std::move(cuttable));
      assign(g, params, std::move(others));
      sizes.push_back(params.size());
      std::vector<Local> some;
      std::vector<Tensor> tensors;
      for (const Piece& piece : pieces_of_group(g, params, group->rank(), 0)) {
        const Tensor& p = params[piece.parameter];
        some.push_back({p, piece.flat ? flat_view(p, piece.begin, piece.end) : p, piece});
        tensors.push_back(some.back().part);
      }
      locals.push_back(std::move(some));
      const OptimizerParamGroup local(tensors, groups[g].options().clone());
      if (mine) mine->add_param_group(local);
      else mine = make({local});
      WICK_CHECK_TYPE(NotImplementedError, !dynamic_cast<optim::LBFGS*>(mine.get()), "ZeroRedundancyOptimizer: LBFGS looks at all parameters several times in a step and cannot be spread over ranks");
    }
    for (size_t g = 0; g < groups.size(); ++g) {
      WICK_CHECK(sizes[g] == groups[g].params().size(), "ZeroRedundancyOptimizer: group ", g, " had ", sizes[g], " parameters and now has ", groups[g].params().size(), "; use add_param_group");
      mine->param_groups()[g].set_options(groups[g].options().clone());
      mine->param_groups()[g].initial_lr() = groups[g].initial_lr();
    }
  }

  // This rank's gradients where its optimizer looks for them.
  void lend_gradients() {
    for (auto& some : locals)
      for (Local& l : some) {
        if (!l.piece.flat) continue;
        if (!l.part.storage().is_alias_of(l.whole.storage()) || l.part.storage_offset() != l.whole.storage_offset() + l.piece.begin)
          l.part.set_data(flat_view(l.whole, l.piece.begin, l.piece.end));  // the parameter was moved
        Tensor grad = l.whole.grad();
        if (!grad.defined()) continue;
        WICK_CHECK(!grad.is_sparse(), "ZeroRedundancyOptimizer: the gradient of a parameter ", l.whole.sizes(), " is sparse; use ZeroPartition::parameters");
        if (grad.strides() != l.whole.strides()) {
          Tensor fitting = wick::empty_strided(l.whole.sizes(), l.whole.strides(), grad.options());
          grad = fitting.copy_(grad);
        }
        l.part.mutable_grad() = flat_view(grad, l.piece.begin, l.piece.end);
      }
  }
  void return_gradients() {
    for (auto& some : locals)
      for (Local& l : some)
        if (l.piece.flat) l.part.mutable_grad().reset();
  }
  double local_norm() const {
    std::vector<kernels::cpu::OptimTensor> grads;
    std::vector<Tensor> held;
    for (const auto& some : locals)
      for (const Local& l : some) {
        Tensor g = l.part.grad();
        if (!g.defined()) continue;
        if (g.is_sparse()) g = g.coalesce()._values();
        if (g.is_complex()) g = view_as_real(g);
        held.push_back(g.is_non_overlapping_and_dense() ? g : g.contiguous());
        kernels::cpu::OptimTensor k;
        k.type = g.scalar_type();
        k.size = g.numel();
        k.grad = held.back().data_ptr();
        grads.push_back(k);
      }
    return kernels::cpu::grad_norm(grads);
  }
  // The part of clipping that its own optimizer cannot know: what it is to do so that all gradients together are clipped. Returns their norm.
  std::optional<double> clip(const optim::StepOptions& o) {
    optim::StepOptions& own = mine->step_options();
    own = optim::StepOptions();
    own.clip_value(o.clip_value());
    if (!o.clip_norm()) return std::nullopt;
    WICK_CHECK_TYPE(ValueError, *o.clip_norm() >= 0, "ZeroRedundancyOptimizer: clip_norm must be at least 0, got ", *o.clip_norm());
    const double local = local_norm();
    Tensor square = wick::tensor(local * local, kDouble);
    all_reduce(square, ReduceOp::SUM, group);
    const double norm = std::sqrt(square.item<double>()), scale = *o.clip_norm() / (norm + 1e-6);
    WICK_CHECK(!o.error_if_nonfinite() || std::isfinite(norm), "ZeroRedundancyOptimizer: the total norm of the gradients is ", norm,
               ", so that it cannot be clipped; to go on all the same, set error_if_nonfinite(false)");
    if (scale > 1) return norm;
    if (std::isfinite(norm)) {
      own.clip_norm(scale * (local + 1e-6));  // it divides by the second factor
    } else {
      for (auto& some : locals)
        for (Local& l : some)
          if (l.part.grad().defined()) l.part.mutable_grad() = l.part.grad().mul(scale);
    }
    return norm;
  }

  // Everyone's new values, at most two buckets under way.
  void exchange(const std::vector<OptimizerParamGroup>& groups) {
    struct Flight { const Bucket* bucket; Tensor all; std::shared_ptr<Work> work; };
    std::deque<Flight> flights;
    const auto land = [&] {
      Flight f = std::move(flights.front());
      flights.pop_front();
      f.work->wait();
      const auto& params = groups[f.bucket->group].params();
      for (int rank = 0; rank < group->size(); ++rank)
        if (rank != group->rank())
          each_piece(*f.bucket, params, rank, [&](size_t i, int64_t begin, int64_t end, int64_t at) {
            flat_view(params[i], begin, end).copy_(f.all.narrow(0, rank * f.bucket->part + at, end - begin));
          });
    };
    for (const Bucket& b : buckets) {
      const auto& params = groups[b.group].params();
      const auto like = params[b.members[0]].options().requires_grad(false);
      Tensor part = wick::zeros({b.part}, like), all = wick::empty({b.part * group->size()}, like);
      each_piece(b, params, group->rank(), [&](size_t i, int64_t begin, int64_t end, int64_t at) { part.narrow(0, at, end - begin).copy_(flat_view(params[i], begin, end)); });
      if (flights.size() == 2) land();
      flights.push_back({&b, all, all_gather_into_tensor(all, part, group, true)});
    }
    while (!flights.empty()) land();
    for (const Bucket& b : buckets)
      for (const size_t i : b.members) impl(groups[b.group].params()[i])->bump_version();
  }
};

ZeroOptimizer::ZeroOptimizer(const std::vector<OptimizerParamGroup>& groups, std::unique_ptr<optim::OptimizerOptions> defaults, Make make, const ZeroOptions& options)
    : Optimizer(groups, std::move(defaults)), impl_(std::make_unique<Impl>()) {
  WICK_CHECK_TYPE(ValueError, options.bucket_cap_mb() > 0, "ZeroRedundancyOptimizer: bucket_cap_mb must be positive, got ", options.bucket_cap_mb());
  impl_->group = options.process_group() ? options.process_group() : default_group();
  impl_->options = options;
  impl_->make = std::move(make);
  impl_->follow(param_groups_);
}
ZeroOptimizer::~ZeroOptimizer() = default;

optim::Optimizer& ZeroOptimizer::optim() { return impl_->follow(param_groups_), *impl_->mine; }
void ZeroOptimizer::check_options(const optim::OptimizerOptions& options) const { impl_->make({OptimizerParamGroup(std::vector<Tensor>(), options.clone())}); }

std::unique_ptr<algorithms::JoinHook> ZeroOptimizer::join_hook(const algorithms::JoinOptions&) {
  struct Hook : algorithms::JoinHook {
    explicit Hook(ZeroOptimizer& o) : optimizer(o) {}
    void main_hook() override { optimizer.step(); }
    ZeroOptimizer& optimizer;
  };
  return std::make_unique<Hook>(*this);
}
Group ZeroOptimizer::join_process_group() const { return impl_->group; }

Tensor ZeroOptimizer::step(LossClosure closure) {
  algorithms::Join::notify_join_context(*this);
  Tensor loss;
  if (closure) {
    AutoGradMode on(true);
    loss = closure();
  }
  NoGradGuard off;
  Impl& s = *impl_;
  s.follow(param_groups_);
  s.lend_gradients();
  try {
    if (const auto norm = s.clip(step_options_)) grad_norm_ = norm;
    s.mine->step();
  } catch (...) {
    s.return_gradients();
    throw;
  }
  s.return_gradients();
  s.stale = true;
  s.exchange(param_groups_);
  if (step_options_.zero_grad()) zero_grad(false);
  return loss;
}

namespace {

std::vector<Whole> wholes_of(const std::vector<OptimizerParamGroup>& groups) {
  std::vector<Whole> all;
  for (const auto& g : groups)
    for (const Tensor& p : g.params()) all.push_back(whole_of(p));
  return all;
}

}  // namespace

void ZeroOptimizer::consolidate_state_dict(int to) {
  Impl& s = *impl_;
  WICK_CHECK_TYPE(ValueError, to >= 0 && to < s.group->size(), "consolidate_state_dict: rank ", to, " is not in the group of ", s.group->size());
  s.follow(param_groups_);
  state_.clear();
  NamedStates all = collect(*s.mine, [&](int rank) { return s.pieces(param_groups_, rank); }, wholes_of(param_groups_), to, s.group);
  size_t number = 0;
  for (const auto& g : param_groups_)
    for (const Tensor& p : g.params()) {
      if (number < all.size() && all[number]) state_[p.unsafeGetTensorImpl()] = std::move(all[number]);
      ++number;
    }
  s.together = s.group->rank() == to;
  s.stale = false;
}
void ZeroOptimizer::save(serialize::OutputArchive& archive) const {
  WICK_CHECK(!impl_->stale && impl_->together, "ZeroRedundancyOptimizer: the states are spread over ", impl_->group->size(), " ranks; call consolidate_state_dict(to) on all of them, then save on rank `to`");
  optim::detail::write_optimizer(archive, *this);
}
void ZeroOptimizer::load(serialize::InputArchive& archive) {
  Impl& s = *impl_;
  s.follow(param_groups_);
  load_parts(archive, *this, *s.mine, s.pieces(param_groups_, s.group->rank()), wholes_of(param_groups_));
  state_.clear();
  s.stale = true;
}

}  // namespace wick::distributed::inline v1

// Uneven inputs: ranks that run out of batches keep the others company.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <wick/dist/process_group.h>
#include <wick/nn/arg.h>

namespace wick {
namespace distributed {
namespace algorithms {
inline namespace v1 {

/// `divide_by_initial_world_size`: gradients are divided by the number of ranks there are, else by that of those that still have inputs. `enable` false: the
/// context does nothing. `throw_on_early_termination`: every rank gets an Error as soon as one has run out.
struct JoinOptions {
  WICK_ARG(bool, divide_by_initial_world_size) = true;
  WICK_ARG(bool, enable) = true;
  WICK_ARG(bool, throw_on_early_termination) = false;
};

/// What a rank without inputs does: `main_hook` once for each iteration of the others (the same collective calls as theirs), `post_hook` when all are done;
/// the last joiners are those that had inputs to the end. (https://docs.pytorch.org/docs/stable/distributed.algorithms.join.html#torch.distributed.algorithms.JoinHook)
class JoinHook {
 public:
  virtual ~JoinHook() = default;
  virtual void main_hook() {}
  virtual void post_hook(bool is_last_joiner) { static_cast<void>(is_last_joiner); }
};

class Join;

/// Something with collective calls in each iteration: DistributedDataParallel, a sharded optimizer.
/// (https://docs.pytorch.org/docs/stable/distributed.algorithms.join.html#torch.distributed.algorithms.Joinable)
class Joinable {
 public:
  virtual ~Joinable() = default;
  virtual std::unique_ptr<JoinHook> join_hook(const JoinOptions& options) = 0;
  virtual Group join_process_group() const = 0;
  /// The context it is in, null without one.
  Join* joined() const { return join_; }

 private:
  friend class Join;
  Join* join_ = nullptr;
};

/// A loop over inputs that may be more on some ranks than on others:
///     { auto join = model.join(); for (auto& batch : *loader) … }        or   Join join({model, optimizer});
/// At the end of the scope, or in `finish`, a rank shadows the collective calls of those that go on (its gradients become theirs), and in the end takes over the
/// model of the last ones, rank by rank the highest. An exception that leaves the scope is not held up: the other ranks see a lost rank or their time limit. The first joinable is the one whose
/// collective calls come first in an iteration. Collective calls of which the joinables know nothing, such as SyncBatchNorm's, need
/// `throw_on_early_termination`. Errors: ValueError for no joinable, different groups, one that is in a context already; Error in `finish`, or the
/// destructor, when this rank runs out early and `throw_on_early_termination` is on.
/// (https://docs.pytorch.org/docs/stable/distributed.algorithms.join.html#torch.distributed.algorithms.Join)
class Join {
 public:
  explicit Join(std::vector<std::reference_wrapper<Joinable>> joinables, const JoinOptions& options = {});
  ~Join() noexcept(false);
  Join(const Join&) = delete;
  Join& operator=(const Join&) = delete;
  void finish();

  /// Called by a joinable before the collective calls of an iteration: this rank has inputs. Only the first one's call matters. Errors: some rank has none and
  /// `throw_on_early_termination` is on.
  static void notify_join_context(Joinable& joinable);
  /// Which ranks had inputs when that was last exchanged: how many, and the highest.
  int active() const { return active_; }
  int highest_active() const { return highest_; }
  const JoinOptions& options() const { return options_; }

 private:
  void count(bool here);
  void leave();
  std::vector<std::reference_wrapper<Joinable>> joinables_;
  std::vector<std::unique_ptr<JoinHook>> hooks_;
  JoinOptions options_;
  Group group_;
  int active_ = 0, highest_ = 0, unwinding_ = 0;
  bool over_ = false;
};

}  // namespace v1
}  // namespace algorithms
}  // namespace distributed
}  // namespace wick

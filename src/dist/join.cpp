#include <exception>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/dist/join.h>
#include <wick/ops.h>

namespace wick::distributed::algorithms::inline v1 {

Join::Join(std::vector<std::reference_wrapper<Joinable>> joinables, const JoinOptions& options)
    : joinables_(std::move(joinables)), options_(options), unwinding_(std::uncaught_exceptions()), over_(!options.enable()) {
  WICK_CHECK_TYPE(ValueError, !joinables_.empty(), "Join: expected at least one joinable, got none");
  group_ = joinables_[0].get().join_process_group();
  for (Joinable& j : joinables_) {
    WICK_CHECK_TYPE(ValueError, j.join_process_group() == group_, "Join: all joinables must have one process group");
    WICK_CHECK_TYPE(ValueError, !j.join_, "Join: a joinable is in a join context already; end that first");
  }
  if (over_) return;
  for (Joinable& j : joinables_) hooks_.push_back(j.join_hook(options_));
  for (Joinable& j : joinables_) j.join_ = this;
  active_ = group_->size();
  highest_ = active_ - 1;
}
Join::~Join() noexcept(false) {
  if (std::uncaught_exceptions() > unwinding_) leave();
  else finish();
}
void Join::leave() {
  if (over_) return;
  over_ = true;
  for (Joinable& j : joinables_) j.join_ = nullptr;
}

void Join::count(bool here) {
  NoGradGuard off;
  Tensor flags = wick::zeros({group_->size()}, kByte);
  uint8_t* at = flags.data_ptr<uint8_t>();
  at[group_->rank()] = here;
  all_reduce(flags, ReduceOp::MAX, group_);
  active_ = 0;
  for (int r = 0; r < group_->size(); ++r)
    if (at[r]) ++active_, highest_ = r;
}
void Join::notify_join_context(Joinable& joinable) {
  Join* join = joinable.join_;
  if (!join || &join->joinables_[0].get() != &joinable) return;
  join->count(true);
  WICK_CHECK(!join->options_.throw_on_early_termination() || join->active_ == join->group_->size(),
             "Join: ", join->group_->size() - join->active_, " of ", join->group_->size(), " ranks exhausted all inputs, so throw_on_early_termination stops all");
}

void Join::finish() {
  if (over_) return;
  struct Leave {
    Join& join;
    ~Leave() { join.leave(); }
  } leave{*this};
  constexpr int kSkew = 1000;
  for (int64_t iteration = 0;; ++iteration) {
    count(false);
    if (active_ == 0) {
      for (auto& hook : hooks_) hook->post_hook(iteration == 0);
      return;
    }
    WICK_CHECK(!options_.throw_on_early_termination(), "Join: rank ", group_->rank(), " exhausted all inputs while ", active_, " of ", group_->size(), " ranks go on");
    if (iteration == kSkew)
      warn(wick::str("Join: rank ", group_->rank(), " has had at least ", kSkew, " inputs fewer than others; a more even split would train faster"));
    for (auto& hook : hooks_) hook->main_hook();
  }
}

}  // namespace wick::distributed::algorithms::inline v1

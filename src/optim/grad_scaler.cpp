#include <wick/optim/grad_scaler.h>

#include <cmath>

#include <wick/core/grad_mode.h>
#include <wick/core/ivalue.h>
#include <wick/core/str.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

namespace wick::amp {
namespace {

void check(const GradScalerOptions& o) {
  WICK_CHECK_TYPE(ValueError, std::isfinite(o.init_scale()) && o.init_scale() > 0, "GradScaler: init_scale must be positive and finite, got ", o.init_scale());
  WICK_CHECK_TYPE(ValueError, o.growth_factor() > 1, "The growth factor must be > 1.0, got ", o.growth_factor());
  WICK_CHECK_TYPE(ValueError, o.backoff_factor() > 0 && o.backoff_factor() < 1, "The backoff factor must be between 0 and 1, got ", o.backoff_factor());
  WICK_CHECK_TYPE(ValueError, o.growth_interval() > 0, "GradScaler: growth_interval must be positive, got ", o.growth_interval());
}

// Divides g by the scale; whether all of it is finite.
bool unscale(const Tensor& g, double factor) {
  WICK_CHECK_TYPE(ValueError, g.scalar_type() != kHalf, "Attempting to unscale FP16 gradients: keep the parameters in float32 and run the forward pass under autocast.");
  g.mul_(factor);
  return g.numel() == 0 || (g.is_sparse() && g._nnz() == 0) || std::isfinite(g.norm(INFINITY).item<double>());
}

}  // namespace

inline namespace v1 {

GradScaler::GradScaler(GradScalerOptions options) : options_(std::move(options)), scale_(options_.init_scale()) {
  if (options_.enabled()) check(options_);
}

Tensor GradScaler::scale(const Tensor& output) { return options_.enabled() ? output * scale_ : output; }
std::vector<Tensor> GradScaler::scale(const std::vector<Tensor>& outputs) {
  std::vector<Tensor> r;
  for (const Tensor& t : outputs) r.push_back(scale(t));
  return r;
}

void GradScaler::unscale_(optim::Optimizer& optimizer) {
  if (!options_.enabled()) return;
  Seen& s = seen_[&optimizer];
  WICK_CHECK(s.stage != Stage::unscaled, "unscale_() has already been called on this optimizer since the last update().");
  WICK_CHECK(s.stage != Stage::stepped, "unscale_() is being called after step().");
  NoGradGuard off;
  const double factor = static_cast<double>(static_cast<float>(1 / scale_));
  bool any = false;
  for (auto& group : optimizer.param_groups())
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      any = true;
      s.found_inf |= !unscale(p.grad(), factor);
    }
  WICK_CHECK(any || shares_gradients(), "No inf checks were recorded for this optimizer: none of its parameters has a gradient; call scale(loss).backward() first.");
  s.found_inf = agree(s.found_inf);
  s.stage = Stage::unscaled;
}

Tensor GradScaler::step(optim::Optimizer& optimizer) {
  if (!options_.enabled()) return optimizer.step();
  WICK_CHECK(seen_[&optimizer].stage != Stage::stepped, "step() has already been called since the last update().");
  if (seen_[&optimizer].stage == Stage::ready) unscale_(optimizer);
  Seen& s = seen_[&optimizer];
  const Tensor loss = s.found_inf ? Tensor() : optimizer.step();
  s.stage = Stage::stepped;
  return loss;
}

void GradScaler::update(std::optional<double> new_scale) {
  if (!options_.enabled()) return;
  if (new_scale) {
    WICK_CHECK_TYPE(ValueError, std::isfinite(*new_scale) && *new_scale > 0, "GradScaler::update: new_scale must be positive and finite, got ", *new_scale);
    scale_ = *new_scale;
  } else {
    WICK_CHECK(!seen_.empty(), "No inf checks were recorded prior to update.");
    bool found = false;
    for (const auto& [optimizer, s] : seen_) found |= s.found_inf;
    if (found) {
      scale_ *= options_.backoff_factor();
      growth_tracker_ = 0;
    } else if (++growth_tracker_ == options_.growth_interval()) {
      const double grown = scale_ * options_.growth_factor();
      if (std::isfinite(static_cast<float>(grown))) scale_ = grown;
      growth_tracker_ = 0;
    }
  }
  seen_.clear();
}

bool GradScaler::found_inf(const optim::Optimizer& optimizer) const {
  const auto it = seen_.find(&optimizer);
  return it != seen_.end() && it->second.found_inf;
}

void GradScaler::save(serialize::OutputArchive& archive) const {
  archive.write("scale", IValue(scale_));
  archive.write("growth_factor", IValue(options_.growth_factor()));
  archive.write("backoff_factor", IValue(options_.backoff_factor()));
  archive.write("growth_interval", IValue(options_.growth_interval()));
  archive.write("_growth_tracker", IValue(growth_tracker_));
}
void GradScaler::load(serialize::InputArchive& archive) {
  const auto number = [&](const char* key) {
    IValue v;
    archive.read(key, v);
    return v;
  };
  GradScalerOptions o = options_;
  o.init_scale(number("scale").toDouble()).growth_factor(number("growth_factor").toDouble()).backoff_factor(number("backoff_factor").toDouble()).growth_interval(number("growth_interval").toInt());
  const int64_t tracker = number("_growth_tracker").toInt();
  check(o);
  WICK_CHECK_TYPE(ValueError, tracker >= 0, "GradScaler::load: the count of good steps must not be negative, got ", tracker);
  scale_ = o.init_scale();
  options_ = o.init_scale(options_.init_scale());
  growth_tracker_ = tracker;
}

serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const GradScaler& scaler) { return scaler.save(archive), archive; }
serialize::InputArchive& operator>>(serialize::InputArchive& archive, GradScaler& scaler) { return scaler.load(archive), archive; }

}  // namespace v1
}  // namespace wick::amp

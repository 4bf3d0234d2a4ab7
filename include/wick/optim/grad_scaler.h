// GradScaler: keeps the gradients of a float16 forward pass from vanishing.
#pragma once

#include <unordered_map>

#include <wick/optim/optimizer.h>

namespace wick {
namespace amp {
inline namespace v1 {

/// Options of GradScaler; defaults: init_scale 65,536, growth_factor 2, backoff_factor 0.5, growth_interval 2,000, enabled.
struct GradScalerOptions {
  GradScalerOptions() = default;
  explicit GradScalerOptions(double init_scale) : init_scale_(init_scale) {}
  WICK_ARG(double, init_scale) = 65536;
  WICK_ARG(double, growth_factor) = 2;
  WICK_ARG(double, backoff_factor) = 0.5;
  WICK_ARG(int64_t, growth_interval) = 2000;
  WICK_ARG(bool, enabled) = true;
};

/// Multiplies the loss, so that small gradients survive in float16, and divides the gradients again before the step. A step
/// whose gradients are not finite is left out and the scale falls by `backoff_factor`; after `growth_interval` good steps in
/// a row it grows by `growth_factor`. bfloat16 has the range of float32 and needs none of this.
///
///     scaler.scale(loss).backward();
///     scaler.unscale_(optimizer);                    // only to look at the gradients, or to clip them
///     scaler.step(optimizer);
///     scaler.update();
///
/// Errors: factors or an interval out of range; `unscale_` or `step` twice, or in the wrong order, between two updates; an
/// optimizer none of whose parameters has a gradient; float16 gradients.
/// (https://pytorch.org/docs/stable/amp.html#torch.amp.GradScaler)
class GradScaler {
 public:
  explicit GradScaler(GradScalerOptions options = {});
  virtual ~GradScaler() = default;

  /// A loss, or several, times the scale.
  Tensor scale(const Tensor& output);
  std::vector<Tensor> scale(const std::vector<Tensor>& outputs);
  /// Divides the gradients of the optimizer's parameters by the scale.
  void unscale_(optim::Optimizer& optimizer);
  /// Divides them if that was not done, and steps if all are finite. Returns what the optimizer's step does; undefined when
  /// it was left out.
  Tensor step(optim::Optimizer& optimizer);
  /// Sets the scale for the next iteration, by what the steps since the last update found or to `new_scale`.
  void update(std::optional<double> new_scale = std::nullopt);

  /// The scale (1 when not enabled) and the settings. Whether the last step of an optimizer since the last update was left out.
  double get_scale() const { return options_.enabled() ? scale_ : 1; }
  double get_growth_factor() const { return options_.growth_factor(); }
  void set_growth_factor(double factor) { options_.growth_factor(factor); }
  double get_backoff_factor() const { return options_.backoff_factor(); }
  void set_backoff_factor(double factor) { options_.backoff_factor(factor); }
  int64_t get_growth_interval() const { return options_.growth_interval(); }
  void set_growth_interval(int64_t interval) { options_.growth_interval(interval); }
  bool is_enabled() const { return options_.enabled(); }
  bool found_inf(const optim::Optimizer& optimizer) const;

  /// Writes and reads the scale, the settings and the count of good steps. Errors: values out of range.
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);

 protected:
  /// What all who share the gradients found, given what was found here. A process may have none of an optimizer's gradients then.
  virtual bool agree(bool found_inf) const { return found_inf; }
  virtual bool shares_gradients() const { return false; }

 private:
  enum class Stage { ready, unscaled, stepped };
  struct Seen { Stage stage = Stage::ready; bool found_inf = false; };
  GradScalerOptions options_;
  double scale_;
  int64_t growth_tracker_ = 0;
  std::unordered_map<const optim::Optimizer*, Seen> seen_;
};

/// `save` and `load`.
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const GradScaler& scaler);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, GradScaler& scaler);

}  // namespace v1
}  // namespace amp
}  // namespace wick

// Initial values of parameters, with PyTorch's numbers for the same seed.
#pragma once

#include <tuple>

#include <wick/core/generator.h>
#include <wick/nn/enum.h>

namespace wick {
namespace nn {
namespace init {
inline namespace v1 {

/// What follows a layer, for its gain; and whether fan-in or fan-out sets the scale.
using NonlinearityType = enumtype::OneOf<enumtype::kLinear, enumtype::kConv1D, enumtype::kConv2D, enumtype::kConv3D, enumtype::kConvTranspose1D,
                                         enumtype::kConvTranspose2D, enumtype::kConvTranspose3D, enumtype::kSigmoid, enumtype::kTanh, enumtype::kReLU,
                                         enumtype::kLeakyReLU, enumtype::kSELU>;
using FanModeType = enumtype::OneOf<enumtype::kFanIn, enumtype::kFanOut>;

/// The factor that keeps variances constant through a nonlinearity; `param` is LeakyReLU's slope.
double calculate_gain(NonlinearityType nonlinearity, double param = 0.01);

/// Each fills the tensor in place, without recording, and returns it; random ones draw from `generator`, or the default one.
/// (https://pytorch.org/docs/stable/nn.init.html)
Tensor constant_(Tensor tensor, Scalar value);
Tensor ones_(Tensor tensor);
Tensor zeros_(Tensor tensor);
Tensor eye_(Tensor matrix);
Tensor dirac_(Tensor tensor, int64_t groups = 1);
Tensor uniform_(Tensor tensor, double low = 0, double high = 1, const std::optional<Generator>& generator = std::nullopt);
Tensor normal_(Tensor tensor, double mean = 0, double std = 1, const std::optional<Generator>& generator = std::nullopt);
Tensor orthogonal_(Tensor tensor, double gain = 1.0, const std::optional<Generator>& generator = std::nullopt);
Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01, const std::optional<Generator>& generator = std::nullopt);
Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanModeType mode = enumtype::kFanIn(), NonlinearityType nonlinearity = enumtype::kLeakyReLU(),
                        const std::optional<Generator>& generator = std::nullopt);
Tensor kaiming_normal_(Tensor tensor, double a = 0, FanModeType mode = enumtype::kFanIn(), NonlinearityType nonlinearity = enumtype::kLeakyReLU(),
                       const std::optional<Generator>& generator = std::nullopt);
Tensor xavier_uniform_(Tensor tensor, double gain = 1.0, const std::optional<Generator>& generator = std::nullopt);
Tensor xavier_normal_(Tensor tensor, double gain = 1.0, const std::optional<Generator>& generator = std::nullopt);
/// Normal numbers, drawn again until they lie within [a, b].
Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2, const std::optional<Generator>& generator = std::nullopt);

/// While one lives, the functions above leave this thread's tensors as they are and draw nothing: layers are made without initial values, which an
/// archive or a state will give. `utils::skip_init` makes one layer so.
class SkipInit {
 public:
  SkipInit();
  ~SkipInit();
  SkipInit(const SkipInit&) = delete;

 private:
  bool before_;
};

/// Number of inputs and of outputs of one unit of a weight.
std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(const Tensor& tensor);

}  // namespace v1
}  // namespace init
}  // namespace nn
}  // namespace wick

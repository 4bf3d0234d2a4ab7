// Identity, Linear, Bilinear, Flatten, Unflatten.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of Linear: `LinearOptions(5, 2).bias(false)`.
struct LinearOptions {
  LinearOptions(int64_t in_features, int64_t out_features) : in_features_(in_features), out_features_(out_features) {}
  WICK_ARG(int64_t, in_features);
  WICK_ARG(int64_t, out_features);
  WICK_ARG(bool, bias) = true;
};

/// Options of Flatten: the dimensions made one.
struct FlattenOptions {
  WICK_ARG(int64_t, start_dim) = 1;
  WICK_ARG(int64_t, end_dim) = -1;
};

/// Options of Unflatten: the dimension, and the sizes it is split into.
struct UnflattenOptions {
  using namedshape_t = std::vector<std::pair<std::string, int64_t>>;
  UnflattenOptions(int64_t dim, std::vector<int64_t> sizes) : dim_(dim), sizes_(std::move(sizes)) {}
  UnflattenOptions(std::string dimname, namedshape_t namedshape) : dimname_(std::move(dimname)), namedshape_(std::move(namedshape)) {}
  UnflattenOptions(const char* dimname, namedshape_t namedshape) : UnflattenOptions(std::string(dimname), std::move(namedshape)) {}
  WICK_ARG(int64_t, dim) = 0;
  WICK_ARG(std::vector<int64_t>, sizes);
  WICK_ARG(std::string, dimname);
  WICK_ARG(namedshape_t, namedshape);
};

/// Options of Bilinear.
struct BilinearOptions {
  BilinearOptions(int64_t in1_features, int64_t in2_features, int64_t out_features)
      : in1_features_(in1_features), in2_features_(in2_features), out_features_(out_features) {}
  WICK_ARG(int64_t, in1_features);
  WICK_ARG(int64_t, in2_features);
  WICK_ARG(int64_t, out_features);
  WICK_ARG(bool, bias) = true;
};

/// Hands on what it gets.
class IdentityImpl : public Cloneable<IdentityImpl> {
 public:
  IdentityImpl();
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
WICK_MODULE(Identity);

/// y = x weight^T + bias. (https://pytorch.org/docs/stable/generated/torch.nn.Linear.html)
class LinearImpl : public Cloneable<LinearImpl> {
 public:
  LinearImpl(int64_t in_features, int64_t out_features);
  explicit LinearImpl(const LinearOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  WICK_LAYER_MEMBERS(weight, bias)
  LinearOptions options;
  Tensor weight, bias;

 protected:
  LinearImpl(const LinearOptions& options_, detail::Later);
};
WICK_MODULE(Linear);

/// Makes several dimensions one.
class FlattenImpl : public Cloneable<FlattenImpl> {
 public:
  explicit FlattenImpl(const FlattenOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  FlattenOptions options;
};
WICK_MODULE(Flatten);

/// Splits one dimension into several.
class UnflattenImpl : public Cloneable<UnflattenImpl> {
 public:
  UnflattenImpl(int64_t dim, std::vector<int64_t> sizes);
  explicit UnflattenImpl(UnflattenOptions options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  UnflattenOptions options;
};
WICK_MODULE(Unflatten);

/// y = x1^T weight x2 + bias.
class BilinearImpl : public Cloneable<BilinearImpl> {
 public:
  BilinearImpl(int64_t in1_features, int64_t in2_features, int64_t out_features);
  explicit BilinearImpl(const BilinearOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);
  WICK_LAYER_MEMBERS(weight, bias)
  BilinearOptions options;
  Tensor weight, bias;
};
WICK_MODULE(Bilinear);

}  // namespace v1

namespace functional {
inline namespace v1 {

/// The functions behind the layers.
Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});
Tensor bilinear(const Tensor& input1, const Tensor& input2, const Tensor& weight, const Tensor& bias = {});

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick

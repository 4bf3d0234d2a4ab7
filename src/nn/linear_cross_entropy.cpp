#include <wick/nn/linear_cross_entropy.h>

#include <algorithm>

#include <wick/autograd.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {

LinearCrossEntropyLossImpl::LinearCrossEntropyLossImpl(int64_t in_features, int64_t num_classes)
    : LinearCrossEntropyLossImpl(LinearCrossEntropyLossOptions(in_features, num_classes)) {}
LinearCrossEntropyLossImpl::LinearCrossEntropyLossImpl(LinearCrossEntropyLossOptions options_) : options(std::move(options_)) { LinearCrossEntropyLossImpl::reset(); }

void LinearCrossEntropyLossImpl::reset() {
  const Tensor& w = options.weight();
  WICK_CHECK(!w.defined() || w.sizes() == IntArrayRef({options.num_classes()}), "LinearCrossEntropyLoss: expected weight shape to be [", options.num_classes(), "], got ", w.sizes());
  WICK_CHECK(options.label_smoothing() >= 0 && options.label_smoothing() <= 1, "LinearCrossEntropyLoss: expected label_smoothing to be in range [0, 1], got ", options.label_smoothing());
  weight = register_buffer("weight", w);
  int64_t rows = options.num_classes();
  for (const int64_t n : options.out_features()) rows *= n;
  linear = register_module("linear", Linear(LinearOptions(options.in_features(), rows).bias(options.bias())));
}
void LinearCrossEntropyLossImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LinearCrossEntropyLoss(in_features=" << options.in_features() << ", num_classes=" << options.num_classes()
         << ", out_features=" << IntArrayRef(options.out_features()) << ", bias=" << yes_no(options.bias()) << ')';
}

Tensor LinearCrossEntropyLossImpl::forward(const Tensor& input, const Tensor& target) {
  std::vector<int64_t> sizes{options.num_classes()};
  sizes.insert(sizes.end(), options.out_features().begin(), options.out_features().end());
  functional::LinearCrossEntropyFuncOptions o;
  if (linear->bias.defined()) o.linear_bias(linear->bias.reshape(sizes));
  sizes.push_back(options.in_features());
  o.weight(weight).reduction(options.reduction()).ignore_index(options.ignore_index()).label_smoothing(options.label_smoothing()).options(options.options());
  return functional::linear_cross_entropy(input, linear->weight.reshape(sizes), target, o);
}

}  // namespace v1

namespace functional::inline v1 {
namespace {

struct Shapes {
  std::vector<int64_t> logits;
  int64_t classes, rows;  // rows of the weight as a matrix
  bool several;           // a loss in several dimensions
};

Shapes check(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  WICK_CHECK(input.dim() == 1 || input.dim() == 2, "linear_cross_entropy: expected input with dimensionality 1 or 2, got ", input.dim());
  WICK_CHECK(weight.dim() >= 2, "linear_cross_entropy: expected linear_weight with dimensionality at least 2, got ", weight.dim());
  WICK_CHECK(input.size(-1) == weight.size(-1), "linear_cross_entropy: expected equal input and linear_weight last dimensions (in_features), got ", input.size(-1), " and ",
             weight.size(-1), ", respectively");
  const IntArrayRef outputs = weight.sizes().slice(0, static_cast<size_t>(weight.dim() - 1));
  WICK_CHECK(!bias.defined() || bias.sizes() == outputs, "linear_cross_entropy: expected linear_bias shape ", outputs, ", got ", bias.sizes());
  WICK_CHECK(outputs.size() == 1 || input.dim() == 2, "linear_cross_entropy: a loss in several dimensions (linear_weight ", weight.sizes(), ") requires batched input, got ", input.sizes());
  Shapes s{{}, weight.size(0), 1, outputs.size() > 1};
  if (input.dim() == 2) s.logits.push_back(input.size(0));
  for (const int64_t n : outputs) {
    s.logits.push_back(n);
    s.rows *= n;
  }
  return s;
}

int64_t rows_at_once(const LinearCrossEntropyOptions& o, int64_t rows, int64_t features, int64_t classes) {
  if (o.batch_chunk_size()) {
    WICK_CHECK_TYPE(ValueError, *o.batch_chunk_size() > 0, "batch_chunk_size must be positive, got ", *o.batch_chunk_size());
    return *o.batch_chunk_size();
  }
  const int64_t ratio = std::max<int64_t>(1, (classes + features - 1) / std::max<int64_t>(1, features)), wanted = (rows + ratio - 1) / ratio;
  int64_t n = 1;
  while (n < wanted) n *= 2;
  return std::max<int64_t>(1, n / 2);
}

// Some rows at a time, of which only the losses are kept.
Tensor chunked(const Tensor& input, const Tensor& w, const Tensor& bias, const Tensor& target, const LinearCrossEntropyFuncOptions& o, int64_t ignored) {
  const int64_t n = input.size(0), step = rows_at_once(*o.options(), n, input.size(1), w.size(0));
  const bool each = o.reduction().is<enumtype::kNone>();
  const Tensor class_weight = o.weight();
  std::vector<Tensor> losses;
  for (int64_t at = 0; at < n; at += step) {
    const Tensor t = target.slice(0, at, at + step);
    const auto loss = [=](const autograd::variable_list& in) -> autograd::variable_list {
      const Tensor logits = wick::linear(in[0], in[1], in.size() > 2 ? std::optional<Tensor>(in[2]) : std::nullopt);
      return {wick::cross_entropy_loss(logits, t, maybe(class_weight), each ? Reduction::None : Reduction::Sum, ignored, 0.0)};
    };
    autograd::variable_list in{input.slice(0, at, at + step), w};
    if (bias.defined()) in.push_back(bias);
    losses.push_back(autograd::checkpoint(loss, in, false)[0]);
  }
  if (each) return losses.empty() ? wick::zeros({0}, input.options().requires_grad(false)) : wick::cat(losses);
  const Tensor sum = losses.empty() ? wick::zeros({}, input.options().requires_grad(false)) : wick::stack(losses).sum();
  if (o.reduction().is<enumtype::kSum>()) return sum;
  const Tensor counted = target != ignored;
  return sum / (class_weight.defined() ? (class_weight.index_select(0, target.masked_fill(~counted, 0)) * counted).sum() : counted.sum());
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& input, const Tensor& linear_weight, const Tensor& target, const LinearCrossEntropyFuncOptions& o) {
  const Shapes s = check(input, linear_weight, o.linear_bias());
  WICK_CHECK(target.sizes() != IntArrayRef(s.logits) || !o.ignore_index(), "linear_cross_entropy: ignore_index cannot be specified when target contains probabilities");
  const int64_t ignored = o.ignore_index().value_or(-100);
  if (o.options() && !s.several && o.label_smoothing() == 0 && target.scalar_type() == kLong) {
    if (input.dim() == 2) return chunked(input, linear_weight, o.linear_bias(), target, o, ignored);
    const Tensor loss = chunked(input.unsqueeze(0), linear_weight, o.linear_bias(), target.unsqueeze(0), o, ignored);
    return loss.dim() == 1 ? loss.squeeze(0) : loss;
  }
  const Tensor w = s.several ? linear_weight.reshape({s.rows, input.size(-1)}) : linear_weight;
  const Tensor b = s.several && o.linear_bias().defined() ? o.linear_bias().reshape({s.rows}) : o.linear_bias();
  return wick::cross_entropy_loss(wick::linear(input, w, maybe(b)).reshape(s.logits), target, maybe(o.weight()), enumtype::reduction_get_enum(o.reduction()), ignored, o.label_smoothing());
}

}  // namespace functional::inline v1
}  // namespace wick::nn

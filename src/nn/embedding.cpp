#include <wick/nn/embedding.h>

#include <wick/ops/sequence.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {
namespace {

std::optional<int64_t> checked_padding(std::optional<int64_t> index, int64_t rows) {
  if (!index) return index;
  WICK_CHECK_TYPE(IndexError, *index < rows && *index >= -rows, "Padding_idx must be within num_embeddings (", *index, " for ", rows, " rows)");
  return *index < 0 ? *index + rows : *index;
}

// Registers a new table, or the one in the options.
template <class M>
void reset_table(M& m) {
  auto& o = m.options;
  if (!o._weight().defined()) {
    m.weight = m.register_parameter("weight", wick::empty({o.num_embeddings(), o.embedding_dim()}));
    m.reset_parameters();
  } else {
    WICK_CHECK_TYPE(ValueError, o._weight().sizes() == IntArrayRef({o.num_embeddings(), o.embedding_dim()}), "Shape of _weight ", o._weight().sizes(),
                    " does not match num_embeddings and embedding_dim [", o.num_embeddings(), ", ", o.embedding_dim(), "]");
    m.weight = m.register_parameter("weight", o._weight());
  }
}
template <class M>
void fill_table(M& m) {
  init::normal_(m.weight);
  if (!m.options.padding_idx()) return;
  NoGradGuard off;
  m.weight.select(0, *m.options.padding_idx()).zero_();
}
template <class O>
void print_common(std::ostream& stream, const char* name, const O& o) {
  stream << "torch::nn::" << name << "(num_embeddings=" << o.num_embeddings() << ", embedding_dim=" << o.embedding_dim();
}
template <class O>
void print_norms(std::ostream& stream, const O& o) {
  if (o.max_norm()) stream << ", max_norm=" << *o.max_norm();
  if (o.norm_type() != 2) stream << ", norm_type=" << o.norm_type();
  if (o.scale_grad_by_freq()) stream << ", scale_grad_by_freq=true";
  if (o.sparse()) stream << ", sparse=true";
}
void check_table(const Tensor& t) { WICK_CHECK_TYPE(ValueError, t.dim() == 2, "Embeddings parameter is expected to be 2-dimensional, got ", t.sizes()); }

}  // namespace

EmbeddingImpl::EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim) : EmbeddingImpl(EmbeddingOptions(num_embeddings, embedding_dim)) {}
EmbeddingImpl::EmbeddingImpl(EmbeddingOptions options_) : options(std::move(options_)) { EmbeddingImpl::reset(); }
void EmbeddingImpl::reset() {
  options.padding_idx(checked_padding(options.padding_idx(), options.num_embeddings()));
  reset_table(*this);
}
void EmbeddingImpl::reset_parameters() { fill_table(*this); }
void EmbeddingImpl::pretty_print(std::ostream& stream) const {
  print_common(stream, "Embedding", options);
  if (options.padding_idx()) stream << ", padding_idx=" << *options.padding_idx();
  print_norms(stream, options);
  stream << ')';
}
Tensor EmbeddingImpl::forward(const Tensor& indices) {
  refresh_tensors();
  return functional::embedding(indices, weight, functional::EmbeddingFuncOptions().padding_idx(options.padding_idx()).max_norm(options.max_norm())
      .norm_type(options.norm_type()).scale_grad_by_freq(options.scale_grad_by_freq()).sparse(options.sparse()));
}
Embedding Embedding::from_pretrained(const Tensor& embeddings, const EmbeddingFromPretrainedOptions& o) {
  check_table(embeddings);
  Embedding e(EmbeddingOptions(embeddings.size(0), embeddings.size(1))._weight(embeddings).padding_idx(o.padding_idx()).max_norm(o.max_norm())
      .norm_type(o.norm_type()).scale_grad_by_freq(o.scale_grad_by_freq()).sparse(o.sparse()));
  e->weight.set_requires_grad(!o.freeze());
  return e;
}

EmbeddingBagImpl::EmbeddingBagImpl(int64_t num_embeddings, int64_t embedding_dim) : EmbeddingBagImpl(EmbeddingBagOptions(num_embeddings, embedding_dim)) {}
EmbeddingBagImpl::EmbeddingBagImpl(EmbeddingBagOptions options_) : options(std::move(options_)) { EmbeddingBagImpl::reset(); }
void EmbeddingBagImpl::reset() {
  options.padding_idx(checked_padding(options.padding_idx(), options.num_embeddings()));
  reset_table(*this);
}
void EmbeddingBagImpl::reset_parameters() { init::normal_(weight); }
void EmbeddingBagImpl::pretty_print(std::ostream& stream) const {
  print_common(stream, "EmbeddingBag", options);
  print_norms(stream, options);
  if (!options.mode().is<enumtype::kMean>()) stream << ", mode=" << enumtype::get_enum_name(options.mode());
  if (options.include_last_offset()) stream << ", include_last_offset=true";
  if (options.padding_idx()) stream << ", padding_idx=" << *options.padding_idx();
  stream << ')';
}
Tensor EmbeddingBagImpl::forward(const Tensor& input, const Tensor& offsets, const Tensor& per_sample_weights) {
  refresh_tensors();
  return functional::embedding_bag(input, weight, functional::EmbeddingBagFuncOptions().offsets(offsets).max_norm(options.max_norm()).norm_type(options.norm_type())
      .scale_grad_by_freq(options.scale_grad_by_freq()).mode(options.mode()).sparse(options.sparse()).per_sample_weights(per_sample_weights)
      .include_last_offset(options.include_last_offset()).padding_idx(options.padding_idx()));
}
DefaultArguments EmbeddingBagImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}, {2, AnyValue(Tensor())}}; }
EmbeddingBag EmbeddingBag::from_pretrained(const Tensor& embeddings, const EmbeddingBagFromPretrainedOptions& o) {
  check_table(embeddings);
  EmbeddingBag e(EmbeddingBagOptions(embeddings.size(0), embeddings.size(1))._weight(embeddings).max_norm(o.max_norm()).norm_type(o.norm_type())
      .scale_grad_by_freq(o.scale_grad_by_freq()).mode(o.mode()).sparse(o.sparse()).include_last_offset(o.include_last_offset()).padding_idx(o.padding_idx()));
  e->weight.set_requires_grad(!o.freeze());
  return e;
}

}  // namespace v1

namespace functional::inline v1 {
namespace {
void renorm(Tensor weight, const Tensor& indices, double max_norm, double norm_type) {
  NoGradGuard off;
  wick::embedding_renorm_(weight, indices, max_norm, norm_type);
}
}  // namespace

Tensor one_hot(const Tensor& tensor, int64_t num_classes) { return wick::one_hot(tensor, num_classes); }

Tensor embedding(const Tensor& input, const Tensor& weight, const EmbeddingFuncOptions& o) {
  const auto padding = checked_padding(o.padding_idx(), weight.size(0));
  if (o.max_norm()) renorm(weight, input, *o.max_norm(), o.norm_type());
  return wick::embedding(weight, input, padding.value_or(-1), o.scale_grad_by_freq(), o.sparse());
}

Tensor embedding_bag(const Tensor& input, const Tensor& weight, const EmbeddingBagFuncOptions& o) {
  Tensor indices = input, offsets = o.offsets(), weights = o.per_sample_weights();
  const bool sum = o.mode().is<enumtype::kSum>(), max = o.mode().is<enumtype::kMax>();
  WICK_CHECK_TYPE(ValueError, !weights.defined() || indices.sizes() == weights.sizes(), "embedding_bag: If per_sample_weights (", weights.defined() ? weights.sizes() : IntArrayRef(),
                  ") is not null, then it must have the same shape as the input (", indices.sizes(), ")");
  WICK_CHECK_TYPE(ValueError, !weights.defined() || sum, "embedding_bag: per_sample_weights was not null. per_sample_weights is only supported for mode='kSum' (got mode='",
                  enumtype::get_enum_name(o.mode()), "').");
  WICK_CHECK_TYPE(ValueError, !max || !o.scale_grad_by_freq(), "max mode does not support scaling the gradient by the frequency");
  WICK_CHECK_TYPE(ValueError, !max || !o.sparse(), "max mode does not support sparse weights");
  if (indices.dim() == 2) {
    WICK_CHECK_TYPE(ValueError, !offsets.defined(), "If input is 2D, then offsets has to be null, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type Tensor");
    offsets = wick::arange(0, indices.numel(), indices.size(1), kLong);
    indices = indices.reshape({-1});
    if (weights.defined()) weights = weights.reshape({-1});
  } else {
    WICK_CHECK_TYPE(ValueError, indices.dim() == 1, "input has to be 1D or 2D Tensor, but got Tensor of dimension ", indices.dim());
    WICK_CHECK_TYPE(ValueError, offsets.defined() && offsets.dim() == 1, "offsets has to be a 1D Tensor", offsets.defined() ? "" : " but got null");
  }
  if (o.max_norm()) renorm(weight, indices, *o.max_norm(), o.norm_type());
  return std::get<0>(wick::embedding_bag(weight, indices, offsets, o.scale_grad_by_freq(), max ? 2 : sum ? 0 : 1, o.sparse(), maybe(weights), o.include_last_offset(), o.padding_idx()));
}

}  // namespace functional::inline v1
}  // namespace wick::nn

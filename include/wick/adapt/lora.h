// LoRA and DoRA: small matrices that learn beside weights that stay, and their files.
#pragma once

#include <string>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/nn/module.h>

namespace wick {
namespace adapt {
inline namespace v1 {

/// What adapters are like, and where.
struct LoraOptions {
  explicit LoraOptions(std::vector<std::string> targets = {}) : targets_(std::move(targets)) {}
  /// Patterns (see `matches`) of the layers that get one: Linear, Conv1d to Conv3d, MultiheadAttention (its packed projection and out_proj), and layers
  /// called Conv1D, whose weight is [in, out]. None: all of these but those in `modules_to_save`.
  WICK_ARG(std::vector<std::string>, targets);
  /// Rank, and the factor of the product in units of 1/r (with `rslora`, 1/sqrt(r)).
  WICK_ARG(int64_t, r) = 8;
  WICK_ARG(double, alpha) = 8;
  WICK_ARG(bool, rslora) = false;
  /// Dropout of what enters the adapters, in training; one mask of input features for the whole batch.
  WICK_ARG(double, dropout) = 0;
  /// DoRA: the length of each output's weights learns apart from their direction.
  WICK_ARG(bool, dora) = false;
  /// Patterns of modules that learn and are saved as a whole: a new classifier, normalisations with their statistics.
  WICK_ARG(std::vector<std::string>, modules_to_save);
};

/// The parametrization `weight + alpha/r * B A` of one tensor: [out, in, ...], or [in, out] if `transposed`. A starts as a layer's weight, B as zeros, so
/// that nothing changes at first. With DoRA the sum's rows are scaled to the lengths `lora_magnitude_vector`, and their norm counts as constant in
/// backward. Registered by add_lora, or on any tensor: `parametrize::register_parametrization(layer, "weight", Lora(layer->weight, options))`.
/// Errors: `ValueError` for a rank that is not positive, a dropout outside of [0, 1), a tensor with less than 2 dimensions.
/// (E. Hu and others, 2021, https://arxiv.org/abs/2106.09685; S.-Y. Liu and others, 2024, https://arxiv.org/abs/2402.09353)
class LoraImpl : public nn::Cloneable<LoraImpl> {
 public:
  LoraImpl(const Tensor& weight, const LoraOptions& options, bool transposed = false);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  /// The tensor to use. Errors: merged, in training mode, with gradients wanted.
  Tensor forward(const Tensor& weight);
  /// What is added to the weight, without dropout.
  Tensor delta() const;
  /// Puts the adapter into the weight, and takes it out.
  void merge(const Tensor& weight);
  void unmerge(const Tensor& weight);
  bool is_merged() const noexcept { return merged_; }
  bool is_transposed() const noexcept { return transposed_; }
  double scaling() const;
  const LoraOptions& options() const noexcept { return options_; }
  WICK_MEMBERS(lora_A, lora_B, lora_magnitude_vector)
  /// [r, in, ...], [out, r, 1, ...], and [out] with DoRA.
  Tensor lora_A, lora_B, lora_magnitude_vector;

 private:
  Tensor product(bool drop) const;
  LoraOptions options_;
  std::vector<int64_t> sizes_;
  bool transposed_, merged_ = false;
  TensorOptions like_;
  Tensor factor_;  // of DoRA, while merged
};
WICK_MODULE(Lora);

/// Gives the layers that `options` name adapters, which learn then, and the modules to save; every other parameter stays as it is (requires_grad off), and so
/// do the statistics of batch normalisations that are not saved. Returns the paths of the adapted tensors. Load weights before. Errors: `ValueError` for a
/// pattern that no layer matches, a layer that has an adapter, values out of range; nothing is changed then.
std::vector<std::string> add_lora(nn::Module& model, const LoraOptions& options = LoraOptions());
template <class M>
std::vector<std::string> add_lora(const nn::ModuleHolder<M>& model, const LoraOptions& options = LoraOptions()) { return add_lora(*model.ptr(), options); }

/// Puts all adapters into the weights, for inference at the speed of the plain model; takes them out; makes the weights plain ones again, with the adapters in
/// them or (`keep` false) as they were before. Return how many there were.
int64_t merge_lora(nn::Module& model);
int64_t unmerge_lora(nn::Module& model);
int64_t remove_lora(nn::Module& model, bool keep = true);

/// Writes adapters and saved modules alone, as the peft package does: `adapter_config.json` and `adapter_model.safetensors` in a folder that is made if it is not
/// there. Adapters of grouped convolutions, which peft makes differently, are for Wick alone. Errors: no adapters; a failed write.
/// (https://huggingface.co/docs/peft/developer_guides/checkpoint)
void save_lora(const nn::Module& model, const std::string& folder);

/// Reads such a folder, written here or by peft: adapters are added where the model has none, else they take the values. `trainable` false leaves all
/// parameters without gradients. Errors: `Error` naming the file for whatever is not whole; `ValueError` for keys that do not fit the model, with both
/// shapes; `NotImplementedError` for kinds other than LoRA and DoRA, biases, embeddings. Nothing is changed then.
void load_lora(nn::Module& model, const std::string& folder, bool trainable = false);

}  // namespace v1
}  // namespace adapt
}  // namespace wick

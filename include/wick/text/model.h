// Language models with Hugging Face's structure and parameter names: BERT (and MiniLM, which is one), DistilBERT, RoBERTa, GPT-2, and their heads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <wick/core/generator.h>
#include <wick/models/block.h>
#include <wick/text/tokenizer.h>

namespace wick {
namespace text {
inline namespace v1 {

/// What stands on the model: nothing, classes of texts or of tokens, the first and last token of an answer, words for masked ones, the next word.
enum class Task { features, sequence_classification, token_classification, question_answering, masked_lm, causal_lm };

/// A model's structure, as `config.json` has it.
struct Config {
  /// `bert`, `distilbert`, `roberta` or `gpt2`.
  std::string model_type = "bert";
  int64_t vocab_size = 30522, hidden_size = 768, num_layers = 12, num_heads = 12, intermediate_size = 3072;
  /// Rows of the table of positions; RoBERTa has two more than texts may have tokens.
  int64_t max_position_embeddings = 512, type_vocab_size = 2, pad_token_id = 0;
  /// `gelu`, `gelu_new`, `relu`, `silu` or `tanh`.
  std::string activation = "gelu";
  double dropout = 0.1, attention_dropout = 0.1, classifier_dropout = 0.1, layer_norm_eps = 1e-12, initializer_range = 0.02;
  bool tie_word_embeddings = true;
  /// Names of the classes.
  std::vector<std::string> labels{"LABEL_0", "LABEL_1"};
  /// What ends generated texts, and the task that the file's first architecture names.
  std::vector<int64_t> eos_token_ids;
  std::optional<Task> task;

  /// Reads a `config.json`. Errors: another kind of model, numbers that cannot be, naming file and key.
  static Config from_file(const std::string& path);
  static Config from_json(const std::string& text, const std::string& name = "config.json");
  /// The text of a `config.json` that Hugging Face's library reads.
  std::string json(Task task) const;
  /// The most tokens that a text may have.
  int64_t max_length() const;
};

/// What a model gives. Tensors that the task does not have are undefined.
struct Output {
  /// [n, tokens, hidden]; [n, hidden], of BERT and RoBERTa without a head.
  Tensor last_hidden_state, pooler_output;
  /// [n, labels], [n, tokens, labels] or [n, tokens, words]; [n, tokens] each for answers.
  Tensor logits, start_logits, end_logits;
};

/// Keys and values of the tokens so far, so that each step of a generation looks at the new ones only.
struct KeyValues {
  std::vector<Tensor> keys, values;
  int64_t length = 0;
};

/// A language model with or without a head. In training, dropout is as Hugging Face has it.
class ModelImpl : public models::BlockImpl {
 public:
  /// With initial values: normal of `initializer_range`, biases 0. Errors: `ValueError` for structures that cannot be.
  explicit ModelImpl(const Config& config, Task task = Task::features, bool init_weights = true);

  /// `input_ids` and `token_type_ids` [n, tokens] of integers; `attention_mask` the same, 0 where there is padding. `cache` and `position_ids` are for GPT-2.
  /// Errors: `ValueError` for texts longer than the model takes, naming the limit; `IndexError` for numbers that no token has.
  Output forward(const Tensor& input_ids, const Tensor& attention_mask = {}, const Tensor& token_type_ids = {}, KeyValues* cache = nullptr, const Tensor& position_ids = {});

  /// What it is made of, and for.
  const Config& config() const { return config_; }
  Task task() const { return task_; }
  /// Parameters that the weights did not have and that have initial values: a head that is still to be trained.
  const std::vector<std::string>& initialised() const { return initialised_; }
  std::shared_ptr<nn::Module> clone(const std::optional<Device>& device = std::nullopt) const override;

 private:
  friend class Loader;
  ModelImpl(const ModelImpl& other, int);
  Config config_;
  Task task_;
  std::vector<std::string> initialised_;
};
WICK_MODULE(Model);

/// How `from_pretrained` makes a model. Labels that are given make a new head where the file has one for another number of classes.
struct PretrainedOptions {
  WICK_ARG(std::vector<std::string>, labels);
  /// The token that padding is, where the file does not say it.
  WICK_ARG(std::optional<int64_t>, pad_token_id) = std::nullopt;
};

/// A model of a folder as published: `config.json` and the weights beside it (safetensors, in shards too, or `pytorch_model.bin`, over the mapped file
/// as `io::LoadOptions::map` has it: changes stay in memory), in evaluation mode. The
/// body of a model serves every task: what its head has not is initialised (see `initialised`). Without a task it is that of the file's architecture.
/// Errors: as the readers have them; weights of the body that are missing or of other shapes.
Model from_pretrained(const std::string& folder, std::optional<Task> task = std::nullopt, const PretrainedOptions& options = {});
/// Writes `config.json` and `model.safetensors` into a folder, which is made, and copies tokenizer files from `tokenizer_folder`, if given.
void save_pretrained(Model model, const std::string& folder, const std::string& tokenizer_folder = "");

/// How texts go on. With `num_beams` > 1 the best of so many is looked for; with `do_sample` tokens are drawn, else the likeliest is taken.
struct GenerateOptions {
  WICK_ARG(int64_t, max_new_tokens) = 20;
  WICK_ARG(bool, do_sample) = false;
  WICK_ARG(double, temperature) = 1.0;
  WICK_ARG(int64_t, top_k) = 50;
  WICK_ARG(double, top_p) = 1.0;
  WICK_ARG(double, repetition_penalty) = 1.0;
  WICK_ARG(int64_t, num_beams) = 1;
  WICK_ARG(double, length_penalty) = 1.0;
  WICK_ARG(std::optional<std::vector<int64_t>>, eos_token_ids) = std::nullopt;
  WICK_ARG(std::optional<int64_t>, pad_token_id) = std::nullopt;
  WICK_ARG(std::optional<Generator>, generator) = std::nullopt;
  /// Called with each new row of tokens, one for each text; false stops. Not with beams.
  WICK_ARG(std::function<bool(const std::vector<int64_t>&)>, on_token);
};

/// The texts [n, tokens] and what follows them, [n, tokens + new ones], filled up with `pad_token_id` (or what ends texts) where one ended before others.
/// Padding stands at the left, marked in `attention_mask`. Errors: no language model; no place for a new token; options that cannot be.
Tensor generate(Model model, const Tensor& input_ids, const GenerateOptions& options = {}, const Tensor& attention_mask = {});

/// A vector for each text: a model, and how its tokens' vectors become one. (https://sbert.net)
class SentenceEncoder {
 public:
  /// A folder as sentence-transformers publishes it: `modules.json`, `1_Pooling/config.json`, layers behind it, `sentence_bert_config.json`. Without these
  /// files the mean of the tokens' vectors. Errors: as the readers have them; kinds of modules that are not known.
  static SentenceEncoder from_folder(const std::string& folder);

  /// Vectors [n, dimensions] of texts, in batches of texts of like length; texts are cut at `max_length`. `progress` is called with the number of texts that are done.
  Tensor encode(const std::vector<std::string>& texts, int64_t batch_size = 32, const std::function<void(int64_t)>& progress = {});
  int64_t dimensions() const;
  int64_t max_length() const { return max_length_; }
  void set_max_length(int64_t n);
  /// How many texts `encode` has cut so far.
  int64_t cut_texts() const { return cut_; }
  Model& model() { return model_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  struct Dense { Tensor weight, bias; std::string activation; };
  SentenceEncoder() = default;
  void read_module(const std::string& folder, const std::string& type, const std::string& path);
  Tensor pool(const Tensor& vectors, const Tensor& mask) const;
  Model model_ = nullptr;
  Tokenizer tokenizer_;
  std::vector<std::string> pooling_;
  std::vector<Dense> dense_;
  bool normalise_ = false, lowercase_ = false;
  int64_t max_length_ = 0, cut_ = 0;
};

/// An answer found in a text: its bytes there, and how sure the model is, 0 to 1.
struct Answer {
  std::string text;
  int64_t begin = 0, end = 0;
  double score = 0;
};
/// The best answers to a question in a text of any length, which is looked at in parts of `max_length` tokens (0: the most) that share `stride`.
/// Errors: a model for another task; a question that leaves no place for the text.
std::vector<Answer> answer(Model model, const Tokenizer& tokenizer, const std::string& question, const std::string& context, int64_t top_k = 1, int64_t max_length = 384, int64_t stride = 128);

}  // namespace v1
}  // namespace text
}  // namespace wick

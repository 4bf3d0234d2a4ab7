// Tokenizers: texts into the numbers that language models take, and back; Hugging Face's files, and its numbers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/tensor.h>

namespace wick {
namespace text {
inline namespace v1 {

namespace detail {
struct TokenizerState;
}

/// Which of two texts loses tokens when both are too long together: the longer one, the first, the second.
enum class Truncate { longest_first, only_first, only_second };
/// The side of a text at which tokens are cut off or added.
enum class Side { right, left };

/// How texts are cut. `max_length` counts the special tokens, too; `stride` is how many tokens the parts of `Encoding::overflow` share.
struct Truncation {
  Truncation(int64_t max_length) : max_length_(max_length) {}
  WICK_ARG(int64_t, max_length);
  WICK_ARG(Truncate, strategy) = Truncate::longest_first;
  WICK_ARG(int64_t, stride) = 0;
  WICK_ARG(Side, side) = Side::right;
};

/// How texts are made equally long: to `length`, or to the longest of a batch, and to a multiple of `multiple_of`.
struct Padding {
  WICK_ARG(std::optional<int64_t>, length) = std::nullopt;
  WICK_ARG(int64_t, multiple_of) = 1;
  WICK_ARG(Side, side) = Side::right;
  WICK_ARG(int64_t, id) = 0;
  WICK_ARG(int64_t, type_id) = 0;
  WICK_ARG(std::string, token) = "[PAD]";
};

/// What belongs to one call. Truncation and padding that are not set are the tokenizer's.
struct EncodeOptions {
  WICK_ARG(bool, add_special_tokens) = true;
  WICK_ARG(std::optional<Truncation>, truncation) = std::nullopt;
  WICK_ARG(std::optional<Padding>, padding) = std::nullopt;
  /// Whether what was cut off comes as further encodings.
  WICK_ARG(bool, overflow) = false;
};

/// A text in tokens. All lists are equally long.
struct Encoding {
  std::vector<int64_t> ids;
  /// 0 for the first text, 1 for the second, as the model's files say.
  std::vector<int64_t> type_ids;
  /// 0 for padding; 1 for special tokens and padding; the word, -1 for special tokens; the text (0, 1), -1 for special tokens.
  std::vector<int64_t> attention_mask, special_tokens_mask, word_ids, sequence_ids;
  std::vector<std::string> tokens;
  /// The bytes of the text that a token stands for: [first, last).
  std::vector<std::pair<int64_t, int64_t>> offsets;
  /// The parts that were cut off, special tokens and all, if they were asked for; and how many tokens were cut off.
  std::vector<Encoding> overflow;
  int64_t cut = 0;
  size_t size() const noexcept { return ids.size(); }
};

/// Texts in tensors [rows, tokens] of int64. With `overflow`, a text may have several rows, and `source` tells whose each is.
struct Batch {
  Tensor input_ids, token_type_ids, attention_mask, special_tokens_mask;
  std::vector<Encoding> encodings;
  std::vector<int64_t> source;
  /// Texts that were cut, and the tokens that were cut off.
  int64_t cut_texts = 0, cut_tokens = 0;
};

/// A tokenizer as Hugging Face's `tokenizers` has it: normalisation, splitting into words, WordPiece, BPE, Unigram or whole words, special tokens. Copies
/// share what does not change; calls from several threads are safe. Broken UTF-8 counts as U+FFFD, one for each maximal part as in Unicode's
/// recommendation. (https://huggingface.co/docs/tokenizers)
class Tokenizer {
 public:
  Tokenizer() = default;

  /// A `tokenizer.json`, a `vocab.txt` (BERT's, lower case), or a `vocab.json` with the `merges.txt` beside it (GPT-2's). Errors: `Error`, `ValueError`
  /// and `NotImplementedError` naming the file and the place.
  static Tokenizer from_file(const std::string& path);
  /// The tokenizer of a folder as published: its `tokenizer.json`, else `vocab.txt`, else `vocab.json` and `merges.txt`, with what `tokenizer_config.json`,
  /// `special_tokens_map.json` and `config.json` say of case, special tokens and the longest text. Errors: as `from_file`; none of the files is there.
  static Tokenizer from_folder(const std::string& path);
  /// A tokenizer from the text of a `tokenizer.json`; `name` is for errors.
  static Tokenizer from_json(const std::string& text, const std::string& name = "tokenizer.json");
  /// BERT's tokenizer over the lines of a `vocab.txt`. Accents go by default where the case goes.
  static Tokenizer wordpiece(const std::string& vocabulary_file, bool lowercase = true, std::optional<bool> strip_accents = std::nullopt, bool chinese_apart = true);
  /// GPT-2's tokenizer; with `roberta`, RoBERTa's special tokens around texts.
  static Tokenizer byte_level_bpe(const std::string& vocabulary_file, const std::string& merges_file, bool add_prefix_space = false, bool roberta = false);

  /// Tokens of a text, or of a pair. Errors: `ValueError` for a strategy that cannot cut enough, a stride not below the length, texts over 1 GB.
  Encoding encode(const std::string& text, const EncodeOptions& options = {}) const;
  Encoding encode(const std::string& text, const std::string& pair, const EncodeOptions& options = {}) const;
  /// The numbers alone, without truncation and padding: the quickest.
  std::vector<int64_t> ids(const std::string& text, bool add_special_tokens = true) const;
  /// Texts (or pairs) as tensors, padded to the longest unless options or files say otherwise; on several threads. Errors: as `encode`; numbers of texts
  /// that differ.
  Batch encode_batch(const std::vector<std::string>& texts, const EncodeOptions& options = {}) const;
  Batch encode_batch(const std::vector<std::string>& texts, const std::vector<std::string>& pairs, const EncodeOptions& options = {}) const;

  /// The text of tokens. Numbers that no token has are left out. Errors: `IndexError` for negative ones.
  std::string decode(const std::vector<int64_t>& ids, bool skip_special_tokens = true) const;

  /// Number of tokens, added ones included; a token by number and by text. Errors: `IndexError` for a number that no token has.
  int64_t vocabulary_size() const;
  std::optional<int64_t> token_to_id(const std::string& token) const;
  std::string id_to_token(int64_t id) const;
  /// `WordPiece`, `BPE`, `Unigram` or `WordLevel`.
  std::string kind() const;

  /// The roles of special tokens, where the files name them or the model has the usual ones.
  std::optional<int64_t> pad_id() const;
  std::optional<int64_t> mask_id() const;
  std::optional<int64_t> cls_id() const;
  std::optional<int64_t> sep_id() const;
  std::optional<int64_t> bos_id() const;
  std::optional<int64_t> eos_id() const;

  /// Settings for calls that do not say otherwise; those of `tokenizer.json` at first. `max_length` is what `tokenizer_config.json` says, if anything.
  const std::optional<Truncation>& truncation() const { return truncation_; }
  const std::optional<Padding>& padding() const { return padding_; }
  std::optional<int64_t> max_length() const { return max_length_; }
  void set_truncation(std::optional<Truncation> t) { truncation_ = std::move(t); }
  void set_padding(std::optional<Padding> p) { padding_ = std::move(p); }

 private:
  explicit Tokenizer(std::shared_ptr<const detail::TokenizerState> state);
  const detail::TokenizerState& state() const;
  Encoding encode(const std::string& text, const std::string* pair, const EncodeOptions& options) const;
  Batch batch(const std::vector<std::string>& texts, const std::vector<std::string>* pairs, const EncodeOptions& options) const;
  void read_roles(const std::string& folder);
  std::optional<int64_t> role(size_t which) const;
  std::shared_ptr<const detail::TokenizerState> state_;
  std::optional<Truncation> truncation_;
  std::optional<Padding> padding_;
  std::optional<int64_t> max_length_;
  std::vector<std::optional<int64_t>> roles_;
};

/// How a vocabulary is made of texts.
struct TrainOptions {
  WICK_ARG(int64_t, vocabulary_size) = 30'000;
  WICK_ARG(int64_t, min_frequency) = 2;
  WICK_ARG(std::vector<std::string>, special_tokens);
  /// Characters that are kept; 0: all.
  WICK_ARG(int64_t, limit_alphabet) = 1000;
  WICK_ARG(bool, lowercase) = true;
};

/// Makes a WordPiece vocabulary for BERT's tokenizer of files of text, and writes `vocab.txt` and `tokenizer.json` into a folder, which is made. Special tokens
/// that are not given are BERT's. The same files give the same vocabulary. Errors: files that cannot be read or written.
Tokenizer train_wordpiece(const std::vector<std::string>& files, const std::string& folder, const TrainOptions& options = {});
/// Makes a byte-level BPE vocabulary as GPT-2's, and writes `vocab.json`, `merges.txt` and `tokenizer.json`. Special tokens that are not given: `<|endoftext|>`.
Tokenizer train_bpe(const std::vector<std::string>& files, const std::string& folder, const TrainOptions& options = {});

}  // namespace v1
}  // namespace text
}  // namespace wick

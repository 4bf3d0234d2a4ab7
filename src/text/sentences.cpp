// Vectors of texts, and answers in texts.
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/io/files.h>
#include <wick/ops.h>
#include <wick/text/model.h>

#include "text/json.h"
#include "text/normalizer.h"

namespace wick::text {
namespace {

bool there(const std::string& path) {
  struct stat s {};
  return stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode);
}
constexpr const char* kPooling[][2] = {{"pooling_mode_cls_token", "cls"}, {"pooling_mode_max_tokens", "max"}, {"pooling_mode_mean_tokens", "mean"},
                                       {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"}, {"pooling_mode_weightedmean_tokens", "weightedmean"}, {"pooling_mode_lasttoken", "lasttoken"}};

std::vector<std::string> read_pooling(const std::string& path) {
  const Json json = read_json(path);
  const At at{json, file_name(path)};
  std::vector<std::string> r;
  for (const auto& p : kPooling)
    if (at.flag_or(p[0], false)) r.emplace_back(p[1]);
  if (r.empty() && at.has("pooling_mode")) {
    const At mode = at.get("pooling_mode");
    if (mode.is(Json::array)) for (size_t i = 0; i < mode.size(); ++i) r.push_back(mode[i].text());
    else r.push_back(mode.text());
  }
  if (r.empty()) at.fail("no pooling is chosen");
  for (const std::string& m : r)
    if (std::none_of(std::begin(kPooling), std::end(kPooling), [&](const auto& p) { return m == p[1]; })) at.fail("there is no pooling \"" + m.substr(0, 40) + "\" here");
  return r;
}

}  // namespace

inline namespace v1 {

void SentenceEncoder::read_module(const std::string& folder, const std::string& type, const std::string& path) {
  const std::string at = path.empty() ? folder : folder + "/" + path, kind = type.substr(type.rfind('.') + 1);
  if (kind == "Transformer") {
    model_ = from_pretrained(at, Task::features);
    tokenizer_ = Tokenizer::from_folder(at);
    max_length_ = std::min(model_->config().max_length(), tokenizer_.max_length().value_or(model_->config().max_length()));
    if (there(at + "/sentence_bert_config.json")) {
      const Json json = read_json(at + "/sentence_bert_config.json");
      max_length_ = std::min(model_->config().max_length(), At{json, "sentence_bert_config.json"}.integer_or("max_seq_length", max_length_, 3));
      lowercase_ = At{json, "sentence_bert_config.json"}.flag_or("do_lower_case", false);
    }
  } else if (kind == "Pooling") {
    pooling_ = read_pooling(at + "/config.json");
  } else if (kind == "Normalize") {
    normalise_ = true;
  } else if (kind == "Dense") {
    const Json json = read_json(at + "/config.json");
    Dense d;
    d.activation = At{json, path + "/config.json"}.text_or("activation_function", "torch.nn.modules.activation.Tanh");
    d.activation = d.activation.substr(d.activation.rfind('.') + 1);
    if (d.activation != "Tanh" && d.activation != "Identity" && d.activation != "ReLU" && d.activation != "GELU") throw NotImplementedError(path + "/config.json: there is no activation \"" + d.activation.substr(0, 40) + "\" here");
    for (auto& [name, tensor] : io::load_tensors(at + (there(at + "/model.safetensors") ? "/model.safetensors" : "/pytorch_model.bin"))) {
      if (name == "linear.weight") d.weight = tensor.to(kFloat);
      if (name == "linear.bias") d.bias = tensor.to(kFloat);
    }
    if (!d.weight.defined() || d.weight.dim() != 2) throw Error(path + ": linear.weight is missing");
    dense_.push_back(std::move(d));
  } else {
    throw NotImplementedError("modules.json: there is no module \"" + type.substr(0, 60) + "\" here; Transformer, Pooling, Dense and Normalize are known");
  }
}

SentenceEncoder SentenceEncoder::from_folder(const std::string& folder) {
  SentenceEncoder e;
  if (there(folder + "/modules.json")) {
    const Json json = read_json(folder + "/modules.json");
    const At list{json, "modules.json"};
    list.expect(Json::array);
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string path = list[i].get("path").text();
      if (path.find("..") != std::string::npos || (!path.empty() && path[0] == '/')) list[i].fail("the path \"" + path.substr(0, 60) + "\" leads out of the folder");
      if (i > 0 && e.model_.is_empty()) list[i].fail("the first module is the Transformer");
      e.read_module(folder, list[i].type(), path);
    }
  } else {
    e.read_module(folder, "Transformer", "");
  }
  if (e.model_.is_empty()) throw Error(folder + ": modules.json names no Transformer");
  if (e.pooling_.empty()) e.pooling_ = {"mean"};
  e.model_->eval();
  return e;
}

int64_t SentenceEncoder::dimensions() const { return dense_.empty() ? model_->config().hidden_size * static_cast<int64_t>(pooling_.size()) : dense_.back().weight.size(0); }
void SentenceEncoder::set_max_length(int64_t n) {
  if (n < 3 || n > model_->config().max_length()) throw ValueError("SentenceEncoder: max_length must be between 3 and " + std::to_string(model_->config().max_length()) + ", got " + std::to_string(n));
  max_length_ = n;
}

Tensor SentenceEncoder::pool(const Tensor& x, const Tensor& mask) const {
  const Tensor m = mask.to(kFloat).unsqueeze(2), n = m.sum(1).clamp_min(1e-9);
  std::vector<Tensor> parts;
  for (const std::string& how : pooling_) {
    if (how == "cls") {
      parts.push_back(x.select(1, 0));
    } else if (how == "max") {
      parts.push_back(std::get<0>(x.masked_fill(m.eq(0), -1e9).max(1)));
    } else if (how == "lasttoken") {
      const Tensor last = (mask.ne(0).to(kLong) * wick::arange(0, mask.size(1), kLong)).argmax(1);
      parts.push_back(x.gather(1, last.view({-1, 1, 1}).expand({-1, 1, x.size(2)})).squeeze(1));
    } else if (how == "weightedmean") {
      const Tensor w = m * wick::arange(1, mask.size(1) + 1, kFloat).view({1, -1, 1});
      parts.push_back((x * w).sum(1) / w.sum(1).clamp_min(1e-9));
    } else {
      const Tensor sum = (x * m).sum(1);
      parts.push_back(how == "mean" ? sum / n : sum / n.sqrt());
    }
  }
  return parts.size() == 1 ? parts[0] : wick::cat(parts, 1);
}

Tensor SentenceEncoder::encode(const std::vector<std::string>& texts, int64_t batch_size, const std::function<void(int64_t)>& progress) {
  if (batch_size < 1) throw ValueError("SentenceEncoder: batch_size must be positive, got " + std::to_string(batch_size));
  NoGradGuard off;
  const Tensor out = wick::empty({static_cast<int64_t>(texts.size()), dimensions()});
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return texts[a].size() > texts[b].size(); });
  const auto options = EncodeOptions().truncation(Truncation(max_length_));
  Normalizer lower;
  if (lowercase_) lower.kind = Normalizer::lowercase;
  const bool types = model_->config().model_type == "bert";
  for (size_t from = 0; from < order.size(); from += static_cast<size_t>(batch_size)) {
    const size_t end = std::min(order.size(), from + static_cast<size_t>(batch_size));
    std::vector<std::string> some;
    for (size_t i = from; i < end; ++i) some.push_back(lowercase_ ? lower.run(valid_text(texts[order[i]])).s : texts[order[i]]);
    const Batch b = tokenizer_.encode_batch(some, options);
    cut_ += b.cut_texts;
    Tensor v = pool(model_->forward(b.input_ids, b.attention_mask, types ? b.token_type_ids : Tensor()).last_hidden_state, b.attention_mask);
    for (const Dense& d : dense_) {
      v = wick::linear(v, d.weight, d.bias.defined() ? std::optional<Tensor>(d.bias) : std::nullopt);
      v = d.activation == "Tanh" ? v.tanh() : d.activation == "ReLU" ? v.relu() : d.activation == "GELU" ? wick::gelu(v) : v;
    }
    if (normalise_) v = v / v.norm(2, {1}, true).clamp_min(1e-12);
    for (size_t i = from; i < end; ++i) out.select(0, static_cast<int64_t>(order[i])).copy_(v.select(0, static_cast<int64_t>(i - from)));
    if (progress) progress(static_cast<int64_t>(end));
  }
  return out;
}

std::vector<Answer> answer(Model model, const Tokenizer& tokenizer, const std::string& question, const std::string& context, int64_t top_k, int64_t max_length, int64_t stride) {
  if (model->task() != Task::question_answering) throw ValueError("answer: the model has no head for answers; from_pretrained(folder, Task::question_answering) makes one");
  if (top_k < 1) throw ValueError("answer: top_k must be positive, got " + std::to_string(top_k));
  NoGradGuard off;
  const int64_t most = max_length > 0 ? std::min(max_length, model->config().max_length()) : model->config().max_length();
  const auto asked = static_cast<int64_t>(tokenizer.encode(question, std::string(), EncodeOptions().truncation(Truncation(1 << 30))).size());
  if (asked + 2 > most) throw ValueError("answer: the question has " + std::to_string(asked) + " tokens, which leaves no place for the text: the model takes " + std::to_string(most));
  const auto options = EncodeOptions().overflow(true).truncation(Truncation(most).strategy(Truncate::only_second).stride(std::min(stride, (most - asked) / 2)));
  Encoding whole = tokenizer.encode(question, context, options);
  std::vector<Encoding> parts = std::move(whole.overflow);
  whole.overflow.clear();
  parts.insert(parts.begin(), std::move(whole));
  constexpr size_t kLongest = 30;  // tokens of an answer
  std::vector<Answer> found;
  for (const Encoding& e : parts) {
    const auto row = [](const std::vector<int64_t>& v) {
      const Tensor t = wick::empty({1, static_cast<int64_t>(v.size())}, kLong);
      std::copy(v.begin(), v.end(), t.data_ptr<int64_t>());
      return t;
    };
    const bool types = model->config().model_type == "bert";
    const Output o = model->forward(row(e.ids), row(e.attention_mask), types ? row(e.type_ids) : Tensor());
    // The softmax is over the text, and the first token, which stands for no answer.
    Tensor mask = wick::zeros({1, static_cast<int64_t>(e.size())}, kBool);
    for (size_t i = 0; i < e.size(); ++i)
      if (e.sequence_ids[i] != 1 && i > 0) mask.data_ptr<bool>()[i] = true;
    const Tensor s = o.start_logits.masked_fill(mask, -1e30).softmax(1).contiguous(), t = o.end_logits.masked_fill(mask, -1e30).softmax(1).contiguous();
    for (size_t i = 0; i < e.size(); ++i)
      for (size_t k = i; e.sequence_ids[i] == 1 && k < std::min(e.size(), i + kLongest) && e.sequence_ids[k] == 1; ++k) {
        const double score = static_cast<double>(s.data_ptr<float>()[i]) * static_cast<double>(t.data_ptr<float>()[k]);
        found.push_back({{}, e.offsets[i].first, e.offsets[k].second, score});
      }
    // The same words of two parts that overlap count once.
    std::stable_sort(found.begin(), found.end(), [](const Answer& a, const Answer& b) { return a.score > b.score; });
    std::vector<Answer> best;
    for (const Answer& a : found) {
      if (static_cast<int64_t>(best.size()) == top_k) break;
      if (std::none_of(best.begin(), best.end(), [&](const Answer& b) { return a.begin == b.begin && a.end == b.end; })) best.push_back(a);
    }
    found = std::move(best);
  }
  for (Answer& a : found) a.text = context.substr(static_cast<size_t>(a.begin), static_cast<size_t>(a.end - a.begin));
  return found;
}

}  // namespace v1
}  // namespace wick::text

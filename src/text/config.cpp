// config.json, read and written.
#include <algorithm>

#include <wick/core/error.h>
#include <wick/text/model.h>

#include "text/json.h"

namespace wick::text {
namespace {

constexpr int64_t kMost = 1 << 24, kWidest = 1 << 18, kDeepest = 1000;
constexpr const char* kActivations[][2] = {{"gelu", "gelu"}, {"gelu_new", "gelu_new"}, {"gelu_fast", "gelu_new"}, {"gelu_pytorch_tanh", "gelu_new"}, {"relu", "relu"}, {"silu", "silu"}, {"swish", "silu"}, {"tanh", "tanh"}};
constexpr struct { const char* ending; Task task; } kTasks[] = {
    {"ForSequenceClassification", Task::sequence_classification}, {"ForTokenClassification", Task::token_classification}, {"ForQuestionAnswering", Task::question_answering},
    {"ForMaskedLM", Task::masked_lm}, {"ForPreTraining", Task::masked_lm}, {"LMHeadModel", Task::causal_lm}, {"Model", Task::features}};
// What the classes of Hugging Face's library begin with.
constexpr const char* kClasses[][2] = {{"bert", "Bert"}, {"distilbert", "DistilBert"}, {"roberta", "Roberta"}, {"gpt2", "GPT2"}};

std::string class_of(const std::string& type) {
  for (const auto& c : kClasses)
    if (type == c[0]) return c[1];
  return "";
}
bool ends_with(const std::string& s, std::string_view e) { return s.size() >= e.size() && std::string_view(s).substr(s.size() - e.size()) == e; }

std::string quoted(const std::string& s) {
  std::string r = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') r += '\\';
    if (static_cast<unsigned char>(c) >= 32) r += c;
  }
  return r + '"';
}
std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", v);
  return text;
}

void read_labels(const At& at, Config& c) {
  if (at.has("id2label")) {
    const At map = at.get("id2label");
    map.expect(Json::object);
    c.labels.assign(map.size(), "");
    for (const auto& [key, value] : map.value.members) {
      const bool digits = !key.empty() && key.size() < 8 && std::all_of(key.begin(), key.end(), [](char d) { return d >= '0' && d <= '9'; });
      const size_t id = digits ? std::stoul(key) : map.size();
      if (id >= c.labels.size() || !c.labels[id].empty()) map.fail("the classes are numbered from 0 on, and \"" + key.substr(0, 40) + "\" is not the next");
      c.labels[id] = At{value, map.place}.text();
      if (c.labels[id].empty()) c.labels[id] = "LABEL_" + key;
    }
  } else if (at.has("num_labels")) {
    c.labels.clear();
    for (int64_t i = 0, n = at.get("num_labels").integer(1, 100'000); i < n; ++i) c.labels.push_back("LABEL_" + std::to_string(i));
  }
  if (c.labels.empty()) at.fail("no classes in id2label");
}

void read_shape(const At& at, Config& c) {
  const auto size = [&](const char* key, int64_t usual, int64_t most = kWidest) { return at.integer_or(key, usual, 1, most); };
  c.vocab_size = size("vocab_size", c.model_type == "gpt2" ? 50257 : 30522, kMost);
  c.initializer_range = at.number_or("initializer_range", 0.02);
  c.tie_word_embeddings = at.flag_or("tie_word_embeddings", true);
  if (c.model_type == "distilbert") {
    c.hidden_size = size("dim", 768);
    c.num_layers = size("n_layers", 6, kDeepest);
    c.num_heads = size("n_heads", 12);
    c.intermediate_size = size("hidden_dim", 3072, kMost);
    c.max_position_embeddings = size("max_position_embeddings", 512);
    c.activation = at.text_or("activation", "gelu");
    c.dropout = at.number_or("dropout", 0.1);
    c.attention_dropout = at.number_or("attention_dropout", 0.1);
    c.classifier_dropout = at.number_or("seq_classif_dropout", 0.2);
  } else if (c.model_type == "gpt2") {
    c.hidden_size = size("n_embd", 768);
    c.num_layers = size("n_layer", 12, kDeepest);
    c.num_heads = size("n_head", 12);
    c.intermediate_size = size("n_inner", 4 * c.hidden_size, kMost);
    c.max_position_embeddings = size("n_positions", 1024);
    c.activation = at.text_or("activation_function", "gelu_new");
    c.dropout = at.number_or("resid_pdrop", 0.1);
    c.attention_dropout = at.number_or("attn_pdrop", 0.1);
    c.classifier_dropout = at.has("classifier_dropout") ? at.get("classifier_dropout").number() : at.number_or("hidden_dropout", 0.1);
    c.layer_norm_eps = at.number_or("layer_norm_epsilon", 1e-5);
    c.pad_token_id = at.integer_or("pad_token_id", -1, -1, kMost);
    for (const char* key : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"})
      if (at.flag_or(key, false)) at.fail(std::string(key) + " is not known here");
    if (!at.flag_or("scale_attn_weights", true)) at.fail("scale_attn_weights false is not known here");
  } else {
    c.hidden_size = size("hidden_size", 768);
    c.num_layers = size("num_hidden_layers", 12, kDeepest);
    c.num_heads = size("num_attention_heads", 12);
    c.intermediate_size = size("intermediate_size", 3072, kMost);
    c.max_position_embeddings = size("max_position_embeddings", 512);
    c.type_vocab_size = size("type_vocab_size", 2);
    c.activation = at.text_or("hidden_act", "gelu");
    c.dropout = at.number_or("hidden_dropout_prob", 0.1);
    c.attention_dropout = at.number_or("attention_probs_dropout_prob", 0.1);
    c.classifier_dropout = at.has("classifier_dropout") ? at.get("classifier_dropout").number() : c.dropout;
    c.layer_norm_eps = at.number_or("layer_norm_eps", 1e-12);
    c.pad_token_id = at.integer_or("pad_token_id", c.model_type == "roberta" ? 1 : 0, 0, kMost);
    if (const std::string p = at.text_or("position_embedding_type", "absolute"); p != "absolute") at.fail("position_embedding_type \"" + p.substr(0, 40) + "\" is not known here, only absolute");
    if (at.flag_or("is_decoder", false)) at.fail("a decoder is not known here");
  }
}

}  // namespace

inline namespace v1 {

Config Config::from_file(const std::string& path) { return from_json(read_text(path), file_name(path)); }
Config Config::from_json(const std::string& text, const std::string& name) {
  const Json json = parse_json(text, name);
  const At at{json, name};
  Config c;
  c.model_type = at.get("model_type").text();
  if (class_of(c.model_type).empty()) at.fail("there is no model \"" + c.model_type.substr(0, 40) + "\" here; bert, distilbert, gpt2 and roberta are known");
  read_shape(at, c);
  const auto* known = std::find_if(std::begin(kActivations), std::end(kActivations), [&](const auto& a) { return c.activation == a[0]; });
  if (known == std::end(kActivations)) at.fail("there is no activation \"" + c.activation.substr(0, 40) + "\" here");
  c.activation = (*known)[1];
  read_labels(at, c);
  if (at.has("eos_token_id")) {
    const At eos = at.get("eos_token_id");
    if (eos.is(Json::array)) for (size_t i = 0; i < eos.size(); ++i) c.eos_token_ids.push_back(eos[i].integer());
    else c.eos_token_ids.push_back(eos.integer());
  }
  if (at.has("architectures") && at.get("architectures").expect(Json::array).size() > 0) {
    const std::string first = at.get("architectures")[0].text();
    for (const auto& t : kTasks)
      if (!c.task && ends_with(first, t.ending)) c.task = t.task;
  }
  return c;
}

int64_t Config::max_length() const { return model_type == "roberta" ? max_position_embeddings - pad_token_id - 1 : max_position_embeddings; }

std::string Config::json(Task task) const {
  std::string r = "{\n  \"architectures\": [" ;
  const auto* t = std::find_if(std::begin(kTasks), std::end(kTasks), [&](const auto& x) { return x.task == task; });
  r += quoted(class_of(model_type) + t->ending) + "],\n  \"model_type\": " + quoted(model_type);
  const auto put = [&](const char* key, const std::string& value) { ((r += ",\n  \"") += key) += "\": " + value; };
  const auto whole = [&](const char* key, int64_t v) { put(key, std::to_string(v)); };
  whole("vocab_size", vocab_size);
  put("initializer_range", number(initializer_range));
  put("tie_word_embeddings", tie_word_embeddings ? "true" : "false");
  if (pad_token_id >= 0) whole("pad_token_id", pad_token_id);
  const bool distil = model_type == "distilbert", gpt2 = model_type == "gpt2";
  whole(distil ? "dim" : gpt2 ? "n_embd" : "hidden_size", hidden_size);
  whole(distil ? "n_layers" : gpt2 ? "n_layer" : "num_hidden_layers", num_layers);
  whole(distil ? "n_heads" : gpt2 ? "n_head" : "num_attention_heads", num_heads);
  whole(distil ? "hidden_dim" : gpt2 ? "n_inner" : "intermediate_size", intermediate_size);
  whole(gpt2 ? "n_positions" : "max_position_embeddings", max_position_embeddings);
  put(distil ? "activation" : gpt2 ? "activation_function" : "hidden_act", quoted(activation));
  put(distil ? "dropout" : gpt2 ? "resid_pdrop" : "hidden_dropout_prob", number(dropout));
  put(distil ? "attention_dropout" : gpt2 ? "attn_pdrop" : "attention_probs_dropout_prob", number(attention_dropout));
  put(distil ? "seq_classif_dropout" : "classifier_dropout", number(classifier_dropout));
  if (!distil) put(gpt2 ? "layer_norm_epsilon" : "layer_norm_eps", number(layer_norm_eps));
  if (!distil && !gpt2) whole("type_vocab_size", type_vocab_size);
  if (gpt2) put("embd_pdrop", number(dropout));
  if (!eos_token_ids.empty()) whole("eos_token_id", eos_token_ids[0]);
  std::string ids, names;
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::string comma = i ? ", " : "", n = std::to_string(i);
    ids += comma + quoted(n) + ": " + quoted(labels[i]);
    names += comma + quoted(labels[i]) + ": " + n;
  }
  put("id2label", "{" + ids + "}");
  put("label2id", "{" + names + "}");
  return r + "\n}\n";
}

}  // namespace v1
}  // namespace wick::text

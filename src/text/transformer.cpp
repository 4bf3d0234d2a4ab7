// The models: what they are made of, and how texts go through them.
#include <cmath>
#include <optional>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/nn/dropout.h>
#include <wick/nn/embedding.h>
#include <wick/nn/init.h>
#include <wick/nn/linear.h>
#include <wick/nn/norm.h>
#include <wick/ops.h>
#include <wick/text/model.h>

namespace wick::text {
namespace {

using models::Block;
using models::BlockImpl;

// GPT-2's layer: a linear one whose weight is the other way round.
class Conv1DImpl : public nn::Cloneable<Conv1DImpl> {
 public:
  Conv1DImpl(int64_t in, int64_t out) : Cloneable("Conv1D"), in_(in), out_(out) { reset(); }
  void reset() override {
    weight = register_parameter("weight", empty({in_, out_}));
    bias = register_parameter("bias", zeros({out_}));
  }
  Tensor forward(const Tensor& x) { return wick::addmm(bias, x.reshape({-1, in_}), weight).view({x.size(0), x.size(1), out_}); }
  Tensor* tensor_member(const std::string& name) override { return name == "weight" ? &weight : name == "bias" ? &bias : nullptr; }
  Tensor weight, bias;

 private:
  int64_t in_, out_;
};
WICK_MODULE(Conv1D);

nn::AnyModule linear(int64_t in, int64_t out, bool bias = true) { return nn::AnyModule(nn::Linear(nn::LinearOptions(in, out).bias(bias))); }
nn::AnyModule norm(const Config& c) { return nn::AnyModule(nn::LayerNorm(nn::LayerNormOptions({c.hidden_size}).eps(c.layer_norm_eps))); }
nn::AnyModule table(int64_t rows, int64_t width) { return nn::AnyModule(nn::Embedding(nn::EmbeddingOptions(rows, width))); }
nn::AnyModule group(const char* kind, std::initializer_list<BlockImpl::Part> parts) {
  Block b(kind, nullptr);
  b->add(parts);
  return nn::AnyModule(b);
}
BlockImpl& in(BlockImpl& b, size_t i) { return b.child(i).get<BlockImpl>(); }

// --- Structures -----------------------------------------------------------------------------------------------------

nn::AnyModule bert_layer(const Config& c) {
  const int64_t h = c.hidden_size, m = c.intermediate_size;
  return group("BertLayer", {{"attention", group("BertAttention", {{"self", group("BertSelfAttention", {{"query", linear(h, h)}, {"key", linear(h, h)}, {"value", linear(h, h)}})},
                                                                    {"output", group("BertSelfOutput", {{"dense", linear(h, h)}, {"LayerNorm", norm(c)}})}})},
                             {"intermediate", group("BertIntermediate", {{"dense", linear(h, m)}})},
                             {"output", group("BertOutput", {{"dense", linear(m, h)}, {"LayerNorm", norm(c)}})}});
}
nn::AnyModule distilbert_layer(const Config& c) {
  const int64_t h = c.hidden_size, m = c.intermediate_size;
  return group("TransformerBlock", {{"attention", group("DistilBertSelfAttention", {{"q_lin", linear(h, h)}, {"k_lin", linear(h, h)}, {"v_lin", linear(h, h)}, {"out_lin", linear(h, h)}})},
                                    {"sa_layer_norm", norm(c)},
                                    {"ffn", group("FFN", {{"lin1", linear(h, m)}, {"lin2", linear(m, h)}})},
                                    {"output_layer_norm", norm(c)}});
}
nn::AnyModule gpt2_layer(const Config& c) {
  const int64_t h = c.hidden_size, m = c.intermediate_size;
  return group("GPT2Block", {{"ln_1", norm(c)},
                             {"attn", group("GPT2Attention", {{"c_attn", nn::AnyModule(Conv1D(h, 3 * h))}, {"c_proj", nn::AnyModule(Conv1D(h, h))}})},
                             {"ln_2", norm(c)},
                             {"mlp", group("GPT2MLP", {{"c_fc", nn::AnyModule(Conv1D(h, m))}, {"c_proj", nn::AnyModule(Conv1D(m, h))}})}});
}
nn::AnyModule layers(const Config& c, nn::AnyModule (*layer)(const Config&)) {
  Block list("ModuleList", nullptr);
  for (int64_t i = 0; i < c.num_layers; ++i) list->add(std::to_string(i), layer(c));
  return nn::AnyModule(list);
}

// The body: {embeddings, layers[, pooler]}, or GPT-2's {wte, wpe, h, ln_f}.
void add_body(BlockImpl& to, const Config& c, bool pooler) {
  const int64_t h = c.hidden_size;
  if (c.model_type == "gpt2") {
    to.add({{"wte", table(c.vocab_size, h)}, {"wpe", table(c.max_position_embeddings, h)}, {"h", layers(c, gpt2_layer)}, {"ln_f", norm(c)}});
    return;
  }
  if (c.model_type == "distilbert") {
    to.add({{"embeddings", group("Embeddings", {{"word_embeddings", table(c.vocab_size, h)}, {"position_embeddings", table(c.max_position_embeddings, h)}, {"LayerNorm", norm(c)}})},
            {"transformer", group("Transformer", {{"layer", layers(c, distilbert_layer)}})}});
    return;
  }
  to.add({{"embeddings", group("BertEmbeddings", {{"word_embeddings", table(c.vocab_size, h)},
                                                  {"position_embeddings", table(c.max_position_embeddings, h)},
                                                  {"token_type_embeddings", table(c.type_vocab_size, h)},
                                                  {"LayerNorm", norm(c)}})},
          {"encoder", group("BertEncoder", {{"layer", layers(c, bert_layer)}})}});
  if (pooler) to.add("pooler", group("BertPooler", {{"dense", linear(h, h)}}));
}

// The head; with words that are not tied to the embeddings it has its own.
nn::AnyModule words_of(const Config& c, bool bias) { return linear(c.hidden_size, c.vocab_size, bias); }
void add_masked_head(BlockImpl& to, const Config& c) {
  const int64_t h = c.hidden_size;
  if (c.model_type == "distilbert") {
    to.add({{"vocab_transform", linear(h, h)}, {"vocab_layer_norm", norm(c)}});
    Block projector("Linear", nullptr);
    if (!c.tie_word_embeddings) projector->add_parameter("weight", wick::empty({c.vocab_size, h}));
    projector->add_parameter("bias", wick::zeros({c.vocab_size}));
    to.add("vocab_projector", nn::AnyModule(projector));
    return;
  }
  const bool roberta = c.model_type == "roberta";
  Block head(roberta ? "RobertaLMHead" : "BertLMPredictionHead", nullptr);
  if (roberta) head->add({{"dense", linear(h, h)}, {"layer_norm", norm(c)}});
  else head->add("transform", group("BertPredictionHeadTransform", {{"dense", linear(h, h)}, {"LayerNorm", norm(c)}}));
  head->add_parameter("bias", wick::zeros({c.vocab_size}));
  if (!c.tie_word_embeddings) head->add("decoder", words_of(c, false));
  if (roberta) to.add("lm_head", nn::AnyModule(head));
  else to.add("cls", group("BertOnlyMLMHead", {{"predictions", nn::AnyModule(head)}}));
}
void add_head(BlockImpl& to, const Config& c, Task task) {
  const int64_t h = c.hidden_size, n = static_cast<int64_t>(c.labels.size());
  switch (task) {
    case Task::features: return;
    case Task::question_answering: return void(to.add("qa_outputs", linear(h, 2)));
    case Task::token_classification: return void(to.add("classifier", linear(h, n)));
    case Task::masked_lm: return add_masked_head(to, c);
    case Task::causal_lm:
      if (!c.tie_word_embeddings) to.add("lm_head", words_of(c, false));
      return;
    case Task::sequence_classification: break;
  }
  if (c.model_type == "gpt2") to.add("score", linear(h, n, false));
  else if (c.model_type == "roberta") to.add("classifier", group("RobertaClassificationHead", {{"dense", linear(h, h)}, {"out_proj", linear(h, n)}}));
  else if (c.model_type == "distilbert") to.add({{"pre_classifier", linear(h, h)}, {"classifier", linear(h, n)}});
  else to.add("classifier", linear(h, n));
}

void initialise(nn::Module& m, double range) {
  NoGradGuard off;
  m.apply([&](nn::Module& x) {
    if (auto* l = dynamic_cast<nn::LinearImpl*>(&x)) {
      l->weight.normal_(0, range);
      if (l->bias.defined()) l->bias.zero_();
    } else if (auto* e = dynamic_cast<nn::EmbeddingImpl*>(&x)) {
      e->weight.normal_(0, range);
    } else if (auto* k = dynamic_cast<Conv1DImpl*>(&x)) {
      k->weight.normal_(0, range);
      k->bias.zero_();
    } else if (auto* n = dynamic_cast<nn::LayerNormImpl*>(&x)) {
      n->weight.fill_(1);
      n->bias.zero_();
    }
  });
}

// --- How texts go through -------------------------------------------------------------------------------------------

Tensor activate(const std::string& kind, const Tensor& x) {
  if (kind == "gelu") return wick::gelu(x);
  if (kind == "gelu_new") return wick::gelu(x, "tanh");
  if (kind == "relu") return wick::relu(x);
  return kind == "silu" ? wick::silu(x) : wick::tanh(x);
}

struct Pass {
  const Config& c;
  Tensor mask;  // true: is seen; undefined: all
  bool training, causal;
  KeyValues* cache;

  Tensor drop(const Tensor& x) const { return training && c.dropout > 0 ? wick::dropout(x, c.dropout, true) : x; }
  Tensor heads(const Tensor& x) const { return x.view({x.size(0), x.size(1), c.num_heads, c.hidden_size / c.num_heads}).transpose(1, 2); }
  Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v) const {
    const bool triangle = causal && !mask.defined() && q.size(2) > 1;
    const Tensor x = wick::scaled_dot_product_attention(q, k, v, mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, training ? c.attention_dropout : 0.0, triangle);
    return x.transpose(1, 2).reshape({q.size(0), q.size(2), c.hidden_size});
  }
  // Puts new keys or values behind the old ones, in a tensor with room for more.
  Tensor remember(Tensor& kept, const Tensor& more) const {
    const int64_t before = cache->length, after = before + more.size(2);
    if (!kept.defined() || kept.size(2) < after) {
      const Tensor room = wick::empty({more.size(0), more.size(1), std::max(after + 32, 2 * before), more.size(3)}, more.options());
      if (before > 0) room.narrow(2, 0, before).copy_(kept.narrow(2, 0, before));
      kept = room;
    }
    kept.narrow(2, before, more.size(2)).copy_(more);
    return kept.narrow(2, 0, after);
  }

  Tensor bert(BlockImpl& layer, const Tensor& x) const {
    BlockImpl &attention = in(layer, 0), &self = in(attention, 0), &out = in(attention, 1), &last = in(layer, 2);
    const Tensor a = attend(heads(self.call(0, x)), heads(self.call(1, x)), heads(self.call(2, x)));
    const Tensor y = out.call(1, drop(out.call(0, a)) + x);
    return last.call(1, drop(last.call(0, activate(c.activation, in(layer, 1).call(0, y)))) + y);
  }
  Tensor distilbert(BlockImpl& layer, const Tensor& x) const {
    BlockImpl &attention = in(layer, 0), &ffn = in(layer, 2);
    const Tensor a = attend(heads(attention.call(0, x)), heads(attention.call(1, x)), heads(attention.call(2, x)));
    const Tensor y = layer.call(1, attention.call(3, a) + x);
    return layer.call(3, drop(ffn.call(1, activate(c.activation, ffn.call(0, y)))) + y);
  }
  Tensor gpt2(BlockImpl& layer, const Tensor& x, size_t number) const {
    BlockImpl &attention = in(layer, 1), &mlp = in(layer, 3);
    const std::vector<Tensor> qkv = attention.call(0, layer.call(0, x)).split(c.hidden_size, -1);
    Tensor k = heads(qkv[1]), v = heads(qkv[2]);
    if (cache) k = remember(cache->keys[number], k), v = remember(cache->values[number], v);
    const Tensor y = drop(attention.call(1, attend(heads(qkv[0]), k, v))) + x;
    return drop(mlp.call(1, activate(c.activation, mlp.call(0, layer.call(2, y))))) + y;
  }
};

Tensor arange_of(int64_t from, int64_t to) { return wick::arange(from, to, kLong); }

Tensor embed(BlockImpl& e, const Pass& p, const Tensor& ids, const Tensor& types) {
  const Config& c = p.c;
  Tensor positions = arange_of(0, ids.size(1)).unsqueeze(0);
  if (c.model_type == "roberta") {  // counted from behind the padding's number, and padding has that
    const Tensor real = ids.ne(c.pad_token_id).to(kLong);
    positions = real.cumsum(1) * real + c.pad_token_id;
  }
  Tensor x = e.call(0, ids);
  if (c.model_type == "distilbert") return p.drop(e.call(2, x + e.call(1, positions)));
  x = x + e.call(2, types.defined() ? types : wick::zeros({1, ids.size(1)}, kLong));
  return p.drop(e.call(3, x + e.call(1, positions)));
}

Tensor body(BlockImpl& m, const Pass& p, const Tensor& ids, const Tensor& types, const Tensor& positions) {
  if (p.c.model_type != "gpt2") {
    Tensor x = embed(in(m, 0), p, ids, types);
    BlockImpl& list = in(in(m, 1), 0);
    const bool distil = p.c.model_type == "distilbert";
    for (size_t i = 0; i < list.size(); ++i) x = distil ? p.distilbert(in(list, i), x) : p.bert(in(list, i), x);
    return x;
  }
  const int64_t before = p.cache ? p.cache->length : 0;
  Tensor x = m.call(0, ids) + m.call(1, positions.defined() ? positions : arange_of(before, before + ids.size(1)).unsqueeze(0));
  if (types.defined()) x = x + m.call(0, types);
  x = p.drop(x);
  BlockImpl& list = in(m, 2);
  for (size_t i = 0; i < list.size(); ++i) x = p.gpt2(in(list, i), x, i);
  if (p.cache) p.cache->length += ids.size(1);
  return m.call(3, x);
}

// What attention sees: [n, 1, 1, tokens] or, where later tokens are hidden too, [n, 1, new tokens, tokens].
Tensor mask_of(const Tensor& attention, int64_t fresh, bool causal) {
  if (!attention.defined() || attention.ne(0).all().item<bool>()) return {};
  const Tensor seen = attention.ne(0).unsqueeze(1).unsqueeze(1);
  if (!causal || fresh == 1) return seen;
  const int64_t all = attention.size(1);
  return seen.logical_and(wick::ones({fresh, all}, kBool).tril(all - fresh));
}

Tensor pooled(BlockImpl& pooler, const Tensor& x) { return wick::tanh(pooler.call(0, x.select(1, 0))); }

struct Head {
  BlockImpl& m;  // the whole model: the body, then the head
  BlockImpl& base;
  const Config& c;
  bool training;
  Tensor drop(const Tensor& x) const { return training && c.classifier_dropout > 0 ? wick::dropout(x, c.classifier_dropout, true) : x; }
  const Tensor& words() const { return (c.model_type == "gpt2" ? base : in(base, 0)).child(0).get<nn::EmbeddingImpl>().weight; }

  Tensor classes(const Tensor& x, const Tensor& ids) const {
    if (c.model_type == "distilbert") return m.call(2, drop(wick::relu(m.call(1, x.select(1, 0)))));
    if (c.model_type == "roberta") return in(m, 1).call(1, drop(wick::tanh(in(m, 1).call(0, drop(x.select(1, 0))))));
    if (c.model_type == "bert") return m.call(1, drop(pooled(in(base, 2), x)));
    // GPT-2: of the last token that is no padding.
    const Tensor scores = m.call(1, x);
    if (c.pad_token_id < 0) {
      if (ids.size(0) > 1) throw ValueError("text model: several texts at once need padding, and config.json has no pad_token_id");
      return scores.select(1, -1);
    }
    const Tensor last = (ids.ne(c.pad_token_id).to(kLong) * arange_of(0, ids.size(1))).argmax(-1);
    return scores.gather(1, last.view({-1, 1, 1}).expand({-1, 1, scores.size(2)})).squeeze(1);
  }
  Tensor masked(const Tensor& x) const {
    if (c.model_type == "distilbert") {
      BlockImpl& projector = in(m, 3);
      const bool tied = c.tie_word_embeddings;
      return wick::linear(m.call(2, activate(c.activation, m.call(1, x))), tied ? words() : projector.tensor(0), projector.tensor(tied ? 0 : 1));
    }
    const bool roberta = c.model_type == "roberta";
    BlockImpl &head = roberta ? in(m, 1) : in(in(m, 1), 0), &transform = roberta ? head : in(head, 0);
    const Tensor y = transform.call(1, roberta ? wick::gelu(transform.call(0, x)) : activate(c.activation, transform.call(0, x)));
    return wick::linear(y, c.tie_word_embeddings ? words() : head.child(head.size() - 1).get<nn::LinearImpl>().weight, head.tensor(0));
  }
};

const char* body_name(const Config& c) { return c.model_type == "gpt2" ? "transformer" : c.model_type.c_str(); }

void check(const Config& c, Task task) {
  const auto fail = [](const std::string& what) { throw ValueError("text model: " + what); };
  if (c.model_type != "bert" && c.model_type != "distilbert" && c.model_type != "roberta" && c.model_type != "gpt2") fail("there is no model \"" + c.model_type + "\"; bert, distilbert, gpt2 and roberta are known");
  if (c.num_heads < 1 || c.hidden_size < 1 || c.hidden_size % c.num_heads != 0) fail("the hidden size, " + std::to_string(c.hidden_size) + ", is no multiple of the heads, " + std::to_string(c.num_heads));
  if (c.max_length() < 1) fail("max_position_embeddings " + std::to_string(c.max_position_embeddings) + " leaves no place for tokens");
  if ((task == Task::causal_lm) != (c.model_type == "gpt2") && (task == Task::causal_lm || task == Task::masked_lm))
    fail(c.model_type + std::string(task == Task::causal_lm ? " has no head for the next word; gpt2 has" : " has no head for masked words"));
}

}  // namespace

inline namespace v1 {

ModelImpl::ModelImpl(const Config& config, Task task, bool init_weights) : BlockImpl(config.model_type, nullptr), config_(config), task_(task) {
  check(config, task);
  {
    nn::init::SkipInit off;
    const bool pooler = (task == Task::features && config.model_type != "distilbert") || (task == Task::sequence_classification && config.model_type == "bert");
    if (task == Task::features) {
      add_body(*this, config_, pooler);
    } else {
      Block base(config.model_type, nullptr);
      add_body(*base, config_, pooler);
      add(body_name(config_), nn::AnyModule(base));
      add_head(*this, config_, task);
    }
  }
  if (init_weights) initialise(*this, config.initializer_range);
}
ModelImpl::ModelImpl(const ModelImpl& other, int) : BlockImpl(other.kind_, nullptr), config_(other.config_), task_(other.task_), initialised_(other.initialised_) {}
std::shared_ptr<nn::Module> ModelImpl::clone(const std::optional<Device>& device) const { return copy(std::shared_ptr<ModelImpl>(new ModelImpl(*this, 0)), device); }

Output ModelImpl::forward(const Tensor& ids, const Tensor& attention_mask, const Tensor& types, KeyValues* cache, const Tensor& positions) {
  const bool gpt2 = config_.model_type == "gpt2";
  if (ids.dim() != 2) throw ValueError("text model: input_ids are [texts, tokens], got " + std::to_string(ids.dim()) + " dimensions");
  const int64_t before = cache ? cache->length : 0, total = before + ids.size(1);
  if (total > config_.max_length())
    throw ValueError("text model: " + std::to_string(total) + " tokens, and the model takes at most " + std::to_string(config_.max_length()) + "; Truncation(" + std::to_string(config_.max_length()) + ") of the tokenizer cuts texts");
  if (cache && !gpt2) throw ValueError("text model: only gpt2 goes on from a cache");
  if (cache && cache->keys.empty()) cache->keys.resize(static_cast<size_t>(config_.num_layers)), cache->values.resize(static_cast<size_t>(config_.num_layers));
  for (const auto& [t, columns, name] : {std::make_tuple(&attention_mask, total, "attention_mask"), std::make_tuple(&types, ids.size(1), "token_type_ids")})
    if (t->defined() && (t->dim() != 2 || t->size(0) != ids.size(0) || t->size(1) != columns))
      throw ValueError(std::string("text model: ") + name + " must be [" + std::to_string(ids.size(0)) + ", " + std::to_string(columns) + "], as the tokens are");
  Pass p{config_, mask_of(attention_mask, ids.size(1), gpt2), is_training(), gpt2, cache};
  if (cache && before > 0 && ids.size(1) > 1 && !p.mask.defined()) p.mask = wick::ones({ids.size(1), total}, kBool).tril(before);
  BlockImpl& base = task_ == Task::features ? *this : in(*this, 0);
  Output o;
  const Tensor types_used = config_.model_type == "distilbert" ? Tensor() : types;
  o.last_hidden_state = body(base, p, ids, types_used, positions);
  const Tensor& x = o.last_hidden_state;
  const Head head{*this, base, config_, is_training()};
  switch (task_) {
    case Task::features:
      if (size() > 2 && !gpt2) o.pooler_output = pooled(in(*this, 2), x);
      break;
    case Task::sequence_classification: o.logits = head.classes(x, ids); break;
    case Task::token_classification: o.logits = call(1, head.drop(x)); break;
    case Task::masked_lm: o.logits = head.masked(x); break;
    case Task::causal_lm: o.logits = config_.tie_word_embeddings ? wick::linear(x, head.words()) : call(1, x); break;
    case Task::question_answering: {
      const std::vector<Tensor> ends = call(1, x).unbind(-1);
      o.start_logits = ends[0];
      o.end_logits = ends[1];
    }
  }
  return o;
}

}  // namespace v1
}  // namespace wick::text

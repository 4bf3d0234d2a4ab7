// Language models against Hugging Face's numbers (tests/golden/text.py).
#include <map>
#include <set>

#include <wick/io/files.h>
#include <wick/optim.h>
#include <wick/text.h>

#include "corpus.h"
#include "support.h"
#include "temp.h"

namespace {

using namespace wick;        // NOLINT
using namespace wick::test;  // NOLINT
using text::Config;
using text::from_pretrained;
using text::GenerateOptions;
using text::Model;
using text::Task;
using text::Tokenizer;

std::string golden(const std::string& name) { return std::string(WICK_GOLDEN) + "/text/" + name; }
const std::map<std::string, Tensor>& numbers() {
  static const auto all = [] {
    std::map<std::string, Tensor> m;
    for (auto& [name, t] : io::load_tensors(golden("models.safetensors"))) m.emplace(name, t);
    return m;
  }();
  return all;
}
Tensor number(const std::string& name) { return numbers().at(name); }

testing::AssertionResult near(const Tensor& got, const Tensor& expected, double by = 1e-5) {
  if (!got.defined()) return testing::AssertionFailure() << "undefined";
  if (got.sizes() != expected.sizes()) return testing::AssertionFailure() << got.sizes() << " instead of " << expected.sizes();
  const double d = (got.to(kDouble) - expected.to(kDouble)).abs().max().item<double>();
  return d <= by ? testing::AssertionSuccess() : testing::AssertionFailure() << "differs by " << d;
}

struct Kind { const char* name; std::vector<Task> tasks; };
const std::map<Task, std::string> names{{Task::features, "features"}, {Task::sequence_classification, "sequence_classification"}, {Task::token_classification, "token_classification"},
                                        {Task::question_answering, "question_answering"}, {Task::masked_lm, "masked_lm"}, {Task::causal_lm, "causal_lm"}};
text::Output run(Model m, const std::string& kind) {
  const Tensor types = kind == "bert" ? number("bert.token_type_ids") : Tensor();
  return m->forward(number(kind + ".input_ids"), number(kind + ".attention_mask"), types);
}

class Numbers : public testing::TestWithParam<const char*> {};
TEST_P(Numbers, EqualsHuggingFace) {
  const std::string kind = GetParam();
  size_t compared = 0;
  for (const auto& [task, name] : names) {
    if ((task == Task::masked_lm && kind == "gpt2") || (task == Task::causal_lm && kind != "gpt2")) continue;
    Model m = from_pretrained(golden(kind), task);
    EXPECT_EQ(m->task(), task);
    EXPECT_TRUE(m->initialised().empty()) << m->initialised()[0];
    NoGradGuard off;
    const text::Output o = run(m, kind);
    const std::map<std::string, Tensor> parts{{"last_hidden_state", o.last_hidden_state}, {"pooler_output", o.pooler_output}, {"logits", o.logits}, {"start_logits", o.start_logits}, {"end_logits", o.end_logits}};
    for (const auto& [part, tensor] : parts)
      if (const auto f = numbers().find(kind + "." + name + "." + part); f != numbers().end()) {
        // Rows of padding mean nothing.
        const bool rows = tensor.defined() && tensor.dim() > 1 && tensor.size(1) == number(kind + ".input_ids").size(1) && part != "pooler_output" && task != Task::sequence_classification;
        const Tensor got = rows ? tensor[1].slice(0, 0, 6) : tensor, expected = rows ? f->second[1].slice(0, 0, 6) : f->second;
        EXPECT_TRUE(near(got, expected)) << kind << " " << name << " " << part;
        if (rows) {
          EXPECT_TRUE(near(tensor[0], f->second[0])) << kind << " " << name << " " << part;
        }
        ++compared;
      }
  }
  EXPECT_GE(compared, 5U);
}
INSTANTIATE_TEST_SUITE_P(Models, Numbers, testing::Values("bert", "distilbert", "roberta", "gpt2"));

std::vector<int64_t> list(const Tensor& t) {
  const Tensor c = t.to(kLong).contiguous();
  return {c.data_ptr<int64_t>(), c.data_ptr<int64_t>() + c.numel()};
}

TEST(Generation, EqualsHuggingFace) {
  Model m = from_pretrained(golden("gpt2"));
  ASSERT_EQ(m->task(), Task::causal_lm);
  const Tensor start = number("gpt2.start");
  const int64_t eos = number("gpt2.eos").item<int64_t>();
  const auto base = [] { return GenerateOptions().max_new_tokens(12).eos_token_ids(std::vector<int64_t>{}).pad_token_id(59); };
  const auto expect = [&](const char* name, const GenerateOptions& o) { EXPECT_EQ(list(text::generate(m, start, o)), list(number(std::string("gpt2.generate.") + name))) << name; };
  expect("greedy", base());
  expect("penalty", base().repetition_penalty(1.7));
  expect("eos", base().eos_token_ids(std::vector<int64_t>{eos}));
  expect("beams", base().num_beams(4));
  expect("beams_eos", base().num_beams(3).length_penalty(0.6).eos_token_ids(std::vector<int64_t>{eos}));
  manual_seed(3);
  expect("sample", base().do_sample(true).temperature(0.8).top_k(20).top_p(0.9));
  EXPECT_EQ(list(text::generate(m, number("gpt2.pair"), base().eos_token_ids(std::vector<int64_t>{eos}), number("gpt2.pair_mask"))), list(number("gpt2.generate.pair")));
}

// The cache changes nothing: the next token behind each beginning, looked at whole, is what was generated.
TEST(Generation, CacheMakesNoDifference) {
  Model m = from_pretrained(golden("gpt2"));
  NoGradGuard off;
  const Tensor whole = text::generate(m, number("gpt2.start"), GenerateOptions().max_new_tokens(35).eos_token_ids(std::vector<int64_t>{}));
  ASSERT_EQ(whole.size(1), 40);
  const Tensor scores = m->forward(whole).logits;
  for (int64_t i = 5; i < 40; ++i) EXPECT_EQ(scores[0][i - 1].argmax().item<int64_t>(), whole[0][i].item<int64_t>()) << i;
  text::KeyValues cache;  // in pieces of several tokens
  Tensor last;
  for (int64_t at = 0; at < 40; at += 8) last = m->forward(whole.slice(1, at, at + 8), {}, {}, &cache).logits;
  EXPECT_TRUE(near(last, scores.slice(1, 32, 40)));
}

TEST(Generation, StreamsAndStops) {
  Model m = from_pretrained(golden("gpt2"));
  std::vector<int64_t> seen;
  const Tensor out = text::generate(m, number("gpt2.start"), GenerateOptions().max_new_tokens(12).eos_token_ids(std::vector<int64_t>{}).on_token([&](const std::vector<int64_t>& t) {
    seen.push_back(t[0]);
    return seen.size() < 4;
  }));
  EXPECT_EQ(out.size(1), 9);
  EXPECT_EQ(list(out.slice(1, 5)), seen);
  const auto error = [&](const GenerateOptions& o) { return error_of<ValueError>([&] { text::generate(m, number("gpt2.start"), o); }); };
  EXPECT_TRUE(contains(error(GenerateOptions().max_new_tokens(100)), "5 tokens and 100 new ones are more than the model's 40"));
  EXPECT_TRUE(contains(error(GenerateOptions().temperature(0)), "temperature must be positive"));
  EXPECT_TRUE(contains(error(GenerateOptions().top_p(0)), "top_p"));
  EXPECT_TRUE(contains(error(GenerateOptions().num_beams(0)), "num_beams"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { text::generate(from_pretrained(golden("bert")), number("gpt2.start")); }), "no head for the next word"));
}

TEST(Models, LimitsAreNamed) {
  Model m = from_pretrained(golden("roberta"), Task::features);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { m->forward(ones({1, 23}, kLong)); }), "23 tokens, and the model takes at most 22"));
  EXPECT_NO_THROW(m->forward(full({1, 22}, 5, kLong)));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { m->forward(ones({1, 5}, kLong), ones({1, 4}, kLong)); }), "attention_mask must be [1, 5]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { m->forward(ones({5}, kLong)); }), "[texts, tokens]"));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { m->forward(full({1, 3}, 60, kLong)); }), "60"));
}

TEST(Folders, SavedAndReadAgain) {
  const TempDir dir;
  for (const char* kind : {"bert", "distilbert", "roberta", "gpt2"}) {
    Model m = from_pretrained(golden(kind), Task::sequence_classification), features = from_pretrained(golden(kind), Task::features);
    text::save_pretrained(m, dir / kind);
    Model again = from_pretrained(dir / kind);
    EXPECT_EQ(again->task(), Task::sequence_classification);
    EXPECT_EQ(again->config().labels, (std::vector<std::string>{"red", "green", "blue"}));
    NoGradGuard off;
    EXPECT_TRUE(same_bits(run(again, kind).logits, run(m, kind).logits)) << kind;
    EXPECT_TRUE(same_bits(run(from_pretrained(dir / kind, Task::features), kind).last_hidden_state, run(features, kind).last_hidden_state)) << kind;
  }
}

// A body with a new head: what is new is named, has the labels' size, and the body is the file's.
TEST(Folders, NewHeads) {
  Model m = from_pretrained(golden("bert"), Task::sequence_classification, text::PretrainedOptions().labels({"no", "yes"}));
  EXPECT_EQ(m->initialised(), (std::vector<std::string>{"classifier.weight", "classifier.bias"}));
  EXPECT_EQ(run(m, "bert").logits.size(1), 2);
  EXPECT_EQ(m->named_parameters()["classifier.bias"].abs().sum().item<float>(), 0);
}

TEST(Folders, ErrorsNameWhatIsWrong) {
  const TempDir dir;
  EXPECT_TRUE(contains(error_of([&] { from_pretrained(dir.path()); }), "there is no config.json"));
  const auto config = [&](const std::string& text) {
    write_file(dir / "config.json", text);
    return error_of([&] { from_pretrained(dir.path(), Task::features); });
  };
  EXPECT_TRUE(contains(config("{}"), "there is no \"model_type\""));
  EXPECT_TRUE(contains(config(R"({"model_type":"llama"})"), "there is no model \"llama\" here"));
  EXPECT_TRUE(contains(config(R"({"model_type":"bert","hidden_size":"x"})"), "config.json: hidden_size: a whole number is expected, not a text"));
  EXPECT_TRUE(contains(config(R"({"model_type":"bert","hidden_size":0})"), "0 is not between 1"));
  EXPECT_TRUE(contains(config(R"({"model_type":"bert","hidden_act":"x"})"), "there is no activation \"x\""));
  EXPECT_TRUE(contains(config(R"({"model_type":"bert","id2label":{"0":"a","2":"b"}})"), "\"2\" is not the next"));
  EXPECT_TRUE(contains(config(R"({"model_type":"bert","hidden_size":20,"num_attention_heads":3})"), "is no multiple of the heads"));
  const std::string small = R"({"model_type":"bert","hidden_size":16,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":20,"max_position_embeddings":40,"vocab_size":)";
  EXPECT_TRUE(contains(config(small + "700}"), "neither model.safetensors, nor pytorch_model.bin"));
  std::filesystem::copy_file(golden("bert/model.safetensors"), dir / "model.safetensors");
  EXPECT_TRUE(contains(config(small + "701}"), "[700, 16]"));
  EXPECT_TRUE(contains(config(small + "700,\"num_hidden_layers\":3}"), "stands twice"));
  io::save_tensors(dir / "model.safetensors", {{"x", ones({2})}});
  EXPECT_TRUE(contains(config(small + "700}"), "model.safetensors: \"embeddings.word_embeddings.weight\" is missing"));
}

TEST(Sentences, PoolingAsTheFolderSays) {
  for (const std::string mode : {"cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"}) {
    const TempDir dir;
    for (const char* file : {"config.json", "model.safetensors"}) std::filesystem::copy_file(golden(std::string("bert/") + file), dir / file);
    std::filesystem::copy_file(golden("vocab.txt"), dir / "vocab.txt");
    std::filesystem::create_directories(dir / "1_Pooling");
    write_file(dir / "modules.json", R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},{"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
      {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])");
    const std::string key = mode == "cls" || mode == "mean" || mode == "max" || mode == "mean_sqrt_len_tokens" ? (mode == "cls" ? "pooling_mode_cls_token" : mode == "mean_sqrt_len_tokens" ? "pooling_mode_mean_sqrt_len_tokens" : "pooling_mode_" + mode + "_tokens")
                            : mode == "lasttoken" ? "pooling_mode_lasttoken" : "pooling_mode_weightedmean_tokens";
    write_file(dir / "1_Pooling/config.json", "{\"word_embedding_dimension\":16,\"" + key + "\":true}");
    write_file(dir / "sentence_bert_config.json", R"({"max_seq_length":30,"do_lower_case":false})");
    auto e = text::SentenceEncoder::from_folder(dir.path());
    EXPECT_EQ(e.max_length(), 30);
    std::string many;
    for (size_t i = 0; i < 60; ++i) many += (i ? " " : "") + words()[i];
    int64_t done = 0;
    const Tensor v = e.encode({"the man came", "how many times will the old house turn", many}, 2, [&](int64_t n) { done = n; });
    EXPECT_TRUE(near(v, number("sentences." + mode))) << mode;
    EXPECT_EQ(e.cut_texts(), 1);
    EXPECT_EQ(done, 3);
    EXPECT_EQ(e.dimensions(), 16);
    EXPECT_FALSE(equal(e.encode({"[MASK]"}), e.encode({"[mask]"})));
    write_file(dir / "sentence_bert_config.json", R"({"max_seq_length":30,"do_lower_case":true})");  // before the tokenizer sees it
    EXPECT_TRUE(equal(text::SentenceEncoder::from_folder(dir.path()).encode({"[MASK]"}), e.encode({"[mask]"})));
  }
}

TEST(Answers, AreFoundInLongTexts) {
  Model m = from_pretrained(golden("bert"), Task::question_answering);
  const Tokenizer t = Tokenizer::from_file(golden("vocab.txt"));
  std::string many;
  for (size_t i = 0; i < 150; ++i) many += (i ? " " : "") + words()[i];
  const auto best = text::answer(m, t, "what man", many, 3, 0, 8);
  ASSERT_EQ(best.size(), 3U);
  for (const auto& a : best) EXPECT_EQ(many.substr(static_cast<size_t>(a.begin), static_cast<size_t>(a.end - a.begin)), a.text);
  EXPECT_GE(best[0].score, best[1].score);
  EXPECT_GT(best[0].score, 0);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { text::answer(m, t, many, many); }), "leaves no place for the text"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { text::answer(from_pretrained(golden("bert"), Task::features), t, "a", "b"); }), "no head for answers"));
}

// A model learns: a few steps bring the loss down, copies are apart, and dropout is off in evaluation.
TEST(Training, LearnsAndClones) {
  for (const char* kind : {"bert", "distilbert", "roberta", "gpt2"}) {
    manual_seed(1);
    Model m = from_pretrained(golden(kind), Task::sequence_classification);
    const Tensor before = run(m, kind).logits.detach(), target = tensor({2, 0}).to(kLong);
    const auto copy = std::dynamic_pointer_cast<text::ModelImpl>(m->clone());
    m->train();
    optim::AdamW optimizer(m->parameters(), optim::AdamWOptions(1e-2));
    for (int step = 0; step < 30; ++step) {
      optimizer.zero_grad();
      nn::functional::cross_entropy(run(m, kind).logits, target).backward();
      optimizer.step();
    }
    m->eval();
    EXPECT_EQ(list(run(m, kind).logits.argmax(1)), (std::vector<int64_t>{2, 0})) << kind;
    EXPECT_TRUE(same_bits(run(Model(copy), kind).logits, before)) << kind;
  }
}

TEST(Names, AreHuggingFaces) {
  std::set<std::string> names;
  for (const auto& p : from_pretrained(golden("bert"), Task::masked_lm)->named_parameters()) names.insert(p.key());
  for (const char* n : {"bert.embeddings.word_embeddings.weight", "bert.encoder.layer.1.attention.self.query.weight", "bert.encoder.layer.0.attention.output.LayerNorm.bias", "bert.encoder.layer.0.intermediate.dense.weight",
                        "cls.predictions.transform.dense.weight", "cls.predictions.bias"})
    EXPECT_TRUE(names.count(n)) << n;
  EXPECT_FALSE(names.count("cls.predictions.decoder.weight"));  // tied to the embeddings
  Model m(Config(), Task::features, false);
  EXPECT_EQ(m->num_parameters(), 109'482'240);  // BERT-base
}

}  // namespace

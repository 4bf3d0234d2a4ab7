// A small BERT that first learns the language of film reviews from sentences without labels, words masked, and is then fine-tuned for sentiment, beside the same
// network from scratch.
//
//   sentiment [--data DIR] [--pretrain 5000] [--seeds 3] [--plots DIR]
//
// DIR holds train.tsv and test.tsv, a sentence and 0 or 1 on each line. Without it sentences are made up.
#include <filesystem>
#include <fstream>
#include <random>

#include <wick/text.h>

#include "common.h"

using namespace wick;

namespace {

struct Texts { std::vector<std::string> sentences; std::vector<int64_t> labels; };

Texts read(const std::string& file) {
  Texts t;
  const data::TextLines lines(file, false);
  for (size_t i = 0; i < *lines.size(); ++i) {
    const std::string line = data::TextLines(lines).get(i);
    const size_t tab = line.rfind('\t');
    t.sentences.push_back(line.substr(0, tab));
    t.labels.push_back(line.at(tab + 1) - '0');
  }
  return t;
}
// Words of two kinds, each kind with its own company: what masked words teach about them helps to tell the kinds apart.
Texts made_up(size_t count, uint64_t seed) {
  std::mt19937 random(seed);
  const std::vector<std::string> films{"film", "story", "cast", "ending", "scene"}, kinds[2] = {{"dull", "flat", "weak", "slow", "empty"}, {"bright", "warm", "rich", "quick", "funny"}};
  const auto one = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  Texts t;
  for (size_t i = 0; i < count; ++i) {
    const int64_t label = static_cast<int64_t>(random() % 2);
    t.sentences.push_back("the " + one(films) + " is " + one(kinds[label]) + " and the " + one(films) + " is " + one(kinds[label]));
    t.labels.push_back(label);
  }
  return t;
}

struct Rows { Tensor ids, mask, labels; };
Rows rows_of(const text::Tokenizer& tokenizer, const Texts& texts) {
  const text::Batch b = tokenizer.encode_batch(texts.sentences, text::EncodeOptions().truncation(text::Truncation(32)).padding(text::Padding()));
  return {b.input_ids, b.attention_mask, tensor(texts.labels)};
}
// Some rows, as long as the longest of them.
Rows picked(const Rows& all, const Tensor& which) {
  const Tensor mask = all.mask.index_select(0, which);
  const int64_t longest = mask.sum(1).max().item<int64_t>();
  return {all.ids.index_select(0, which).slice(1, 0, longest), mask.slice(1, 0, longest), all.labels.index_select(0, which)};
}

// A quarter of the words are to be found again: most are masked, some are other words, some stay.
text::Model pretrained(const text::Config& config, const text::Tokenizer& tokenizer, const Rows& rows, int64_t steps) {
  manual_seed(1);
  text::Model model(config, text::Task::masked_lm);
  optim::AdamW optimizer(model->parameters(), optim::AdamWOptions(5e-3).weight_decay(0.01));
  const int64_t warmup = steps / 10;
  const auto cosine = std::make_shared<optim::CosineAnnealingLR>(optimizer, steps - warmup);
  const auto schedule = optim::lr_scheduler::with_warmup(optimizer, warmup, cosine);
  example::Shuffled order(rows.ids.size(0), 64, 1);
  double running = 0;
  for (int64_t step = 0; step < steps; ++step) {
    const Rows b = picked(rows, order.next());
    const Tensor chosen = rand(b.ids.sizes()).lt(0.25).logical_and(b.ids.ge(5)), how = rand(b.ids.sizes());
    Tensor ids = where(chosen.logical_and(how.lt(0.8)), full({}, *tokenizer.mask_id(), kLong), b.ids);
    ids = where(chosen.logical_and(how.ge(0.9)), randint(5, config.vocab_size, b.ids.sizes(), kLong), ids);
    const Tensor places = chosen.flatten().nonzero().flatten();
    if (places.numel() == 0) continue;
    const Tensor logits = model->forward(ids, b.mask).logits.flatten(0, 1).index_select(0, places);
    const Tensor loss = cross_entropy_loss(logits, b.ids.flatten().index_select(0, places));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    schedule->step();
    running = step ? 0.98 * running + 0.02 * loss.item<double>() : loss.item<double>();
    if ((step + 1) % std::max<int64_t>(1, steps / 4) == 0) std::printf("  step %4lld   loss of masked words %.2f (guessing: %.2f)\n", static_cast<long long>(step + 1), running, std::log(static_cast<double>(config.vocab_size)));
    std::fflush(stdout);
  }
  return model;
}

// A classifier on the mean of the words' vectors: masked words teach these, and nothing about the first token. What all means share is taken off.
struct NetImpl : nn::Module {
  explicit NetImpl(text::Model body_) : body(register_module("body", std::move(body_))), norm(register_module("norm", nn::BatchNorm1d(body->config().hidden_size))),
        head(register_module("head", nn::Linear(body->config().hidden_size, 2))) {}
  Tensor forward(const Tensor& ids, const Tensor& mask) {
    const Tensor words = body->forward(ids, mask).last_hidden_state, real = mask.unsqueeze(2).to(kFloat);
    return head(dropout(norm((words * real).sum(IntArrayRef({1})) / real.sum(IntArrayRef({1}))), 0.2, is_training()));
  }
  text::Model body;
  nn::BatchNorm1d norm;
  nn::Linear head;
};
WICK_MODULE(Net);

enum class Way { scratch, finetune, lora };

Net trained(Way way, const text::Config& config, const std::string& folder, const Rows& rows, int64_t steps, uint64_t seed) {
  manual_seed(seed);
  Net net(way == Way::scratch ? text::Model(config) : text::from_pretrained(folder, text::Task::features));
  if (way == Way::lora) adapt::add_lora(net, adapt::LoraOptions({"query", "value"}).r(8).alpha(16).modules_to_save({"norm", "head"}));
  const auto options = optim::AdamWOptions(way == Way::lora ? 1e-2 : 2e-3).weight_decay(0.01);
  optim::AdamW optimizer(net->parameters(), options);
  const int64_t warmup = steps / 10;
  const auto cosine = std::make_shared<optim::CosineAnnealingLR>(optimizer, steps - warmup);
  const auto schedule = optim::lr_scheduler::with_warmup(optimizer, warmup, cosine);
  example::Shuffled order(rows.ids.size(0), 32, seed);
  net->train();
  for (int64_t step = 0; step < steps; ++step) {
    const Rows b = picked(rows, order.next());
    optimizer.zero_grad();
    cross_entropy_loss(net(b.ids, b.mask), b.labels).backward();
    optimizer.step();
    schedule->step();
  }
  net->eval();
  adapt::merge_lora(*net);
  return net;
}

double accuracy(Net net, const Rows& rows) {
  NoGradGuard off;
  double right = 0;
  for (int64_t at = 0; at < rows.ids.size(0); at += 128) {
    const Rows b = picked(rows, arange(at, std::min(rows.ids.size(0), at + 128), kLong));
    right += net(b.ids, b.mask).argmax(1).eq(b.labels).sum().item<double>();
  }
  return 100 * right / static_cast<double>(rows.ids.size(0));
}

}  // namespace

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"pretrain", "0"}, {"seeds", "0"}, {"plots", ""}});
  const bool real = !args["data"].empty();
  const int64_t steps = args.number("pretrain") ? args.number("pretrain") : real ? 5000 : 200, seeds = args.number("seeds") ? args.number("seeds") : real ? 3 : 1;
  const Texts training = real ? read(args["data"] + "/train.tsv") : made_up(600, 1), test = real ? read(args["data"] + "/test.tsv") : made_up(200, 2);

  const std::string folder = (std::filesystem::temp_directory_path() / ("wick_sentiment_" + std::to_string(std::random_device()()))).string();
  std::filesystem::create_directories(folder);
  {
    std::ofstream out(folder + "/sentences.txt");
    for (const std::string& s : training.sentences) out << s << '\n';
  }
  const text::Tokenizer tokenizer = text::train_wordpiece({folder + "/sentences.txt"}, folder, text::TrainOptions().vocabulary_size(2000));
  text::Config config;
  config.vocab_size = tokenizer.vocabulary_size();
  config.hidden_size = real ? 64 : 32;
  config.num_layers = 2;
  config.num_heads = 4;
  config.intermediate_size = 4 * config.hidden_size;
  config.max_position_embeddings = 32;
  const Rows rows = rows_of(tokenizer, training), held_out = rows_of(tokenizer, test);
  std::printf("%zu sentences, %lld tokens in the vocabulary, BERT with %lld layers of %lld\n", training.sentences.size(), static_cast<long long>(config.vocab_size),
              static_cast<long long>(config.num_layers), static_cast<long long>(config.hidden_size));
  auto begin = example::Clock::now();
  text::save_pretrained(pretrained(config, tokenizer, rows, steps), folder + "/bert", folder);
  std::printf("pre-trained for %lld steps of 64 sentences in %.0f s\n", static_cast<long long>(steps), example::seconds_since(begin));

  const std::vector<int64_t> counts = real ? std::vector<int64_t>{200, 1000, 0} : std::vector<int64_t>{40};
  std::printf("accuracy on %zu test sentences, means of %lld seeds, and seconds, with that many labels\n%-18s", test.sentences.size(), static_cast<long long>(seeds), "");
  for (const int64_t n : counts) std::printf("%19lld", static_cast<long long>(n ? n : rows.ids.size(0)));
  std::printf("\n");
  double best = 0;
  const std::pair<const char*, Way> ways[] = {{"from scratch", Way::scratch}, {"fine-tuning", Way::finetune}, {"LoRA, rank 8", Way::lora}};
  for (const auto& [name, way] : ways) {
    std::printf("%-18s", name);
    for (const int64_t n : counts) {
      const int64_t updates = !real ? 60 : n == 200 ? 100 : n == 1000 ? 200 : 450;
      double right = 0, time = 0;
      for (int64_t seed = 1; seed <= seeds; ++seed) {
        auto generator = make_generator(static_cast<uint64_t>(seed));
        const Tensor order = randperm(rows.ids.size(0), generator);
        begin = example::Clock::now();
        const Net model = trained(way, config, folder + "/bert", picked(rows, n ? order.slice(0, 0, n) : order), updates, static_cast<uint64_t>(seed));
        time += example::seconds_since(begin) / static_cast<double>(seeds);
        right += accuracy(model, held_out) / static_cast<double>(seeds);
      }
      std::printf("   %6.1f %% %5.1f s", right, time);
      std::fflush(stdout);
      best = std::max(best, right);
    }
    std::printf("\n");
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  example::require(best > (real ? 60 : 75), "nothing learnt what it should");
}

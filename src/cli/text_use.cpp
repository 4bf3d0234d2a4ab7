// `wick embed`, `wick answer` and `wick generate`: what language models of published folders are good for.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wick/core/generator.h>
#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/io/files.h>
#include <wick/ops.h>
#include <wick/text.h>

#include "cli/options.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using Json = nlohmann::ordered_json;
using train::thousands;

struct TextOptions {
  std::string weights, file, out, question, prompt;
  int64_t batch_size = 32, max_length = 0, top = 1, stride = 128, max_new_tokens = 50, top_k = 50, beams = 1;
  double temperature = 0, top_p = 1, repetition_penalty = 1;
  uint64_t seed = 1;
  int threads = 0;
  bool quiet = false, verbose = false, json = false;
};

std::string dump(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

// A file, or for "-" what comes in.
std::string read_all(const std::string& who, const std::string& path) {
  const bool in = path == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(in ? fdopen(dup(0), "rb") : std::fopen(path.c_str(), "rb"), &std::fclose);
  WICK_CHECK(f, who, ": cannot open ", path);
  std::string text;
  char part[1 << 16];
  for (size_t n; (n = std::fread(part, 1, sizeof part, f.get())) > 0;) text.append(part, n);
  WICK_CHECK(!std::ferror(f.get()), who, ": cannot read ", path);
  return text;
}
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> r;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find('\n', i), text.size());
    r.push_back(text.substr(i, end > i && text[end - 1] == '\r' ? end - 1 - i : end - i));
    i = end + 1;
  }
  return r;
}

int embed(const TextOptions& o) {
  const std::vector<std::string> lines = lines_of(read_all("embed", o.file));
  WICK_CHECK(!lines.empty(), "embed: ", o.file, " holds no lines");
  WICK_CHECK_TYPE(ValueError, o.out.size() > 4 && o.out.substr(o.out.size() - 4) == ".npy", "embed: --out must end in .npy, got ", o.out);
  auto encoder = text::SentenceEncoder::from_folder(o.weights);
  if (o.max_length > 0) encoder.set_max_length(o.max_length);
  train::Progress progress("embed", static_cast<int64_t>(lines.size()), !o.quiet && !o.json && train::is_terminal(), "lines");
  const Tensor v = encoder.encode(lines, o.batch_size, [&](int64_t done) { progress.update(done, ""); });
  const double seconds = progress.seconds();
  progress.clear();
  io::save_npy(o.out, v);
  const auto rate = static_cast<int64_t>(static_cast<double>(lines.size()) / std::max(seconds, 1e-9));
  if (o.json) {
    std::printf("%s\n", dump({{"file", o.out}, {"rows", lines.size()}, {"dimensions", encoder.dimensions()}, {"cut", encoder.cut_texts()}, {"max_length", encoder.max_length()}, {"seconds", seconds}}).c_str());
  } else if (!o.quiet) {
    std::printf("%s   %s rows of %lld numbers, %s lines/s\n", o.out.c_str(), thousands(static_cast<int64_t>(lines.size())).c_str(), static_cast<long long>(encoder.dimensions()), thousands(rate).c_str());
    if (encoder.cut_texts() > 0) std::printf("note     %s lines were cut at %lld tokens\n", thousands(encoder.cut_texts()).c_str(), static_cast<long long>(encoder.max_length()));
  }
  return 0;
}

int answer(const TextOptions& o) {
  const std::string context = read_all("answer", o.file);
  text::Model model = text::from_pretrained(o.weights, text::Task::question_answering);
  const auto tokenizer = text::Tokenizer::from_folder(o.weights);
  if (!model->initialised().empty()) std::fprintf(stderr, "wick: answer: the weights in %s are of no model for answers: what it says is chance\n", o.weights.c_str());
  const auto found = text::answer(model, tokenizer, o.question, context, o.top, o.max_length > 0 ? o.max_length : 384, o.stride);
  WICK_CHECK(!found.empty(), "answer: ", o.file, " holds no text");
  for (const auto& a : found) {
    if (o.json) std::printf("%s\n", dump({{"answer", a.text}, {"confidence", a.score}, {"begin", a.begin}, {"end", a.end}}).c_str());
    else if (o.quiet) std::printf("%s\n", a.text.c_str());
    else std::printf("%5.1f %%  %s   (bytes %lld to %lld)\n", 100 * a.score, a.text.c_str(), static_cast<long long>(a.begin), static_cast<long long>(a.end));
  }
  return 0;
}

// What of a text is whole: a character of several bytes may lack its last ones still.
size_t whole_part(const std::string& s) {
  size_t n = s.size();
  while (n >= 3 && s.compare(n - 3, 3, "\xEF\xBF\xBD") == 0) n -= 3;
  return n;
}

int generate(const TextOptions& o) {
  const std::string prompt = o.prompt == "-" ? read_all("generate", "-") : o.prompt;
  text::Model model = text::from_pretrained(o.weights, text::Task::causal_lm);
  const auto tokenizer = text::Tokenizer::from_folder(o.weights);
  std::vector<int64_t> ids = tokenizer.ids(prompt);
  if (ids.empty() && tokenizer.bos_id()) ids.push_back(*tokenizer.bos_id());
  WICK_CHECK_TYPE(ValueError, !ids.empty(), "generate: the prompt is empty");
  const Tensor start = empty({1, static_cast<int64_t>(ids.size())}, kLong);
  std::copy(ids.begin(), ids.end(), start.data_ptr<int64_t>());
  manual_seed(o.seed);
  auto g = text::GenerateOptions().max_new_tokens(std::min(o.max_new_tokens, model->config().max_length() + 1 - start.size(1))).top_k(o.top_k).top_p(o.top_p).repetition_penalty(o.repetition_penalty).num_beams(o.beams);
  if (o.temperature > 0) g.do_sample(true).temperature(o.temperature);
  const bool live = !o.json && o.beams == 1;
  std::vector<int64_t> made;
  std::string shown;
  const auto show = [&](const std::string& text, size_t n) {
    if (n > shown.size()) std::fwrite(text.data() + shown.size(), 1, n - shown.size(), stdout);
    if (n > shown.size()) shown = text.substr(0, n);
    std::fflush(stdout);
  };
  if (live) {
    if (!o.quiet) std::printf("%s", prompt.c_str());
    g.on_token([&](const std::vector<int64_t>& t) {
      made.push_back(t[0]);
      const std::string text = tokenizer.decode(made);
      show(text, whole_part(text));
      return true;
    });
  }
  const auto begin = std::chrono::steady_clock::now();
  const Tensor out = text::generate(model, start, g);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto* p = out.data_ptr<int64_t>();
  made.assign(p + ids.size(), p + out.numel());
  const std::string text = tokenizer.decode(made);
  if (o.json) {
    std::printf("%s\n", dump({{"prompt", prompt}, {"text", text}, {"tokens", made.size()}, {"seconds", seconds}}).c_str());
    return 0;
  }
  if (!live && !o.quiet) std::printf("%s", prompt.c_str());
  show(text, text.size());
  std::printf("\n");
  if (o.verbose) std::fprintf(stderr, "%zu tokens, %.1f tokens/s\n", made.size(), static_cast<double>(made.size()) / std::max(seconds, 1e-9));
  return 0;
}

void add_shared(CLI::App* c, TextOptions& o, const char* quiet) {
  c->add_option("--weights", o.weights, "folder as published: config.json, model.safetensors or pytorch_model.bin, tokenizer files")->required()->type_name("DIR")->check(CLI::ExistingDirectory);
  c->add_option("--threads", o.threads, "processor threads (default: all this process may use)")->check(CLI::Range(1, 1024));
  c->add_flag("-q,--quiet", o.quiet, quiet);
  c->add_flag("-v,--verbose", o.verbose, "print more");
  c->add_flag("--json", o.json, "print JSON");
}

}  // namespace

void add_text(CLI::App& app, Action& action) {
  const auto set = [&action](CLI::App* c, const std::shared_ptr<TextOptions>& o, int (*what)(const TextOptions&)) {
    c->callback([o, what, &action] {
      action = [o, what] {
        if (o->threads > 0) set_num_threads(o->threads);
        return what(*o);
      };
    });
  };
  auto e = std::make_shared<TextOptions>(), a = std::make_shared<TextOptions>(), g = std::make_shared<TextOptions>();
  CLI::App* embed_app = app.add_subcommand("embed", "A vector for each line of a text, as a NumPy array\n\nExample: wick embed --weights all-MiniLM-L6-v2/ lines.txt --out vectors.npy");
  embed_app->add_option("FILE", e->file, "text, a line for each row; - is what comes in")->required();
  embed_app->add_option("--out", e->out, "the array to write")->required()->type_name("FILE.npy");
  embed_app->add_option("--batch-size", e->batch_size, "lines at once")->capture_default_str()->check(CLI::Range(1, 1 << 16));
  embed_app->add_option("--max-length", e->max_length, "tokens at which lines are cut (default: as the folder says)")->type_name("TOKENS")->check(CLI::Range(3, 1 << 20));
  add_shared(embed_app, *e, "print nothing");
  set(embed_app, e, embed);

  CLI::App* answer_app = app.add_subcommand("answer", "Find the answer to a question in a text\n\nExample: wick answer --weights distilbert-squad/ \"Who wrote it?\" article.txt");
  answer_app->add_option("QUESTION", a->question, "the question")->required();
  answer_app->add_option("FILE", a->file, "the text; - is what comes in")->required();
  answer_app->add_option("--top", a->top, "how many answers")->capture_default_str()->check(CLI::Range(1, 100));
  answer_app->add_option("--max-length", a->max_length, "tokens that are looked at together (default: 384)")->type_name("TOKENS")->check(CLI::Range(8, 1 << 20));
  answer_app->add_option("--stride", a->stride, "tokens that parts of a long text share")->type_name("TOKENS")->capture_default_str()->check(CLI::Range(0, 1 << 20));
  add_shared(answer_app, *a, "print the answers only");
  set(answer_app, a, answer);

  CLI::App* generate_app = app.add_subcommand("generate", "Go on with a text\n\nExample: wick generate --weights gpt2/ \"Once upon a time\" --temperature 0.8");
  generate_app->add_option("PROMPT", g->prompt, "the beginning; - is what comes in")->required();
  generate_app->add_option("--max-new-tokens", g->max_new_tokens, "most tokens that are added")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  generate_app->add_option("--temperature", g->temperature, "draw tokens: 1 as the model has them, less is surer, more is bolder (default: take the likeliest)")->check(CLI::Range(1e-3, 100.0));
  generate_app->add_option("--top-k", g->top_k, "draw from the likeliest so many only; 0: all")->capture_default_str()->check(CLI::Range(0, 1 << 24));
  generate_app->add_option("--top-p", g->top_p, "draw from the likeliest that together have this probability")->capture_default_str()->check(CLI::Range(1e-6, 1.0));
  generate_app->add_option("--repetition-penalty", g->repetition_penalty, "above 1, tokens that were there become less likely")->capture_default_str()->check(CLI::Range(0.01, 100.0));
  generate_app->add_option("--beams", g->beams, "look for the best of so many")->capture_default_str()->check(CLI::Range(1, 100));
  generate_app->add_option("--seed", g->seed, "seed of the draws")->capture_default_str();
  add_shared(generate_app, *g, "print what was added only");
  set(generate_app, g, generate);
}

}  // namespace wick::cli

// Texts that go on: greedy, drawn, or the best of several beams.
#include <algorithm>
#include <cmath>
#include <limits>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/ops.h>
#include <wick/text/model.h>

namespace wick::text {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

class Generation {
 public:
  Generation(Model& model, const Tensor& ids, const GenerateOptions& o, const Tensor& mask) : model_(model), o_(o), n_(ids.size(0)), start_(ids.size(1)), mask_(mask) {
    const Config& c = model->config();
    eos_ = o.eos_token_ids() ? *o.eos_token_ids() : c.eos_token_ids;
    pad_ = o.pad_token_id() ? *o.pad_token_id() : c.pad_token_id >= 0 ? c.pad_token_id : eos_.empty() ? 0 : eos_[0];
    const auto* p = ids.data_ptr<int64_t>();
    for (int64_t i = 0; i < n_; ++i) rows_.emplace_back(p + i * start_, p + (i + 1) * start_);
  }

  Tensor run() {
    const bool beams = o_.num_beams() > 1;
    std::vector<std::vector<int64_t>> done;
    if (beams) {
      for (int64_t i = 0; i < n_; ++i) done.push_back(best_beam(i));
    } else {
      one_by_one();
      done = rows_;
    }
    size_t longest = static_cast<size_t>(start_);
    for (const auto& r : done) longest = std::max(longest, r.size());
    const Tensor out = wick::full({n_, static_cast<int64_t>(longest)}, pad_, kLong);
    auto* to = out.data_ptr<int64_t>();
    for (const auto& r : done) std::copy(r.begin(), r.end(), to), to += longest;
    return out;
  }

 private:
  bool ends(int64_t token) const { return std::find(eos_.begin(), eos_.end(), token) != eos_.end(); }

  // Scores of the next token [rows, words] behind `fresh`, which are the tokens that the cache has not seen.
  Tensor next(const Tensor& fresh, const Tensor& mask) {
    Tensor positions;
    if (mask.defined()) positions = (mask.cumsum(1) - 1).clamp_min(0).slice(1, mask.size(1) - fresh.size(1));
    return model_->forward(fresh, mask, {}, &cache_, positions).logits.select(1, -1).to(kFloat).contiguous();
  }
  static Tensor tensor_of(const std::vector<std::vector<int64_t>>& rows, size_t from) {
    const Tensor t = wick::empty({static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size() - from)}, kLong);
    auto* to = t.data_ptr<int64_t>();
    for (const auto& r : rows) to = std::copy(r.begin() + static_cast<std::ptrdiff_t>(from), r.end(), to);
    return t;
  }
  void grow_mask(Tensor& mask) const {
    if (mask.defined()) mask = wick::cat({mask, wick::ones({mask.size(0), 1}, kLong)}, 1);
  }

  void penalise(float* scores, int64_t words, const std::vector<int64_t>& row) const {
    if (o_.repetition_penalty() == 1) return;
    const auto p = static_cast<float>(o_.repetition_penalty());
    std::vector<int64_t> seen = row;
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const int64_t t : seen)
      if (t < words) scores[t] = scores[t] < 0 ? scores[t] * p : scores[t] / p;
  }
  // Probabilities of what may be drawn.
  Tensor narrowed(Tensor scores) const {
    if (o_.temperature() != 1) scores = scores / o_.temperature();
    const int64_t words = scores.size(1);
    if (o_.top_k() > 0 && o_.top_k() < words) scores = scores.masked_fill(scores < std::get<0>(scores.topk(o_.top_k(), 1)).slice(1, o_.top_k() - 1), kNever);
    if (o_.top_p() < 1) {
      const auto [sorted, order] = scores.sort(1, false);
      Tensor out = sorted.softmax(1).cumsum(1) <= 1 - o_.top_p();
      out.slice(1, words - 1).fill_(false);  // the likeliest stays
      scores = scores.masked_fill(wick::zeros_like(out).scatter_(1, order, out), kNever);
    }
    return scores.softmax(1);
  }

  void one_by_one() {
    std::vector<char> finished(static_cast<size_t>(n_), 0);
    std::vector<size_t> length(static_cast<size_t>(n_), 0);
    Tensor mask = mask_;
    for (int64_t step = 0; step < o_.max_new_tokens(); ++step) {
      const Tensor scores = next(tensor_of(rows_, step == 0 ? 0 : rows_[0].size() - 1), mask);
      const int64_t words = scores.size(1);
      for (int64_t i = 0; i < n_; ++i) penalise(scores.data_ptr<float>() + i * words, words, rows_[static_cast<size_t>(i)]);
      const Tensor chosen = (o_.do_sample() ? wick::multinomial(narrowed(scores), 1, false, o_.generator()).squeeze(1) : scores.argmax(1)).contiguous();
      std::vector<int64_t> tokens(static_cast<size_t>(n_));
      bool all = true;
      for (size_t i = 0; i < tokens.size(); ++i) {
        tokens[i] = finished[i] ? pad_ : chosen.data_ptr<int64_t>()[i];
        rows_[i].push_back(tokens[i]);
        finished[i] = finished[i] || ends(tokens[i]);
        all = all && finished[i];
      }
      grow_mask(mask);
      if ((o_.on_token() && !o_.on_token()(tokens)) || all) break;
    }
  }

  struct Beam { std::vector<int64_t> row; double score; };
  // The best of the beams of one text.
  std::vector<int64_t> best_beam(int64_t which) {
    cache_ = {};
    const auto beams = static_cast<size_t>(o_.num_beams());
    std::vector<Beam> live(1, {rows_[static_cast<size_t>(which)], 0.0}), done;
    Tensor mask = mask_.defined() ? mask_.narrow(0, which, 1) : Tensor();
    const auto final_score = [&](const Beam& b, size_t n) { return b.score / std::pow(static_cast<double>(n), o_.length_penalty()); };
    const auto made = [&](const std::vector<int64_t>& row) { return row.size() - static_cast<size_t>(start_); };
    const auto keep_best = [&] {
      std::stable_sort(done.begin(), done.end(), [](const Beam& a, const Beam& b) { return a.score > b.score; });
      if (done.size() > beams) done.resize(beams);
    };
    for (int64_t step = 0; step < o_.max_new_tokens(); ++step) {
      std::vector<std::vector<int64_t>> rows;
      for (const Beam& b : live) rows.push_back(b.row);
      Tensor scores = next(tensor_of(rows, step == 0 ? 0 : rows[0].size() - 1), mask).log_softmax(1).contiguous();
      const int64_t words = scores.size(1);
      for (size_t i = 0; i < live.size(); ++i) {
        penalise(scores.data_ptr<float>() + static_cast<int64_t>(i) * words, words, live[i].row);
        scores.select(0, static_cast<int64_t>(i)).add_(live[i].score);
      }
      const int64_t wanted = std::min(static_cast<int64_t>(std::max<size_t>(2, 1 + eos_.size()) * beams), scores.numel());
      const auto [values, places] = scores.flatten().topk(wanted, 0);
      std::vector<Beam> next_live;
      std::vector<int64_t> from;
      for (int64_t k = 0; k < wanted && next_live.size() < beams; ++k) {
        const int64_t place = places[k].item<int64_t>(), token = place % words;
        Beam b{live[static_cast<size_t>(place / words)].row, values[k].item<double>()};
        b.row.push_back(token);
        if (ends(token)) {
          if (static_cast<size_t>(k) >= beams) continue;
          b.score = final_score(b, made(b.row));
          done.push_back(std::move(b));
        } else {
          next_live.push_back(std::move(b));
          from.push_back(place / words);
        }
      }
      keep_best();
      if (next_live.empty()) break;
      live = std::move(next_live);
      reorder(from);
      if (mask.defined()) mask = mask.narrow(0, 0, 1).expand({static_cast<int64_t>(live.size()), -1});
      grow_mask(mask);
      if (done.size() >= beams && done.back().score >= final_score(live[0], made(live[0].row))) break;  // none that goes on can be better
    }
    for (Beam& b : live)
      if (made(b.row) > 0 && !ends(b.row.back())) {
        b.score = final_score(b, made(b.row));
        done.push_back(b);
      }
    keep_best();
    return done.empty() ? rows_[static_cast<size_t>(which)] : done[0].row;
  }
  void reorder(const std::vector<int64_t>& from) {
    const Tensor order = wick::empty({static_cast<int64_t>(from.size())}, kLong);
    std::copy(from.begin(), from.end(), order.data_ptr<int64_t>());
    for (auto* list : {&cache_.keys, &cache_.values})
      for (Tensor& t : *list) t = t.index_select(0, order);
  }

  Model& model_;
  const GenerateOptions& o_;
  int64_t n_, start_, pad_ = 0;
  Tensor mask_;
  std::vector<int64_t> eos_;
  std::vector<std::vector<int64_t>> rows_;
  KeyValues cache_;
};

void check(const Model& m, const Tensor& ids, const GenerateOptions& o, const Tensor& mask) {
  const auto fail = [](const std::string& what) { throw ValueError("generate: " + what); };
  if (m->task() != Task::causal_lm) fail("the model has no head for the next word; from_pretrained(folder, Task::causal_lm) makes one");
  if (ids.dim() != 2 || ids.size(0) < 1 || ids.size(1) < 1) fail("input_ids are [texts, tokens] with at least one of each");
  if (mask.defined() && mask.sizes() != ids.sizes()) fail("attention_mask must be as large as input_ids");
  if (o.max_new_tokens() < 0) fail("max_new_tokens must not be negative, got " + std::to_string(o.max_new_tokens()));
  const int64_t most = m->config().max_length();
  if (ids.size(1) + o.max_new_tokens() > most + 1) fail(std::to_string(ids.size(1)) + " tokens and " + std::to_string(o.max_new_tokens()) + " new ones are more than the model's " + std::to_string(most));
  if (!(o.temperature() > 0)) fail("temperature must be positive; do_sample(false) takes the likeliest token");
  if (!(o.top_p() > 0 && o.top_p() <= 1)) fail("top_p must be above 0 and at most 1");
  if (!(o.repetition_penalty() > 0)) fail("repetition_penalty must be positive");
  if (o.num_beams() < 1 || o.num_beams() > 1000) fail("num_beams must be between 1 and 1000, got " + std::to_string(o.num_beams()));
  if (o.num_beams() > 1 && o.do_sample()) fail("tokens are drawn without beams; set one of do_sample and num_beams");
}

}  // namespace

inline namespace v1 {

Tensor generate(Model model, const Tensor& input_ids, const GenerateOptions& options, const Tensor& attention_mask) {
  check(model, input_ids, options, attention_mask);
  const bool training = model->is_training();
  struct Restore {
    Model& m;
    bool on;
    ~Restore() { m->train(on); }
  } restore{model, training};
  model->eval();
  NoGradGuard off;
  Tensor mask = attention_mask.defined() ? attention_mask.to(kLong) : attention_mask;
  if (mask.defined() && mask.ne(0).all().item<bool>()) mask = {};
  return Generation(model, input_ids.to(kLong).contiguous(), options, mask).run();
}

}  // namespace v1
}  // namespace wick::text

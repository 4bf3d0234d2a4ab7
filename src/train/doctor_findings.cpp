// The diagnoses: each a pure function of the signals. To add one, write it and name it in the table at the end.
#include <wick/train/doctor.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include <wick/core/str.h>

#include "train/doctor_again.h"
#include "train/doctor_data.h"

namespace wick::train::inline v1 {
namespace {

using Found = std::optional<Finding>;
using Values = std::vector<double>;

std::string num(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}
std::string share(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * v);
  return text;
}
// A few of the names.
std::string names(const std::vector<std::string>& all) {
  std::string text;
  for (size_t i = 0; i < all.size() && i < 4; ++i) text += (i ? ", " : "") + all[i];
  return all.size() > 4 ? str(text, " and ", all.size() - 4, " more") : text;
}
double largest(const Values& v) {
  double r = NAN;
  for (const double x : v)
    if (std::isfinite(x) && !(x <= r)) r = x;
  return r;
}
double last(const Values& v) {
  for (size_t i = v.size(); i-- > 0;)
    if (!std::isnan(v[i])) return v[i];
  return NAN;
}
Confidence grade(double value, double medium, double high) {
  return value >= high ? Confidence::high : value >= medium ? Confidence::medium : Confidence::low;
}

// The loss of one who knows nothing but how often each class comes, or of the first step.
double start_of(const Signals& s) {
  const Values& loss = s.curve("loss");
  double start = std::isnan(s.first_loss) ? (loss.empty() ? NAN : loss[0]) : s.first_loss;
  const double n = static_cast<double>(std::accumulate(s.labels.begin(), s.labels.end(), int64_t{0}));
  double entropy = 0;
  for (const int64_t k : s.labels)
    if (k > 0) entropy -= static_cast<double>(k) / n * std::log(static_cast<double>(k) / n);
  return entropy > 0.05 && start > 0.3 * entropy ? std::min(start, entropy) : start;
}
double best_of_end(const Values& v) {
  return v.empty() ? NAN : *std::min_element(v.end() - static_cast<std::ptrdiff_t>(std::max<size_t>(1, v.size() / 3)), v.end());
}
// Whether next to nothing was learnt.
bool stuck(const Signals& s) {
  const Values& loss = s.curve("loss");
  return loss.size() >= 3 && best_of_end(loss) > 0.9 * start_of(s);
}
double saturation(const Signals& s) {
  double most = NAN;
  for (const auto& l : s.layers)
    if (!std::isnan(l.saturated) && !(l.saturated <= most)) most = l.saturated;
  return most;
}
std::vector<std::string> saturated_layers(const Signals& s) {
  std::vector<std::string> r;
  for (const auto& l : s.layers)
    if (l.saturated > 0.5) r.push_back(str(l.name, " (", l.kind, ", ", share(l.saturated), ")"));
  return r;
}
double most_dead(const Signals& s) {
  double most = 0;
  for (const auto& l : s.layers)
    if (l.dead > most && l.units >= 4) most = l.dead;
  return most;
}
double rises(const Values& loss) {
  size_t n = 0;
  for (size_t i = 1; i < loss.size(); ++i) n += loss[i] > 1.02 * loss[i - 1];
  return loss.size() < 2 ? 0 : static_cast<double>(n) / static_cast<double>(loss.size() - 1);
}
std::string course(const Signals& s) {
  const Values& loss = s.curve("loss");
  const double first = std::isnan(s.first_loss) ? (loss.empty() ? NAN : loss[0]) : s.first_loss, start = start_of(s);
  return str("the loss was ", num(first), " at the start and is ", num(last(loss)), " after ", loss.size(), " epochs", start < first ? str("; a guess by how often each class comes has ", num(start)) : "");
}
// A learning rate to try, or words where none is known.
std::string other_rate(const Signals& s, double factor) {
  const double lr = largest(s.curve("lr"));
  if (std::isnan(lr)) return factor > 1 ? str("a learning rate ", factor, " times as large") : str("a learning rate ", 1 / factor, " times smaller");
  char text[32];
  std::snprintf(text, sizeof text, "--lr %.1g", lr * factor);
  return str(text, "   (now ", num(lr), ")");
}

Found non_finite(const Signals& s) {
  size_t in_log = 0;
  for (const double v : s.curve("loss")) in_log += std::isinf(v);
  if (s.non_finite == 0 && in_log == 0 && s.broken.empty()) return {};
  Finding f{"non_finite", "The loss became NaN or infinite", Confidence::high, static_cast<double>(std::max<int64_t>(s.non_finite, static_cast<int64_t>(in_log))), {}, {}};
  f.evidence.push_back(str(f.number, " batch", f.number == 1 ? "" : "es", " with such a loss"));
  if (in_log > 0) f.epoch = static_cast<int64_t>(std::find_if(s.curve("loss").begin(), s.curve("loss").end(), [](double v) { return std::isinf(v); }) - s.curve("loss").begin()) + 1;
  if (!s.broken.empty()) f.evidence.push_back(str("the parameter ", s.broken, " holds values that are not finite"));
  if (const Values& g = s.curve("gradient"); !g.empty()) f.evidence.push_back(str("norm of the gradient relative to the weights, last epoch: ", num(g.back())));
  if (s.input_max > 100) f.evidence.push_back(str("the input has values up to ", num(s.input_max)));
  f.remedies = {other_rate(s, 0.1), "TrainerOptions().clip_norm(1)", "autograd::AnomalyMode::set_enabled(true) names the operation that made the first NaN", "look for NaN in the data: x.isfinite().all()"};
  return f;
}

enum class Plateau { none, high, saturated, low };
// What a loss that does not fall comes from: the sizes of the steps, or layers at the ends of their range.
Plateau plateau(const Signals& s) {
  if (!stuck(s)) return Plateau::none;
  const double update = largest(s.curve("update"));
  if (update > 0.05 || (std::isnan(update) && rises(s.curve("loss")) > 0.34)) return Plateau::high;
  if (saturation(s) > 0.5) return Plateau::saturated;
  return update < 3e-4 && most_dead(s) < 0.9 ? Plateau::low : Plateau::none;
}

Found rate_too_high(const Signals& s) {
  const Values& loss = s.curve("loss");
  const double update = largest(s.curve("update")), ups = rises(loss), relative = last(loss) / start_of(s);
  const bool still = plateau(s) == Plateau::high, swings = loss.size() >= 6 && ups > 0.34 && relative > 0.15 && !(update < 0.02);
  if (!still && !swings) return {};
  Finding f{"rate_too_high", still ? "The loss does not fall: the learning rate is too high" : "The loss goes up and down: the learning rate is too high", Confidence::low, update, {course(s)}, {}};
  if (!std::isnan(update)) {
    f.confidence = still ? grade(update, 0.05, 0.2) : grade(update, 0.1, 1);
    f.evidence.push_back(str("a step changes the weights by up to ", share(update), " of their size; 0.1 % is usual"));
  } else {
    f.number = ups;
  }
  if (ups > 0.2) f.evidence.push_back(str("the loss rose in ", share(ups), " of the epochs"));
  if (const double noise = last(s.curve("loss_noise")); noise > 0) f.evidence.push_back(str("from step to step it differs by ", num(noise)));
  f.remedies = {other_rate(s, 0.1), other_rate(s, 0.03), "--warmup 0.1, or TrainerOptions().clip_norm(1)"};
  return f;
}

Found saturated(const Signals& s) {
  if (plateau(s) != Plateau::saturated) return {};
  const double most = saturation(s);
  return Finding{"saturated", "The loss does not fall: layers are saturated, and gradients do not pass them", grade(most, 0.6, 0.85), most, {course(s), "at the ends of their range: " + names(saturated_layers(s))},
                 {"nn::init::xavier_normal_(weight), or divide the initial weights by 10", "nn::BatchNorm1d or nn::LayerNorm before the activation", "nn::ReLU or nn::GELU in place of tanh and sigmoid",
                  "normalise the input to mean 0 and deviation 1"}};
}

Found rate_too_low(const Signals& s) {
  if (plateau(s) != Plateau::low) return {};
  const double update = largest(s.curve("update"));
  return Finding{"rate_too_low", "The loss hardly falls: the learning rate is too low", update < 5e-5 ? Confidence::high : Confidence::medium, update,
                 {course(s), str("a step changes the weights by at most ", num(update), " of their size; 0.001 is usual")}, {other_rate(s, 10), other_rate(s, 100), "optim::AdamW in place of SGD"}};
}

// Of the training examples, and of those held out.
double share_right(const Signals& s) { return std::isnan(s.right) ? last(s.curve("train_accuracy")) : s.right; }
double share_held(const Signals& s) { return std::isnan(s.right_held_out) ? last(s.held_out("accuracy")) : s.right_held_out; }

Found overfitting(const Signals& s) {
  const double right = share_right(s), held_right = share_held(s), gap = right - held_right;
  const double by_chance = s.held_out_examples > 0 ? 2 * std::sqrt(std::max(held_right * (1 - held_right), 0.01) / static_cast<double>(s.held_out_examples)) : 0;
  const Values &loss = s.curve("loss"), &held = s.held_out();
  Finding f{"overfitting", "Overfitting: what is held out does worse than what it learns from", Confidence::low, NAN, {}, {}};
  if (gap > std::max(0.1, by_chance)) {
    f.number = gap;
    f.confidence = grade(gap, 0.1, 0.2);
    f.evidence.push_back(str(share(right), " of the training examples are right, ", share(held_right), " of those held out"));
  }
  if (held.size() >= 4 && held.size() == loss.size()) {
    const size_t at = static_cast<size_t>(std::min_element(held.begin(), held.end()) - held.begin());
    const double rise = held.back() / held[at], apart = held.back() - loss.back(), start = start_of(s);
    const bool turned = 5 * (at + 1) <= 3 * held.size() && rise > 1.15 && loss.back() < 0.8 * loss[at];
    if ((turned && apart > 0.1 * start) || (held.back() > 2 * loss.back() && apart > 0.25 * start)) {
      f.confidence = std::max(f.confidence, turned && rise > 1.5 ? Confidence::high : Confidence::medium);
      if (std::isnan(f.number)) f.number = held.back() / loss.back();
      f.evidence.push_back(str("the loss ends at ", num(loss.back()), " in training and ", num(held.back()), " on what is held out", turned ? str(", where it was lowest in epoch ", at + 1, " (", num(held[at]), ")") : ""));
      if (turned) f.epoch = static_cast<int64_t>(at) + 1;
    }
  }
  if (f.evidence.empty()) return {};
  f.remedies = {"more data, or --augment strong for images", "--early-stop 5", "a smaller network, more --dropout", "--label-smoothing 0.1, AdamWOptions().weight_decay(0.05)", "--weights of a trained network"};
  return f;
}

// What always saying the most frequent class would get right, too.
Found no_better_than_a_guess(const Signals& s) {
  if (s.labels.empty() || plateau(s) != Plateau::none) return {};
  const double most = static_cast<double>(*std::max_element(s.labels.begin(), s.labels.end())) / static_cast<double>(std::accumulate(s.labels.begin(), s.labels.end(), int64_t{0}));
  if (most == 1 || !(s.right_held_out <= most + 0.02) || !(s.right < std::max(0.9, most + 0.02))) return {};
  return Finding{"underfitting", "Next to nothing was learnt: it is hardly better than always saying the most frequent class", s.right <= most + 0.02 ? Confidence::high : Confidence::medium, s.right_held_out - most,
                 {str(share(s.right_held_out), " of what is held out are right, and ", share(s.right), " of the training examples; the most frequent class is ", share(most), " of them")},
                 {"look whether labels belong to their inputs", str("--epochs ", 3 * std::max<size_t>(1, s.curve("loss").size())), other_rate(s, 3), "a larger network", "inputs that say more"}};
}

// Learnt something, but not enough, and goes no further; or would have gone further.
Found underfitting(const Signals& s) {
  const Values& loss = s.curve("loss");
  const size_t n = loss.size();
  if (Found f = no_better_than_a_guess(s)) return f;
  if (n < 5 || plateau(s) != Plateau::none) return {};
  const double right = share_right(s), left = loss.back() / start_of(s), before = loss[n - 1 - std::max<size_t>(1, n / 4)], held = last(s.held_out());
  if (left < 0.3 || right > 0.9 || held > 1.3 * loss.back() || most_dead(s) > 0.9) return {};
  const bool falls = loss.back() < 0.95 * before;
  Finding f{"underfitting", falls ? "Underfitting: the loss was still falling at the end" : stuck(s) ? "Next to nothing was learnt" : "Underfitting: the loss has settled far from zero",
            right < 0.7 || stuck(s) ? Confidence::medium : Confidence::low, left, {course(s), str("that is ", share(left), " of what a guess has, or the first step")}, {}};
  if (!std::isnan(right)) f.evidence.push_back(str(share(right), " of the training examples are right"));
  if (falls) f.remedies = {str("--epochs ", 3 * n), other_rate(s, 3)};
  else if (stuck(s)) f.remedies = {"look whether labels belong to their inputs", "see whether one batch can be learnt by heart", other_rate(s, 10), "a larger network"};
  else f.remedies = {"a larger network (--hidden 256,256; --model)", "weaker --augment, less --dropout and weight decay", other_rate(s, 3), "inputs that say more"};
  return f;
}

std::vector<const Signals::Parameter*> weights(const Signals& s) {
  std::vector<const Signals::Parameter*> r;
  for (const auto& p : s.parameters)
    if (p.dims >= 2 && p.trains && p.samples > p.without_gradient && p.weight > 0 && !std::isnan(p.gradient)) r.push_back(&p);
  return r;
}

Found vanishing(const Signals& s) {
  const auto all = weights(s);
  if (all.size() < 3 || most_dead(s) > 0.9) return {};
  double most = 0;
  for (const auto* p : all) most = std::max(most, p->gradient);
  std::vector<std::string> where;
  double least = most;
  for (size_t i = 0; i + 1 < all.size(); ++i)
    if (all[i]->gradient < 1e-3 * most) where.push_back(all[i]->name), least = std::min(least, all[i]->gradient);
  if (where.empty()) return {};
  const double ratio = least / most;
  Finding f{"vanishing", "Gradients vanish on their way back", ratio < 1e-5 ? Confidence::high : Confidence::medium, ratio, {str("the gradient of ", where[0], " is ", num(ratio), " of the largest, relative to the weights")}, {}};
  f.evidence.push_back(str("too small in ", where.size(), " of ", all.size(), " layers: ", names(where)));
  f.remedies = {"nn::ReLU or nn::GELU in place of sigmoid and tanh", "nn::BatchNorm or nn::LayerNorm between the layers", "residual connections: x + f(x)", "nn::init::kaiming_normal_(weight)", "fewer layers"};
  return f;
}

Found exploding(const Signals& s) {
  const Values& g = s.curve("gradient");
  const double most = largest(g);
  const bool infinite = std::any_of(g.begin(), g.end(), [](double v) { return std::isinf(v); });
  if (!(most > 30) && !infinite) return {};
  const Signals::Parameter* worst = nullptr;
  for (const auto* p : weights(s))
    if (!worst || p->gradient > worst->gradient) worst = p;
  Finding f{"exploding", "Gradients explode", infinite ? Confidence::high : grade(most, 30, 1000), infinite ? INFINITY : most, {str("the norm of all gradients is up to ", num(infinite ? INFINITY : most), " times that of the weights; about 0.1 is usual")}, {}};
  f.epoch = static_cast<int64_t>(std::find_if(g.begin(), g.end(), [&](double v) { return infinite ? std::isinf(v) : v == most; }) - g.begin()) + 1;
  if (worst) f.evidence.push_back(str("largest in ", worst->name, ": ", num(worst->gradient)));
  f.remedies = {"TrainerOptions().clip_norm(1)", other_rate(s, 0.1), "smaller initial weights: nn::init::kaiming_normal_(weight)", "inputs and targets with mean 0 and deviation 1", "nn::LayerNorm between the layers"};
  return f;
}

Found dead_units(const Signals& s) {
  const double most = most_dead(s);
  if (most < 0.5) return {};
  std::vector<std::string> where;
  for (const auto& l : s.layers)
    if (l.dead >= 0.5 && l.units >= 4) where.push_back(str(l.name, " (", share(l.dead), " of ", l.units, ")"));
  return Finding{"dead_units", "Units of ReLU layers are dead: they give 0 for every example, and learn no more", grade(most, 0.5, 0.8), most, {"dead: " + names(where)},
                 {other_rate(s, 0.1), "nn::LeakyReLU or nn::GELU in place of ReLU", "nn::init::kaiming_normal_(weight), biases 0", "nn::BatchNorm before the activation", "inputs with mean 0 and deviation 1"}};
}

Found frozen(const Signals& s) {
  struct Case { const char* what; const char* remedy; Confidence confidence; std::vector<std::string> names; };
  Case cases[] = {{"are not among the optimizer's parameters", "give the optimizer net->parameters(), after layers were replaced, too", Confidence::high, {}},
                  {"are reached by no gradient", "look for detach(), NoGradGuard, item() or a layer that forward does not use", Confidence::high, {}},
                  {"do not change, though they have gradients", "a learning rate for their group; weights in float where steps are small", Confidence::medium, {}},
                  {"do not require grad, and next to nothing was learnt", "module->unfreeze(), or requires_grad_(true)", Confidence::low, {}}};
  for (const auto& p : s.parameters) {
    if (!p.trains) {
      if (stuck(s)) cases[3].names.push_back(p.name);
    } else if (!p.in_optimizer) {
      cases[0].names.push_back(p.name);
    } else if (p.samples > 0 && p.without_gradient == p.samples) {
      if (!s.unused_expected) cases[1].names.push_back(p.name);
    } else if (p.dims >= 2 && p.update == 0 && p.gradient > 0 && largest(s.curve("update")) > 1e-6) {
      cases[2].names.push_back(p.name);
    }
  }
  Finding f{"frozen", "Layers that should learn do not", Confidence::low, 0, {}, {}};
  for (const Case& c : cases) {
    if (c.names.empty()) continue;
    f.number += static_cast<double>(c.names.size());
    f.confidence = std::max(f.confidence, c.confidence);
    f.evidence.push_back(str(c.names.size(), " of ", s.parameters.size(), " parameters ", c.what, ": ", names(c.names)));
    f.remedies.push_back(c.remedy);
  }
  if (f.evidence.empty()) return {};
  return f;
}

Found imbalance(const Signals& s) {
  int64_t most = 0, least = 0, all = 0;
  for (const int64_t k : s.labels) {
    if (k == 0) continue;
    most = std::max(most, k);
    least = least == 0 ? k : std::min(least, k);
    all += k;
  }
  if (most < 30 || least == most) return {};
  const double ratio = static_cast<double>(most) / static_cast<double>(least), majority = static_cast<double>(most) / static_cast<double>(all);
  const double right = last(s.curve("train_accuracy"));
  const bool only_that = ratio > 4 && std::abs(right - majority) < 0.02;
  if (ratio <= 10 && !only_that) return {};
  Finding f{"imbalance", only_that ? "The classes are uneven, and it says the most frequent one" : "The classes are uneven", only_that ? Confidence::high : grade(ratio, 20, 1000), ratio,
            {str("the most frequent class has ", most, " of ", all, " examples, the rarest ", least)}, {}};
  if (only_that) f.evidence.push_back(str(share(right), " are right, which is the share of the most frequent class"));
  f.remedies = {"look at the recall of each class, not at the accuracy", "CrossEntropyLossOptions().weight(all / (classes * counts))", "data::samplers::WeightedRandomSampler", "more examples of the rare classes"};
  return f;
}

Found normalisation(const Signals& s) {
  if (std::isnan(s.input_mean) || s.normalises_input) return {};
  const double rms = std::hypot(s.input_mean, s.input_std), offset = std::abs(s.input_mean) / std::max(s.input_std, 1e-12);
  const bool large = rms > 10, small = rms < 0.01 && rms > 0, shifted = offset > 5 && rms > 0.01;
  if (!large && !small && !shifted) return {};
  return Finding{"normalisation", large ? "The inputs are far too large" : small ? "The inputs are far too small" : "The inputs are far from 0", large ? grade(rms, 10, 30) : small ? Confidence::medium : grade(offset, 5, 20),
                 shifted && !large ? offset : rms, {str("the first layer gets a mean of ", num(s.input_mean), " and a deviation of ", num(s.input_std), ", values up to ", num(s.input_max))},
                 {"(x - mean) / deviation, of the training data", "data::transforms::Normalize<>(mean, deviation); pictures of bytes: / 255 first", "nn::BatchNorm as the first layer"}};
}

Found starving(const Signals& s) {
  double data = 0, compute = 0;
  for (const double v : s.curve("data")) data += std::isfinite(v) ? v : 0;
  for (const double v : s.curve("compute")) compute += std::isfinite(v) ? v : 0;
  const double part = data / (data + compute);
  if (!(data > 0.1) || part < 0.3) return {};
  return Finding{"starving", "Training waits for its data", grade(part, 0.4, 0.5), part, {str(share(part), " of the time goes into batches (", num(data), " s, and ", num(compute), " s into computing)")},
                 {"--workers 2, or DataLoaderOptions().workers(n)", "decode and resize once: data in memory, data::LmdbWriter, vision::ImageStore", "less work per example in transforms"}};
}

Found tiny_batches(const Signals& s) {
  std::vector<std::string> where;
  int64_t batch = 0;
  for (const auto& l : s.layers)
    if (l.kind == "batch_norm" && l.batch > 0 && l.batch <= 4) where.push_back(l.name), batch = std::max(batch, l.batch);
  if (where.empty()) return {};
  return Finding{"tiny_batches", str("Batch norm sees only ", batch, " example", batch == 1 ? "" : "s", " at a time: its means are noise"), batch <= 2 ? Confidence::high : Confidence::medium, static_cast<double>(batch),
                 {"layers: " + names(where)}, {"--batch-size 16 or more", "nn::GroupNorm or nn::LayerNorm in its place", "with ranks: --sync-bn", "module->freeze() for layers with trained statistics"}};
}

const std::pair<const char*, Found (*)(const Signals&)> kDiagnoses[] = {
    {"non_finite", non_finite},     {"rate_too_high", rate_too_high}, {"saturated", saturated},   {"rate_too_low", rate_too_low}, {"vanishing", vanishing},
    {"exploding", exploding},       {"dead_units", dead_units},       {"frozen", frozen},         {"normalisation", normalisation}, {"imbalance", imbalance},
    {"overfitting", overfitting},   {"underfitting", underfitting},   {"tiny_batches", tiny_batches}, {"starving", starving},
    {"nondeterminism", nondeterminism},
    {"leakage", [](const Signals& s) { return fault_of_data(s, "leakage"); }},
    {"target_leakage", [](const Signals& s) { return fault_of_data(s, "target_leakage"); }},
    {"conflicting_labels", [](const Signals& s) { return fault_of_data(s, "conflicting_labels"); }},
    {"mislabelled", [](const Signals& s) { return fault_of_data(s, "mislabelled"); }},
    {"duplicates", [](const Signals& s) { return fault_of_data(s, "duplicates"); }}};

}  // namespace

const std::vector<double>& Signals::curve(const std::string& name) const {
  static const std::vector<double> none;
  for (const auto& [key, values] : curves)
    if (key == name) return values;
  return none;
}
const std::vector<double>& Signals::held_out(const std::string& measure) const {
  for (const auto& [key, values] : curves) {
    const bool ends = key.size() > measure.size() && key.compare(key.size() - measure.size() - 1, std::string::npos, "_" + measure) == 0;
    if (ends && key.rfind("train", 0) != 0) return values;
  }
  return curve(measure == "loss" ? "" : measure);
}

std::string Finding::text() const {
  static const char* const sure[] = {"low", "medium", "high"};
  std::string r = str(what, "   [", sure[static_cast<int>(confidence)], ": ", num(number), "]\n");
  for (const auto& e : evidence) r += "    " + e + "\n";
  for (size_t i = 0; i < remedies.size(); ++i) r += (i == 0 ? "  try  " : "       ") + remedies[i] + "\n";
  return r;
}

std::vector<Finding> diagnose(const Signals& signals) {
  std::vector<Finding> found;
  for (const auto& [id, look] : kDiagnoses)
    if (Found f = look(signals)) found.push_back(std::move(*f));
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) { return a.confidence > b.confidence; });
  return found;
}
std::vector<std::string> diagnoses() {
  std::vector<std::string> ids;
  for (const auto& [id, look] : kDiagnoses) ids.push_back(id);
  return ids;
}

namespace {

std::string quoted(const std::string& text) {
  std::string r = "\"";
  for (const char c : text) {
    char code[8];
    if (c == '"' || c == '\\') r += '\\';
    if (static_cast<unsigned char>(c) < 32) std::snprintf(code, sizeof code, "\\u%04x", c), r += code;
    else r += c;
  }
  return r + "\"";
}
std::string value_of(double v, int digits) {
  if (std::isinf(v)) return v > 0 ? "1e300" : "-1e300";  // JSON has no infinity
  if (std::isnan(v)) return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, v);
  return text;
}
std::string value(double v) { return value_of(v, 7); }
template <class T, class F>
std::string list(const std::vector<T>& all, const F& one) {
  std::string r = "[";
  for (size_t i = 0; i < all.size(); ++i) r += (i ? "," : "") + one(all[i]);
  return r + "]";
}

}  // namespace

std::string findings_json(const std::vector<Finding>& findings) {
  return list(findings, [](const Finding& f) {
    const char* const sure = f.confidence == Confidence::high ? "high" : f.confidence == Confidence::medium ? "medium" : "low";
    return str("\n{\"id\":", quoted(f.id), ",\"what\":", quoted(f.what), ",\"confidence\":\"", sure, "\",\"number\":", value(f.number), ",\"evidence\":", list(f.evidence, quoted), ",\"remedies\":", list(f.remedies, quoted), "}");
  });
}

std::string Signals::json() const {
  std::string r = "{\"wick_doctor\":1,\"curves\":{";
  for (size_t i = 0; i < curves.size(); ++i) r += str(i ? ",\n" : "\n", quoted(curves[i].first), ":", list(curves[i].second, value));
  r += "},\n\"parameters\":" + list(parameters, [](const Parameter& p) {
    return str("\n{\"name\":", quoted(p.name), ",\"values\":", p.values, ",\"dims\":", p.dims, ",\"samples\":", p.samples, ",\"without_gradient\":", p.without_gradient, ",\"trains\":", p.trains ? "true" : "false",
               ",\"in_optimizer\":", p.in_optimizer ? "true" : "false", ",\"weight\":", value(p.weight), ",\"gradient\":", value(p.gradient), ",\"update\":", value(p.update), "}");
  });
  r += ",\n\"layers\":" + list(layers, [](const Layer& l) {
    return str("\n{\"name\":", quoted(l.name), ",\"kind\":", quoted(l.kind), ",\"dead\":", value(l.dead), ",\"saturated\":", value(l.saturated), ",\"units\":", l.units, ",\"batch\":", l.batch, "}");
  });
  r += ",\n\"labels\":" + list(labels, [](int64_t n) { return std::to_string(n); });
  r += ",\n\"faults\":" + list(faults, [](const Fault& f) {
    return str("\n{\"kind\":", quoted(f.kind), ",\"count\":", f.count, ",\"of\":", f.of, ",\"near\":", f.near, ",\"number\":", value(f.number), ",\"examples\":", list(f.examples, quoted), "}");
  });
  r += ",\n\"steps\":" + list(steps, [](double v) { return value_of(v, 9); });
  for (const auto& [key, v] : {std::pair("first_loss", first_loss), {"input_mean", input_mean}, {"input_std", input_std}, {"input_max", input_max}, {"right", right}, {"right_held_out", right_held_out}}) r += str(",\n\"", key, "\":", value(v));
  return r + str(",\n\"held_out_examples\":", held_out_examples, ",\n\"non_finite\":", non_finite, ",\"broken\":", quoted(broken), ",\"normalises_input\":", normalises_input ? "true" : "false", ",\"unused_expected\":", unused_expected ? "true" : "false", "}\n");
}

}  // namespace wick::train::inline v1

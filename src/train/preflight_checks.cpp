// The checks before training: each judges the facts. To add one, write it and name it in the table at the end.
#include <algorithm>
#include <map>
#include <sstream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/debug/compare_runs.h>
#include <wick/nn.h>
#include <wick/ops.h>

#include "train/preflight.h"

namespace wick::train {
namespace {

using Names = std::vector<std::string>;

CheckResult pass(std::string what) { return {{}, Verdict::pass, std::move(what), {}}; }
CheckResult skip(std::string why) { return {{}, Verdict::skip, std::move(why), {}}; }
CheckResult warn(std::string what, Names remedies) { return {{}, Verdict::warn, std::move(what), std::move(remedies)}; }
CheckResult fail(std::string what, Names remedies) { return {{}, Verdict::fail, std::move(what), std::move(remedies)}; }

std::string num(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}
std::string some_of(const Names& all) {
  std::string text;
  for (size_t i = 0; i < all.size() && i < 4; ++i) text += (i ? ", " : "") + all[i];
  return all.size() > 4 ? str(text, " and ", all.size() - 4, " more") : text;
}
double number(const Tensor& t) { return t.to(kDouble).item<double>(); }
bool starts(const std::string& s, const char* with) { return s.rfind(with, 0) == 0; }
// Why a check that needs a loss cannot be made.
std::string no_loss(const Facts& f) {
  if (!f.no_batch.empty()) return "there is no batch";
  if (!f.error.empty()) return "the first step ended with an error";
  return std::isfinite(f.first) && f.has_gradient ? "" : "there is no loss to learn by";
}

// The labels in the shape that the outputs ask for; undefined where they do not fit.
Tensor labels_of_outputs(const Facts& f) {
  const Look& l = *f.look;
  if (l.kind != LossKind::classes || !f.hard_labels() || l.output.dim() < 2 || l.output.numel() == 0 || l.output.numel() / l.output.size(1) != f.s.target.numel()) return {};
  std::vector<int64_t> shape = l.output.sizes().vec();
  shape.erase(shape.begin() + 1);
  return f.s.target.reshape(shape);
}

CheckResult input(Facts& f) {
  if (!f.no_batch.empty()) return fail(f.no_batch, {"look at the data set and the sampler"});
  const Tensor& x = f.s.data;
  if (!x.defined()) return skip("the type of the batch does not tell its data");
  const std::string shape = x.dim() > 1 ? str(x.size(0), " examples ", x.sizes().slice(1)) : str(x.sizes());
  const Tensor v = x.detach().to(kDouble), low = v.amin(), high = v.amax();
  if (!x.is_floating_point()) return pass(str(shape, ", ", x.scalar_type(), " from ", num(number(low)), " to ", num(number(high))));
  if (const int64_t bad = x.isfinite().logical_not().sum().item<int64_t>(); bad > 0) {
    const int64_t first = x.isfinite().logical_not().reshape({x.size(0), -1}).any(1).to(kLong).argmax(0).item<int64_t>();
    return fail(str(bad, " of ", x.numel(), " values are NaN or infinite, first in example ", first, " of the batch"), {"x.isfinite() over the data set finds them; leave them out, or fill them"});
  }
  if (x.numel() > 1 && number(low) == number(high)) return fail(str(shape, ": all values are ", num(number(low))), {"look at how examples are read"});
  if (x.size(0) > 1 && x.dim() > 1 && number((v - v.narrow(0, 0, 1)).abs().amax()) == 0) return fail(str(shape, ": all examples are the same"), {"look at how examples are read and indexed"});
  const bool own = f.look && f.look->input.defined() && f.look->input.numel() > 1;  // after what the model does to it first
  const Tensor t = own ? f.look->input.to(kDouble) : v;
  const double mean = number(t.mean()), deviation = number(t.std(false)), rms = std::hypot(mean, deviation);
  const std::string values = str(shape, ", mean ", num(number(v.mean())), ", deviation ", num(number(v.std(false))), ", from ", num(number(low)), " to ", num(number(high)));
  if (own && f.look->layer.find("BatchNorm") != std::string::npos) return pass(values + "; batch norm comes first");
  const Names remedies = {"(x - mean) / deviation, of the training data", "data::transforms::Normalize<>(mean, deviation)", "nn::BatchNorm as the first layer"};
  const std::string first = own ? str("the first layer gets a mean of ", num(mean), " and a deviation of ", num(deviation), "; ") : "";
  if (rms > 10 && number(low) >= 0 && number(high) <= 255 && number((v - v.floor()).abs().amax()) == 0) return warn("raw bytes: " + values, {"x / 255, then data::transforms::Normalize<>(mean, deviation)"});
  if (rms > 10) return warn(first + "values are far too large: " + values, remedies);
  if (rms > 0 && rms < 0.01) return warn(first + "values are far too small: " + values, remedies);
  if (std::abs(mean) > 5 * deviation && rms > 0.01) return warn(first + "values are far from 0: " + values, remedies);
  return pass(values);
}

// Height, width and a few channels, in that order.
bool channels_last(IntArrayRef s) {
  if (s.size() != 4) return false;
  const bool few = s[3] == 1 || s[3] == 3 || s[3] == 4, pictures = s[1] >= 8 && s[2] >= 8;
  return few && pictures && s[1] != 1 && s[1] != 3;
}
CheckResult layout(Facts& f) {
  if (!f.no_batch.empty()) return skip("there is no batch");
  const Tensor& x = f.s.data;
  const std::vector<int64_t> given = x.defined() ? x.sizes().vec() : std::vector<int64_t>(), seen = f.look ? f.look->pictures : std::vector<int64_t>();
  const Names remedies = {"x.permute({0, 3, 1, 2}): Conv2d takes [N, C, H, W]; data::transforms or vision::decode_image give [C, H, W]"};
  if (channels_last(seen)) return fail(str("a convolution gets ", IntArrayRef(seen), ": channels last, of which it takes ", seen[1], " for channels"), remedies);
  if (seen.empty() && !f.error.empty() && channels_last(given)) return fail(str("the pictures are ", IntArrayRef(given), ": channels last"), remedies);
  if (seen.size() == 4) return pass(str("the first convolution gets ", IntArrayRef(seen), ", [N, C, H, W]"));
  return given.size() == 4 ? pass(str(IntArrayRef(given))) : skip("no pictures");
}

CheckResult labels(Facts& f) {
  const Tensor& y = f.s.target;
  if (!y.defined()) return skip("the type of the batch does not tell its targets");
  if (!f.no_batch.empty() || y.numel() == 0) return skip("there is no batch");
  if (y.is_floating_point()) {
    if (!y.isfinite().all().item<bool>()) return fail(str(y.isfinite().logical_not().sum().item<int64_t>(), " of ", y.numel(), " targets are NaN or infinite"), {"leave these examples out"});
    const Tensor v = y.to(kDouble);
    const double mean = number(v.mean()), deviation = number(v.std(false));
    if (y.numel() >= 4 && deviation == 0) return warn(str("all targets of the batch are ", num(mean)), {"look at how targets are read"});
    return pass(str("numbers ", y.sizes(), ", mean ", num(mean), ", deviation ", num(deviation)));
  }
  Tensor all = y.flatten().to(kLong);
  if (!f.s.labels.empty()) all = cat(f.s.labels).to(kLong);
  const Tensor kept = all.masked_select(all.ne(-100));  // what cross_entropy leaves out
  if (kept.numel() == 0) return fail("all labels are -100, which cross_entropy leaves out", {"labels from 0 to classes - 1"});
  const int64_t low = kept.min().item<int64_t>(), high = kept.max().item<int64_t>(), n = f.classes();
  if (n > 0 && (low < 0 || high >= n)) {
    return fail(str("labels from ", low, " to ", high, ", and the network has ", n, " outputs: they have to be 0 to ", n - 1),
                {low == 1 && high == n ? "labels - 1: they are counted from 1" : str("a last layer of ", high + 1, " outputs, or other labels"), "CrossEntropyLossOptions().ignore_index for those to be left out"});
  }
  if (low < 0) return warn(str("there are labels below 0: ", low), {"classes are counted from 0"});
  return pass(str("classes ", low, " to ", high, n > 0 ? str(" of ", n) : "", ", ", kept.numel(), " examples seen"));
}

CheckResult order(Facts& f) {
  if (f.s.labels.empty()) return skip("no classes to look at");
  const Tensor all = cat(f.s.labels).to(kLong).contiguous();
  const int64_t n = all.numel(), *y = all.data_ptr<int64_t>();
  std::map<int64_t, int64_t> counts;
  int64_t same = 0, most = 0;
  for (int64_t i = 0; i < n; ++i) most = std::max(most, ++counts[y[i]]), same += i > 0 && y[i] == y[i - 1];
  double chance = 0;
  for (const auto& [label, k] : counts) chance += std::pow(static_cast<double>(k) / static_cast<double>(n), 2);
  const Names remedies = {"data::make_data_loader<data::samplers::RandomSampler>(…), the default", "examples.index_select(0, randperm(n)) once, for batches cut from a tensor"};
  const bool sorted = std::is_sorted(y, y + n) || std::is_sorted(y, y + n, std::greater<>());
  if (n >= 16 && n - most >= 6 && sorted) return fail(str("the first ", n, " examples are sorted by class: a batch says little of the others"), remedies);
  if (n >= 64 && counts.size() == 1 && f.classes() > 1) return warn(str("the first ", n, " examples are all of class ", y[0], ", of ", f.classes(), ": sorted?"), remedies);
  const double share = n > 1 ? static_cast<double>(same) / static_cast<double>(n - 1) : 0;
  if (n >= 64 && share > 0.5 + 0.5 * chance) return warn(str("examples of a class come in rows: ", num(100 * share), " % follow one of their class; by chance it would be ", num(100 * chance), " %"), remedies);
  return pass(str("the classes of ", n, " examples are mixed"));
}

CheckResult loss(Facts& f) {
  if (!f.no_batch.empty()) return skip("there is no batch");
  if (!f.error.empty()) return fail(f.error, {});
  if (!f.loss.defined()) return fail("the loss is an undefined tensor", {"return it"});
  if (f.loss.numel() != 1) return fail(str("the loss has the shape ", f.loss.sizes(), "; it has to be one number"), {"loss.mean()"});
  if (!std::isfinite(f.first)) return fail(str("the loss is ", f.first), {"look at the line `input`; a log of 0, a division by 0", "autograd::AnomalyMode::set_enabled(true), debug::NanWatch"});
  if (!f.has_gradient) return fail("the loss has no gradient: nothing in it requires one", {"look for detach(), NoGradGuard, item() or requires_grad_(false)"});
  return pass(num(f.first));
}

CheckResult first_loss(Facts& f) {
  if (const std::string why = no_loss(f); !why.empty()) return skip(why);
  if (std::isnan(f.base)) return skip(f.look->kind == LossKind::numbers ? "the targets do not differ" : "the loss is of a kind that is not known");
  if (f.s.trainer && f.s.trainer->step() > 0) return skip("it has been trained");
  const Look& l = *f.look;
  const double n = static_cast<double>(f.examples());
  if (l.kind == LossKind::numbers) {
    if (l.output.numel() != l.target.numel()) return skip("see `outputs`");
    const Tensor d = l.output.to(kDouble).reshape({-1}) - l.target.to(kDouble).reshape({-1}), t = l.target.to(kDouble);
    const double error = number(d.square().mean()), mean = number(t.mean());
    const std::string text = str("mean squared error ", num(error), ", the targets' variance ", num(f.base));
    if (f.base > 0 && error > 10 * f.base) {
      return warn(str(text, ", their mean ", num(mean), ": the first outputs are far off"), {"(y - mean) / deviation, of the training data", "bias of the last layer: the mean of the targets", "smaller initial weights"});
    }
    return pass(text);
  }
  // What the network says of the labels, without weights or smoothing; where labels are soft, the loss itself.
  double own = f.first;
  const Tensor y = labels_of_outputs(f);
  if (y.defined()) own = number(nn::functional::cross_entropy(l.output, y));
  const double expected = f.base;
  const std::string text = str(num(own), ", a guess has ln(", l.kind == LossKind::logits || l.kind == LossKind::probabilities ? int64_t{2} : f.classes(), ") = ", num(expected));
  if (n >= 4 && f.first > 0.5 * n * own && own > 0.1) return warn(str("the loss is ", num(f.first), ", the sum over ", num(n), " examples (", num(f.first / n), " each): the rate then depends on the size of the batch"), {"the mean: reduction(kMean), the default"});
  if (own > 10 * expected) return fail(text + ": the first outputs are far too large", {"smaller initial weights of the last layer", "inputs with mean 0 and deviation 1", "labels that fit the outputs"});
  if (own > expected + std::max(1.5, 0.5 * expected)) return warn(text + ": the first outputs are too large", {"smaller initial weights of the last layer", "inputs with mean 0 and deviation 1"});
  if (own < 0.5 * expected) return warn(text + ": it knows too much already", {"are the labels among the inputs?", "fewer outputs, if some stand for no class", "weights that were loaded know it: then all is well"});
  return pass(text);
}

CheckResult outputs(Facts& f) {
  if (!f.no_batch.empty() || !f.look) return skip("there is no batch");
  const Look& l = *f.look;
  if (!l.output.defined() || l.output.numel() == 0) return skip("the loss is of a kind that is not known");
  const NoGradGuard off;
  if (l.kind == LossKind::numbers) {
    if (l.output.sizes() == l.target.sizes()) return pass(str("numbers ", l.output.sizes(), " for targets ", l.target.sizes()));
    if (l.output.dim() == 0 || l.target.dim() == 0) return skip("the loss is of a kind that is not known");
    return fail(str("outputs ", l.output.sizes(), " and targets ", l.target.sizes(), " are broadcast: each output is compared with all targets"), {"targets.view_as(outputs), or outputs.squeeze(1)"});
  }
  const Tensor o = l.output.to(kDouble);
  if (l.kind == LossKind::logits) {
    if (starts(l.made_by, "Sigmoid")) return fail("a sigmoid before binary_cross_entropy_with_logits, which has one", {"leave out the sigmoid"});
    return pass(str("logits ", o.sizes()));
  }
  if (l.kind == LossKind::probabilities) return pass(str("probabilities ", o.sizes()));
  if (o.dim() < 2) return pass(str(o.sizes()));
  if (o.size(1) == 1) return fail("one output: cross_entropy over a single class is always 0", {"binary_cross_entropy_with_logits, or two outputs"});
  const bool probabilities = number(o.amin()) >= 0 && number(o.amax()) <= 1 && number(o.sum(1).sub(1).abs().amax()) < 1e-3;
  if (probabilities || starts(l.made_by, "Softmax")) return fail("the outputs are probabilities already, and cross_entropy takes the softmax again: gradients become small", {"leave out the softmax: cross_entropy takes what the last layer gives"});
  const bool logarithms = number(o.exp().sum(1).sub(1).abs().amax()) < 1e-3;
  const Tensor y = labels_of_outputs(f);
  if (y.defined() && !logarithms && l.value.defined() && l.value.numel() == 1) {
    const double value = number(l.value), plain = number(nn::functional::nll_loss(o, y)), entropy = number(nn::functional::cross_entropy(o, y));
    if (std::abs(value - plain) < 1e-4 * (1 + std::abs(plain)) && std::abs(value - entropy) > 1e-2) return fail("nll_loss gets outputs that are no logarithms of probabilities", {"cross_entropy in its place", "log_softmax before it"});
  }
  return pass(str(logarithms ? "logarithms of probabilities " : "scores ", o.sizes()));
}

CheckResult mode(Facts& f) {
  if (!f.s.model.is_training()) return warn("the model is in evaluation mode: dropout does nothing, and batch norm uses its running statistics", {"model->train() before the loop"});
  Names still;
  f.s.model.apply([&](const std::string& name, nn::Module& m) {
    if (m.is_training() || m.is_frozen()) return;
    const std::string kind = m.name();
    if (kind.find("Dropout") != std::string::npos || kind.find("BatchNorm") != std::string::npos) still.push_back(name);
  });
  if (!still.empty()) return warn("in evaluation mode, though the model trains: " + some_of(still), {"model->train() before the loop", "module->freeze() where that is meant"});
  if (f.evaluates && !f.repeats) return warn("in evaluation mode the outputs differ from run to run: something random does not look at the mode", {"dropout(x, p, is_training()), or nn::Dropout"});
  return pass(f.evaluates ? "training; the same outputs twice in evaluation mode" : "training");
}

CheckResult gradients(Facts& f) {
  if (f.parameters.empty()) return fail("no parameter requires a gradient: there is nothing to learn", {"register_parameter, register_module or reg in the constructor", "module->unfreeze(), requires_grad_(true)"});
  if (const std::string why = no_loss(f); !why.empty()) return skip(why);
  Names none, broken, zero;
  for (const Watched& w : f.parameters) {
    if (!w.reached) none.push_back(w.name);
    else if (!w.finite) broken.push_back(w.name);
    else if (!w.nonzero) zero.push_back(w.name);
  }
  const size_t all = f.parameters.size();
  if (!broken.empty()) return fail(str("NaN or infinite gradients in ", broken.size(), " of ", all, " parameters: ", some_of(broken)), {"autograd::AnomalyMode::set_enabled(true) names the operation", "sqrt, log or a division at 0"});
  const bool expected = f.s.trainer && f.s.trainer->options().find_unused_parameters();
  if (!none.empty() && !expected) {
    return fail(str("no gradient reaches ", none.size(), " of ", all, " parameters: ", some_of(none)), {"look for detach(), NoGradGuard, item() or a layer that forward does not use", "requires_grad_(false) where that is meant"});
  }
  if (!zero.empty()) return warn(str("gradients are 0 in all steps in ", zero.size(), " of ", all, " parameters: ", some_of(zero)), {"dead ReLUs, a factor of 0, weights that start at 0 on both sides"});
  return pass(none.empty() ? str("reach all ", all, " parameters") : str("reach ", all - none.size(), " of ", all, " parameters; others are expected to be unused"));
}

CheckResult optimizer(Facts& f) {
  if (!f.s.optimizer) return skip("PreflightOptions().optimizer(&optimizer) gives it");
  std::set<const void*> has, own;
  size_t foreign = 0;
  for (const Tensor& p : f.s.model.parameters()) own.insert(p.unsafeGetTensorImpl());
  bool rate = false;
  for (const auto& g : f.s.optimizer->param_groups()) {
    rate = rate || rate_of(g) != 0;
    for (const Tensor& p : g.params()) foreign += own.count(p.unsafeGetTensorImpl()) == 0, has.insert(p.unsafeGetTensorImpl());
  }
  Names missing;
  for (const Watched& w : f.parameters)
    if (has.count(w.value.unsafeGetTensorImpl()) == 0) missing.push_back(w.name);
  if (!missing.empty()) {
    return fail(str(missing.size(), " of ", f.parameters.size(), " parameters that require a gradient are not in the optimizer: ", some_of(missing), foreign ? str("; ", foreign, " of its own are not the model's") : ""),
                {"make the optimizer of model->parameters(), after layers were replaced and the model was copied", "requires_grad_(false) where that is meant"});
  }
  if (!rate) return warn("the learning rate is 0", {"AdamWOptions(1e-3)"});
  return pass(str("has all ", f.parameters.size(), " parameters that learn"));
}

CheckResult independence(Facts& f) {
  if (!f.error.empty()) return skip("the first step ended with an error");
  if (!f.evaluates || !f.changed.defined()) return skip(!f.no_evaluation.empty() ? f.no_evaluation : !f.no_batch.empty() ? "there is no batch" : f.examples() == 1 ? "there is one example only" : "the type of the batch does not tell its data");
  if (!f.repeats) return skip("the outputs differ from run to run anyway");
  const int64_t n = f.examples(), rows = f.once.dim() > 0 ? f.once.size(0) : 0;
  if (rows == 0 || rows % n != 0 || f.changed.sizes() != f.once.sizes()) return skip(str("the outputs ", f.once.sizes(), " are not those of ", n, " examples"));
  const Tensor d = (f.changed.to(kDouble) - f.once.to(kDouble)).abs().reshape({rows, -1}).amax(1).contiguous();
  const double least = 1e-4 * (number(f.once.to(kDouble).abs().amax()) + 1e-12);
  int64_t here = -1, there = -1;  // another example that changed, with rows of an example side by side, or apart
  for (int64_t r = 0; r < rows; ++r) {
    if (!(d.data_ptr<double>()[r] > least)) continue;
    if (here < 0 && r / (rows / n) != f.example) here = r / (rows / n);
    if (there < 0 && r % n != f.example) there = r % n;
  }
  if (here < 0 || there < 0) return pass("an output depends on its own example only");
  return fail(str("the output of example ", here, " changes when example ", f.example, " is another one"),
              {"view or reshape where permute or transpose is meant", "a mean, softmax or norm over dimension 0", "no fault where examples are meant to see each other, as in contrastive learning"});
}

CheckResult one_batch(Facts& f) {
  if (const std::string why = no_loss(f); !why.empty()) return skip(why);
  if (f.parameters.empty()) return skip("there is nothing to learn");
  if (!f.broke.empty()) return fail(str("training on one batch ended with an error: ", f.broke), {});
  const double start = std::isnan(f.base) ? f.first : std::min(f.first, f.base);
  const auto least = [](const std::vector<double>& v) { return v.empty() ? INFINITY : *std::min_element(v.begin(), v.end(), [](double a, double b) { return a < b || std::isnan(b); }); };
  const auto course = [&](const std::vector<double>& v) { return str("the loss goes from ", num(v[0]), " to ", num(v.back()), " in ", v.size() - 1, " steps on one batch"); };
  const bool diverged = !f.losses.empty() && !std::isfinite(f.losses.back()), learnt = least(f.losses) < 0.5 * start && !diverged, other = least(f.others) < 0.5 * start;
  if (learnt) return pass(course(f.losses));
  if (f.late) return skip(str("there was no time: ", course(f.others.empty() ? f.losses : f.others)));
  if (f.losses.empty() && other) return pass(str(course(f.others), ", with Adam"));
  if (diverged) return fail(course(f.losses) + ", with its optimizer", {"a learning rate 10 times smaller", "TrainerOptions().clip_norm(1)"});
  if (other) return warn(str(course(f.losses), " with its optimizer", f.rate > 0 ? str(" at ", num(f.rate)) : "", ", and to ", num(f.others.back()), " with Adam at 0.003"), {"another learning rate: it may be too low, or too high", "optim::AdamW"});
  if (std::min(least(f.losses), least(f.others)) < 0.5 * f.first) return warn(str(course(f.losses.empty() ? f.others : f.losses), "; a guess has ", num(start)), {"another learning rate", "look at the line `first_loss`"});
  const auto& shown = f.losses.empty() ? f.others : f.losses;
  return fail(course(shown) + ": it cannot be learnt by heart", {"look whether labels belong to their inputs", "look at the lines `gradients`, `outputs` and `input`", "a larger network, less dropout and weight decay"});
}

CheckResult deterministic(Facts& f) {
  if (const std::string why = no_loss(f); !why.empty()) return skip(why);
  if (f.seconds() > f.o.seconds()) return skip("there was no time");
  f.kept.restore();
  const auto runs = debug::compare_runs([&] {
    f.kept.restore_values();
    f.s.backward(f.s.loss({}));
  });
  if (runs.same) return pass(str("the same step gives the same bits (", runs.ops, " ops)"));
  std::ostringstream text;
  text << runs;
  std::string line = text.str();
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return fail(line, {"random numbers from wick::default_generator(), which manual_seed seeds", "nothing that a step leaves behind for the next, such as counters and caches"});
}

}  // namespace

std::vector<std::pair<const char*, CheckResult (*)(Facts&)>> all_checks() {
  return {{"input", input},         {"layout", layout}, {"labels", labels},       {"order", order},         {"loss", loss},           {"first_loss", first_loss},      {"outputs", outputs},
          {"mode", mode},           {"gradients", gradients}, {"optimizer", optimizer}, {"independence", independence}, {"one_batch", one_batch}, {"deterministic", deterministic}};
}

}  // namespace wick::train

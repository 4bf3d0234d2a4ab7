#include <wick/train/mislabelled.h>

#include <algorithm>
#include <cmath>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/dist/process_group.h>
#include <wick/ops.h>

namespace wick::train::inline v1 {

namespace {

constexpr double kExplained = 0.6, kFlat = 0.65;
constexpr size_t kFewest = 5;

// One answer: how sure it was, and whether the label is another.
struct Answer {
  float sure;
  bool against;
};

// See the header.
double share_wrong(std::vector<Answer> answers, double most_frequent) {
  const size_t n = answers.size();
  std::sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) { return a.sure > b.sure; });
  const auto against = [&](size_t first) { return std::count_if(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(first), [](const Answer& a) { return a.against; }); };
  const auto share = [&](size_t first) { return static_cast<double>(against(first)) / static_cast<double>(std::max<size_t>(1, first)); };
  if (static_cast<size_t>(against(n / 6)) < kFewest || share(n) > (1 - kExplained) * (1 - most_frequent)) return 0;
  return share(n / 6) >= kFlat * share(n / 2) ? share(n / 6) : 0;
}

// Where answers are means over epochs, the label itself is a part of them, and those against it are not among the surest. By mistake many are clearly against their labels
// and few are undecided; where classes overlap it is the other way round.
double share_against(const std::vector<std::pair<Suspect, bool>>& others, size_t n) {
  const auto above = [&](double least) { return std::count_if(others.begin(), others.end(), [&](const auto& o) { return o.first.score > least; }); };
  const auto clearly = above(0.4), undecided = static_cast<std::ptrdiff_t>(others.size()) - above(0.2);
  return clearly >= 10 && clearly >= 4 * undecided ? static_cast<double>(clearly) / static_cast<double>(n) : 0;
}

Mislabelled ranked(const Tensor& probabilities, const Tensor& labels, bool means) {
  WICK_CHECK_TYPE(ValueError, probabilities.defined() && probabilities.dim() == 2 && labels.defined() && labels.dim() == 1 && probabilities.size(0) == labels.size(0),
                  "rank_mislabelled: expected probabilities [n, classes] and labels [n], got ", probabilities.defined() ? str(probabilities.sizes()) : "nothing", " and ", labels.defined() ? str(labels.sizes()) : "nothing");
  WICK_CHECK_TYPE(TypeError, probabilities.is_floating_point() && labels.scalar_type() == kLong, "rank_mislabelled: probabilities are floating and labels Long, got ", probabilities.scalar_type(), " and ", labels.scalar_type());
  const NoGradGuard off;
  const Tensor p = probabilities.to(kFloat).contiguous(), own = labels.contiguous();
  const int64_t n = p.size(0), classes = p.size(1);
  const float* all = p.data_ptr<float>();
  const int64_t* y = own.data_ptr<int64_t>();
  std::vector<double> threshold(static_cast<size_t>(classes)), members(static_cast<size_t>(classes));
  std::vector<int64_t> whole;
  for (int64_t i = 0; i < n; ++i) {
    WICK_CHECK_TYPE(IndexError, y[i] >= 0 && y[i] < classes, "rank_mislabelled: label ", y[i], " of example ", i, " with ", classes, " classes");
    const float* row = all + i * classes;
    if (!std::all_of(row, row + classes, [](float v) { return std::isfinite(v); })) continue;
    whole.push_back(i);
    threshold[static_cast<size_t>(y[i])] += row[y[i]];
    ++members[static_cast<size_t>(y[i])];
  }
  for (size_t c = 0; c < threshold.size(); ++c) threshold[c] = members[c] > 0 ? threshold[c] / members[c] : INFINITY;
  Mislabelled r;
  std::vector<Answer> answers;
  std::vector<std::pair<Suspect, bool>> others;  // whether by confident learning
  for (const int64_t i : whole) {
    const float* row = all + i * classes;
    const int64_t best = std::max_element(row, row + classes) - row;
    answers.push_back({row[best], best != y[i]});
    if (row[best] > row[y[i]])
      others.push_back({{i, y[i], best, static_cast<double>(row[best]) - row[y[i]], -std::log(std::max(static_cast<double>(row[y[i]]), 1e-38))}, row[best] >= threshold[static_cast<size_t>(best)]});
  }
  if (!whole.empty()) r.share = share_wrong(std::move(answers), *std::max_element(members.begin(), members.end()) / static_cast<double>(whole.size()));
  if (means && r.share == 0 && !whole.empty()) r.share = share_against(others, whole.size());
  std::stable_sort(others.begin(), others.end(), [](const auto& a, const auto& b) { return a.first.score > b.first.score; });
  const auto estimate = static_cast<size_t>(std::llround(r.share * static_cast<double>(whole.size())));
  for (size_t k = 0; k < others.size(); ++k)
    if (k < estimate || others[k].second) r.suspects.push_back(others[k].first);
  return r;
}

}  // namespace

Mislabelled rank_mislabelled(const Tensor& probabilities, const Tensor& labels) { return ranked(probabilities, labels, false); }

LabelWatch::LabelWatch(int64_t examples, int64_t classes, int64_t looks) : looks_(looks) {
  WICK_CHECK_TYPE(ValueError, examples >= 0 && classes >= 1 && looks >= 1, "LabelWatch: ", examples, " examples of ", classes, " classes, ", looks, " looks");
  sums_ = zeros({examples, classes}, kFloat);
  margins_ = zeros({examples}, kFloat);
  seen_ = zeros({examples}, kLong);
  labels_ = full({examples}, -1, kLong);
}

void LabelWatch::update(const Tensor& index, const Tensor& logits, const Tensor& labels) {
  const int64_t n = sums_.size(0), classes = sums_.size(1), b = index.numel();
  WICK_CHECK_TYPE(ValueError, index.dim() == 1 && labels.dim() == 1 && labels.size(0) == b && logits.dim() == 2 && logits.size(0) == b && logits.size(1) == classes, "LabelWatch: expected places [b], outputs [b, ", classes,
                  "] and labels [b], got ", index.sizes(), ", ", logits.sizes(), " and ", labels.sizes());
  const NoGradGuard off;
  const Tensor p = logits.detach().to(kFloat).softmax(1).contiguous(), raw = logits.detach().to(kFloat).contiguous(), at = index.to(kLong).contiguous(), y = labels.to(kLong).contiguous();
  const int64_t *place = at.data_ptr<int64_t>(), *label = y.data_ptr<int64_t>();
  for (int64_t k = 0; k < b; ++k)
    WICK_CHECK_TYPE(IndexError, place[k] >= 0 && place[k] < n && label[k] >= 0 && label[k] < classes, "LabelWatch: example ", place[k], " of ", n, " with the label ", label[k], " of ", classes);
  for (int64_t k = 0; k < b; ++k) {
    const float *from = p.data_ptr<float>() + k * classes, *out = raw.data_ptr<float>() + k * classes;
    if (seen_.data_ptr<int64_t>()[place[k]] >= looks_ || !std::all_of(from, from + classes, [](float v) { return std::isfinite(v); })) continue;
    float other = -INFINITY;
    for (int64_t c = 0; c < classes; ++c) {
      sums_.data_ptr<float>()[place[k] * classes + c] += from[c];
      if (c != label[k]) other = std::max(other, out[c]);
    }
    margins_.data_ptr<float>()[place[k]] += out[label[k]] - (classes > 1 ? other : 0);
    ++seen_.data_ptr<int64_t>()[place[k]];
    labels_.data_ptr<int64_t>()[place[k]] = label[k];
  }
}

Tensor LabelWatch::probabilities() const { return sums_ / seen_.to(kFloat).unsqueeze(1); }  // 0 / 0 is NaN
Tensor LabelWatch::margins() const { return margins_ / seen_.to(kFloat); }

Mislabelled LabelWatch::rank() const {
  const Tensor some = seen_.gt(0).nonzero().flatten().contiguous();
  if (some.numel() == 0) return {};
  Mislabelled r = ranked(probabilities().index_select(0, some), labels_.index_select(0, some), true);
  for (Suspect& s : r.suspects) s.index = some.data_ptr<int64_t>()[s.index];
  return r;
}

void LabelWatch::merge() {
  for (const Tensor* t : {&sums_, &margins_, &seen_}) distributed::all_reduce(*t);
  distributed::all_reduce(labels_, distributed::ReduceOp::MAX);
}

}  // namespace wick::train::inline v1

// Labels that are probably wrong, by what networks say of the examples.
#pragma once

#include <cstdint>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace train {
inline namespace v1 {

/// An example whose label is probably wrong, what it should rather be, how much surer of that the network was (0 to 1, by probability), and the loss of the label.
struct Suspect {
  int64_t index = 0, given = 0, suggested = 0;
  double score = 0, loss = 0;
};

/// The suspects by confident learning (C. Northcutt et al. 2021, https://arxiv.org/abs/1911.00068): those of which another class is as likely as it is on average for the
/// examples that bear its name. Surest first. `probabilities` [n, classes] must be those of a network that has not learnt these examples by heart: of what is held out,
/// or of a LabelWatch; labels [n] int64. Rows with values that are not finite are passed over. Errors: other shapes, labels that are no classes.
std::vector<Suspect> rank_mislabelled(const Tensor& probabilities, const Tensor& labels);

/// What a network says of its training examples while it learns: means over the epochs. Wrong labels are learnt late, against what the other examples say, so these
/// means show them where the final network has learnt them by heart, as in the area under the margin (G. Pleiss et al. 2020, https://arxiv.org/abs/2001.10528).
///     train::LabelWatch watch(n, classes);
///     ... in training_step: watch.update(index, logits, b.target);   // which examples these are
///     for (const auto& s : watch.suspects()) std::printf("%ld is labelled %ld, is it %ld?\n", s.index, s.given, s.suggested);
class LabelWatch {
 public:
  LabelWatch(int64_t examples, int64_t classes);
  /// Adds a batch: places of the examples [b], what the network gave for them before the softmax [b, classes], labels [b]. Errors: other shapes, places beyond the end.
  void update(const Tensor& index, const Tensor& logits, const Tensor& labels);
  /// Mean probabilities [n, classes], mean margins [n] (what was given for the label less the largest of the others); NaN for examples that were never seen. And how
  /// often each was seen [n], and its last label, -1 where never seen.
  Tensor probabilities() const;
  Tensor margins() const;
  const Tensor& seen() const { return seen_; }
  const Tensor& labels() const { return labels_; }
  /// `rank_mislabelled` of those that were seen.
  std::vector<Suspect> suspects() const;
  /// Sums of all processes' watches where there are several, each having seen others; a collective.
  void merge();

 private:
  Tensor sums_, margins_, seen_, labels_;
};

}  // namespace v1
}  // namespace train
}  // namespace wick

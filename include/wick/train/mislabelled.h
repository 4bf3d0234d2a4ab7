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

/// The suspects, surest first, and the share of the labels that is wrong, by estimate; 0 where there is no sign of it.
struct Mislabelled {
  std::vector<Suspect> suspects;
  double share = 0;
};

/// Ranks examples by how much surer of another class the network was. Suspects are those of which another class is as likely as it is on average for the examples that
/// bear its name (confident learning, C. Northcutt et al. 2021, https://arxiv.org/abs/1911.00068), and as many of the next ones as the estimate says. That is the share
/// of labels against which the surest sixth of the answers speaks, if it is the same in the surest half: where classes overlap by nature it falls the surer the answers
/// are, where labels are wrong by mistake it does not. No estimate is made (0) from fewer than 5 such labels, or where the answers explain less than 60 % of what a guess
/// gets wrong. `probabilities` [n, classes] must be those of a network that has not learnt these examples by heart: of what is held out, or of a LabelWatch; labels [n]
/// int64. Rows with values that are not finite are passed over. Errors: other shapes, labels that are no classes.
Mislabelled rank_mislabelled(const Tensor& probabilities, const Tensor& labels);

/// What a network says of its training examples while it learns: means over the first epochs. Wrong labels are learnt late, against what the other examples say, so these
/// means show them where the final network has learnt them by heart, as in the area under the margin (G. Pleiss et al. 2020, https://arxiv.org/abs/2001.10528).
///     train::LabelWatch watch(n, classes);
///     ... in training_step: watch.update(index, logits, b.target);   // which examples these are
///     for (const auto& s : watch.rank().suspects) std::printf("%ld is labelled %ld, is it %ld?\n", s.index, s.given, s.suggested);
class LabelWatch {
 public:
  /// Looks at each example the first `looks` times.
  LabelWatch(int64_t examples, int64_t classes, int64_t looks = 8);
  /// Adds a batch: places of the examples [b], what the network gave for them before the softmax [b, classes], labels [b]. Errors: other shapes, places beyond the end.
  void update(const Tensor& index, const Tensor& logits, const Tensor& labels);
  /// Mean probabilities [n, classes], mean margins [n] (what was given for the label less the largest of the others); NaN for examples that were never seen. And how
  /// often each was seen [n], and its last label, -1 where never seen.
  Tensor probabilities() const;
  Tensor margins() const;
  const Tensor& seen() const { return seen_; }
  const Tensor& labels() const { return labels_; }
  /// `rank_mislabelled` of those that were seen. Where that makes no estimate: the share of which another class was surer by 0.4, if these are 10 at least and 4 times as
  /// many as those of which one was surer by 0.2 at most.
  Mislabelled rank() const;
  /// Sums of all processes' watches where there are several, each having seen others; a collective.
  void merge();

 private:
  Tensor sums_, margins_, seen_, labels_;
  int64_t looks_;
};

}  // namespace v1
}  // namespace train
}  // namespace wick

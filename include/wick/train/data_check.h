// Faults of data that can be found without a network: examples that come twice, are in training and held out, or have two labels; columns that tell the target.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wick/data/table.h>
#include <wick/nn/arg.h>
#include <wick/train/doctor.h>

namespace wick {
namespace train {
inline namespace v1 {

/// What a DataCheck looks for.
struct DataCheckOptions {
  /// Whether pictures and texts that are nearly the same are found, too; pictures also when one is the other's mirror image.
  WICK_ARG(bool, near) = true;
  WICK_ARG(bool, mirrored) = false;
  /// How alike pictures must be, from 0 to 1; 0: chosen from the data, 8 times as close as a picture usually is to the one that is closest to it. And texts: the share
  /// of their runs of three words that both have.
  WICK_ARG(double, alike) = 0;
  WICK_ARG(double, alike_texts) = 0.8;
  /// Seconds after which it gives up (0: never); the report is then not `complete`.
  WICK_ARG(double, seconds) = 0;
};

/// Two examples, by part and place in it: the first comes earlier. `alike` is 1 where they are the same to the last bit.
struct DataPair {
  size_t part_a = 0, part_b = 0;
  int64_t a = 0, b = 0;
  double alike = 1;
  bool exact = true, same_label = true;
};

/// A column of a table from which alone the target follows: the share of what a guess gets wrong (or of the variance) that it explains in rows it was not fitted to.
struct TellingColumn {
  std::string name;
  double explains = 0;
};

/// What was found. Each example is in one pair at most with an earlier one of its own part, and in one with one of an earlier part: the closest.
struct DataReport {
  std::vector<std::string> parts;
  std::vector<int64_t> sizes;
  std::vector<DataPair> pairs;  // the same ones first, then by how alike they are
  std::vector<TellingColumn> columns;
  double alike = 0, expected = 0;  // the limit that was used for pictures; rows that would be the same by chance
  bool complete = true;

  /// The pairs of a kind: "leakage" (in different parts), "duplicates" (in one part, of one label), "conflicting_labels" (of different labels, in any parts).
  std::vector<DataPair> of(const std::string& kind) const;
  bool clean() const { return pairs.empty() && columns.empty(); }
  /// For the Doctor. `name` says what an example is called: by default "train 17".
  std::vector<Signals::Fault> faults(const std::function<std::string(size_t part, int64_t index)>& name = {}) const;
};

/// Looks over examples as they come, part by part (that for training first), and keeps a few hundred bytes of each.
///     train::DataCheck check;
///     check.part("train").add(train_x, train_y);
///     check.part("test").add(test_x, test_y);
///     for (const auto& pair : check.report().of("leakage")) std::printf("test %ld is train %ld\n", pair.b, pair.a);
/// The same examples are found by 64 bits of their content. Nearly the same pictures (other sizes, brightness, contrast, compression) by the 63 lowest frequencies of
/// their cosine transform, as in pHash (https://www.phash.org), each divided by its deviation over all pictures; the cosine between these is how alike they are; what to
/// compare is found by random projections (M. Charikar 2002, https://doi.org/10.1145/509907.509965). Texts by MinHash of runs of three words in small letters without
/// signs (A. Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900), then by the exact share.
class DataCheck {
 public:
  explicit DataCheck(DataCheckOptions options = {});
  DataCheck(DataCheck&&) noexcept;
  ~DataCheck();
  /// What is added from here on belongs to this part.
  DataCheck& part(const std::string& name);
  /// Examples [n, ...] and their labels [n] (or targets of any shape [n, ...]; undefined: none). [n, C, H, W] with 1, 3 or 4 channels and sides of 8 at least are pictures.
  /// Errors: no dimension, another number of labels, sparse or complex values.
  DataCheck& add(const Tensor& x, const Tensor& y = {});
  /// One example by its content: the bytes of a file, a row; or a text.
  DataCheck& add(std::string_view content, int64_t label = 0);
  DataCheck& add_text(const std::string& text, int64_t label = 0);
  /// What was found so far.
  DataReport report() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Rows of a table with equal features, in one part or in several (`rows` of each, by number; none: all are one part), and columns that tell the target alone:
/// a rule of one column (the most frequent class, or mean, of each category or of 64 ranges of numbers; a line) fitted to half of the rows explains 98 % and more of
/// the other half. Errors: unknown columns, numbers of rows that are too large.
DataReport check_table(const data::Table& table, const std::string& target, const std::vector<std::string>& leave_out = {}, const std::vector<std::string>& parts = {},
                       const std::vector<std::vector<size_t>>& rows = {}, DataCheckOptions options = {});

}  // namespace v1
}  // namespace train
}  // namespace wick

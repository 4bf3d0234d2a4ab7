// Tables in text files (CSV, TSV), and datasets of their rows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <wick/data/datasets.h>
#include <wick/nn/arg.h>

namespace wick {
namespace data {
inline namespace v1 {

/// How a table is read.
struct TableOptions {
  /// What stands between fields; 0: a tab if the first line has one, else the more frequent of comma and semicolon.
  WICK_ARG(char, separator) = 0;
  /// What surrounds fields that hold separators, line ends or (doubled) quotes; 0 for nothing.
  WICK_ARG(char, quote) = '"';
  /// Whether the first line has the columns' names. If not said, it has when none of its fields is a number. Columns without a name are called
  /// by their place, "0" for the first.
  WICK_ARG(std::optional<bool>, header);
  /// Fields that stand for a missing value.
  WICK_ARG(std::vector<std::string>, missing) = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  /// Columns that hold categories though they look like numbers, and columns in which anything but a number is an error.
  WICK_ARG(std::vector<std::string>, categories);
  WICK_ARG(std::vector<std::string>, numbers);
};

/// A table by columns. A column in which every field is a (finite, decimal) number or missing holds numbers, any other one categories.
class Table {
 public:
  enum class Kind { kNumber, kCategory };
  /// Numbers are NaN where missing. Codes are places in `categories`, which are sorted (as numbers if all are), and -1 where missing.
  struct Column {
    std::string name;
    Kind kind = Kind::kNumber;
    std::vector<double> numbers;
    std::vector<int64_t> codes;
    std::vector<std::string> categories;
    size_t missing = 0;
  };

  /// The table in a file or in a text, which errors call `name`. Spaces around fields and empty lines do not count. Errors name the file and the
  /// line: rows with another number of fields, quotes that stay open, zero bytes, names that come twice, unknown columns in the options.
  /// (https://www.rfc-editor.org/rfc/rfc4180)
  static Table read(const std::string& path, const TableOptions& options = {});
  static Table parse(const std::string& text, const TableOptions& options = {}, const std::string& name = "Table");

  /// Its size, and its columns in order.
  size_t rows() const { return lines_.size(); }
  const std::vector<Column>& columns() const { return columns_; }
  /// The column of a name. Errors: there is none (the names are listed).
  const Column& column(const std::string& name) const;
  /// Columns of numbers as a tensor float32 [rows, n], all of them if none are named; NaN where missing. Errors: unknown columns, categories.
  Tensor tensor(const std::vector<std::string>& names = {}) const;
  /// The file, and the line on which a row begins ("houses.csv:17"), for messages.
  const std::string& name() const { return name_; }
  std::string place(size_t row) const;

 private:
  std::string name_;
  std::vector<Column> columns_;
  std::vector<size_t> lines_;
};

/// Which columns a TableDataset gives and how.
struct TableDatasetOptions {
  /// The column to predict: numbers give float targets [1], categories int64 classes.
  TableDatasetOptions(std::string target) : target_(std::move(target)) {}
  TableDatasetOptions(const char* target) : target_(target) {}
  WICK_ARG(std::string, target);
  /// The columns to predict it from, all others by default, without those that are left out.
  WICK_ARG(std::vector<std::string>, features);
  WICK_ARG(std::vector<std::string>, leave_out);
  /// Whether numbers are brought to mean 0 and standard deviation 1.
  WICK_ARG(bool, normalize) = true;
  /// Whether a category is a vector with a 1 at its place (0 everywhere if missing or unknown), instead of its number.
  WICK_ARG(bool, one_hot) = false;
};

/// How rows become tensors, as learnt from the rows for training.
struct TableEncoding {
  /// A column: the mean (which missing numbers become) and deviation of its numbers, or its categories.
  struct Feature {
    std::string name;
    Table::Kind kind = Table::Kind::kNumber;
    double mean = 0, stddev = 1;
    std::vector<std::string> categories;
  };
  std::vector<Feature> features;
  /// Empty for rows that have none, to be predicted: their targets are 0.
  std::string target;
  Table::Kind target_kind = Table::Kind::kNumber;
  /// The classes' names, if the target is a category.
  std::vector<std::string> classes;
  bool normalize = true, one_hot = false;
  /// The names of the tensor's columns: "rooms", "ocean=INLAND".
  std::vector<std::string> names() const;
};

/// The rows of a table: float32 features [F] and a target (see the options). Missing numbers become the mean; categories their number among those
/// of the training rows, and the next free number if missing or not seen in training. Errors: unknown columns, a target that is missing or of an
/// unknown class (with its line), a column without any value for training.
class TableDataset : public datasets::Dataset<TableDataset> {
 public:
  /// All rows, encoded by what they are themselves, or as another dataset is: the file for testing, as that for training.
  TableDataset(const Table& table, const TableDatasetOptions& options);
  TableDataset(const Table& table, const TableEncoding& encoding);
  /// Rows for training and, a share of `validation`, others; the same ones for the same seed. What is learnt is learnt from the first only (the
  /// classes of the target from all).
  static std::pair<TableDataset, TableDataset> split(const Table& table, const TableDatasetOptions& options, double validation = 0.2, uint64_t seed = 0);

  /// A row, and how many there are.
  Example<> get(size_t index) override;
  std::optional<size_t> size() const override { return static_cast<size_t>(features_.size(0)); }
  /// All features [n, F] and targets [n, 1] or [n].
  const Tensor& features() const { return features_; }
  const Tensor& targets() const { return targets_; }
  const TableEncoding& encoding() const { return encoding_; }

 private:
  TableDataset(const Table& table, const std::vector<size_t>& rows, TableEncoding encoding);
  TableEncoding encoding_;
  Tensor features_, targets_;
};

}  // namespace v1
}  // namespace data
}  // namespace wick

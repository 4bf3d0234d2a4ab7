// The lines of a text file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <wick/data/datasets.h>

namespace wick {
namespace data {
inline namespace v1 {

/// Each line of a text file as a string, without its end (`\n` or `\r\n`) and the file's byte order mark; empty lines only if they are wanted.
/// Copies, those of a loader's workers too, share the text. Errors name the file: it cannot be read.
class TextLines : public datasets::Dataset<TextLines, std::string> {
 public:
  explicit TextLines(const std::string& path, bool keep_empty = true);
  std::string get(size_t index) override;
  std::optional<size_t> size() const override { return lines_->size(); }

 private:
  struct Line { size_t begin, length; };
  Tensor text_;  // bytes
  std::shared_ptr<const std::vector<Line>> lines_;
};

}  // namespace v1
}  // namespace data
}  // namespace wick

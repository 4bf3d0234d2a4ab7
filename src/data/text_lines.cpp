#include <wick/data/text_lines.h>

#include <algorithm>
#include <string_view>

#include <wick/core/str.h>

#include "io/read_file.h"

namespace wick::data::inline v1 {

TextLines::TextLines(const std::string& path, bool keep_empty) : text_(io::read_file(path)) {
  const std::string_view text(static_cast<const char*>(text_.data_ptr()), static_cast<size_t>(text_.numel()));
  std::vector<Line> lines;
  for (size_t begin = text.substr(0, 3) == "\xef\xbb\xbf" ? 3 : 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const size_t length = end - begin - (end > begin && end < text.size() && text[end - 1] == '\r');
    if (length > 0 || keep_empty) lines.push_back({begin, length});
    begin = end + 1;
  }
  lines_ = std::make_shared<const std::vector<Line>>(std::move(lines));
}

std::string TextLines::get(size_t index) {
  WICK_CHECK_TYPE(IndexError, index < lines_->size(), "TextLines: no line ", index, ", there are ", lines_->size());
  const Line line = (*lines_)[index];
  return {static_cast<const char*>(text_.data_ptr()) + line.begin, line.length};
}

}  // namespace wick::data::inline v1

#include "text/decoder.h"

#include <wick/core/error.h>

#include "text/buffer.h"
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include "text/unicode.h"

namespace wick::text {
namespace {

void replace_all(std::string& s, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (size_t i = s.find(from); i != std::string::npos; i = s.find(from, i + to.size())) s.replace(i, from.size(), to);
}
void clean_up(std::string& s) {
  static constexpr const char* pairs[][2] = {{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& p : pairs) replace_all(s, p[0], p[1]);
}

std::string of_bytes(const std::vector<std::string>& tokens) {
  std::string bytes;
  for (const std::string& t : tokens) {
    const size_t before = bytes.size();
    for (size_t i = 0; i < t.size();) {
      const int b = byte_of(next_char(t, i));
      if (b < 0) {  // a token that is no row of bytes stands for itself
        bytes.resize(before);
        bytes += t;
        break;
      }
      bytes.push_back(static_cast<char>(b));
    }
  }
  return valid_text(bytes).s;
}

std::vector<std::string> fall_back(std::vector<std::string> tokens) {
  std::vector<std::string> r;
  std::string bytes;
  const auto flush = [&] {
    if (bytes.empty()) return;
    if (is_valid(bytes)) r.push_back(bytes);
    else r.insert(r.end(), bytes.size(), "\xEF\xBF\xBD");
    bytes.clear();
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
  for (std::string& t : tokens) {
    if (t.size() == 6 && t.compare(0, 3, "<0x") == 0 && t[5] == '>' && digit(t[3]) >= 0 && digit(t[4]) >= 0) {
      bytes.push_back(static_cast<char>(digit(t[3]) << 4 | digit(t[4])));
    } else {
      flush();
      r.push_back(std::move(t));
    }
  }
  flush();
  return r;
}

std::string replaced(const Decoder& d, const std::string& t) {
  std::vector<Match> found;
  d.pattern.find(t, 0, t.size(), found);
  std::string r;
  size_t at = 0;
  for (const Match& m : found) {
    r.append(t, at, m.begin - at) += d.content;
    at = m.end;
  }
  return r.append(t, at, std::string::npos);
}

std::string stripped(const Decoder& d, const std::string& t) {
  const std::string& c = d.content;
  size_t b = 0, e = t.size();
  for (int64_t i = 0; i < d.start && t.compare(b, c.size(), c) == 0 && b < e; ++i) b += c.size();
  for (int64_t i = 0; i < d.stop && e >= b + c.size() && t.compare(e - c.size(), c.size(), c) == 0; ++i) e -= c.size();
  return t.substr(b, e - b);
}

}  // namespace

Decoder Decoder::read(const At& at) {
  const std::string type = at.type();
  Decoder d;
  if (type == "WordPiece") {
    d.kind = wordpiece;
    d.text = at.text_or("prefix", "##");
    d.cleanup = at.flag_or("cleanup", true);
  } else if (type == "ByteLevel") {
    d.kind = byte_level;
  } else if (type == "Metaspace") {
    d.kind = metaspace;
    d.text = at.text_or("replacement", "\xE2\x96\x81");
    d.prefixed = read_scheme(at) != PreTokenizer::never;
  } else if (type == "BPEDecoder") {
    d.kind = bpe;
    d.text = at.text_or("suffix", "</w>");
  } else if (type == "Fuse") {
    d.kind = fuse;
  } else if (type == "ByteFallback") {
    d.kind = byte_fallback;
  } else if (type == "Replace") {
    d.kind = replace;
    d.pattern = Pattern::read(at.get("pattern"));
    d.content = at.get("content").text();
  } else if (type == "Strip") {
    d.kind = strip;
    d.content = at.get("content").text();
    if (count_chars(d.content) != 1) at.fail("content is one character, not \"" + d.content.substr(0, 40) + "\"");
    d.start = at.integer_or("start", 0);
    d.stop = at.integer_or("stop", 0);
  } else if (type == "Sequence") {
    d.kind = sequence;
    const At list = at.get("decoders");
    list.expect(Json::array);
    for (size_t i = 0; i < list.size(); ++i) d.parts.push_back(read(list[i]));
  } else {
    throw NotImplementedError(at.place + ": there is no decoder \"" + type.substr(0, 40) + "\" here");
  }
  return d;
}

std::vector<std::string> Decoder::run(std::vector<std::string> tokens) const {
  const size_t n = tokens.size();
  switch (kind) {
    case none: break;
    case sequence:
      for (const Decoder& d : parts) tokens = d.run(std::move(tokens));
      break;
    case wordpiece:
      for (size_t i = 0; i < n; ++i) {
        std::string& t = tokens[i];
        if (i > 0) {
          if (t.compare(0, text.size(), text) == 0) t.erase(0, text.size());
          else t.insert(0, 1, ' ');
        }
        if (cleanup) clean_up(t);
      }
      break;
    case byte_level: return {of_bytes(tokens)};
    case metaspace:
      for (size_t i = 0; i < n; ++i) replace_all(tokens[i], text, i == 0 && prefixed ? "" : " ");
      break;
    case bpe:
      for (size_t i = 0; i < n; ++i) replace_all(tokens[i], text, i + 1 == n ? "" : " ");
      break;
    case fuse: {
      std::string all;
      for (const std::string& t : tokens) all += t;
      return {std::move(all)};
    }
    case byte_fallback: return fall_back(std::move(tokens));
    case replace:
      for (std::string& t : tokens) t = replaced(*this, t);
      break;
    case strip:
      for (std::string& t : tokens) t = stripped(*this, t);
      break;
  }
  return tokens;
}

}  // namespace wick::text

#include "text/json.h"

#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

#include <wick/core/error.h>

namespace wick::text {
namespace {

using Base = nlohmann::json;
constexpr size_t kDeepest = 64, kFew = 64;
constexpr int64_t kLargest = 100'000'000;
constexpr const char* kNames[] = {"null", "true or false", "a whole number", "a number", "a text", "a list", "an object"};

class Builder : public nlohmann::json_sax<Base> {
 public:
  Builder(Json& root, const std::string& file) : root_(root), file_(file) {}
  bool null() override { return put({}); }
  bool boolean(bool v) override { Json j; j.kind = Json::boolean; j.flag = v; return put(std::move(j)); }
  bool number_integer(number_integer_t v) override { Json j; j.kind = Json::integer; j.whole = v; j.number = static_cast<double>(v); return put(std::move(j)); }
  bool number_unsigned(number_unsigned_t v) override { return v > INT64_MAX ? number_float(static_cast<double>(v), {}) : number_integer(static_cast<int64_t>(v)); }
  bool number_float(number_float_t v, const string_t&) override { Json j; j.kind = Json::real; j.number = v; return put(std::move(j)); }
  bool string(string_t& v) override { Json j; j.kind = Json::string; j.text = std::move(v); return put(std::move(j)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object); }
  bool start_array(size_t) override { return open(Json::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& k) override {
    if (stack_.back()->size() < kFew && stack_.back()->find(k)) throw Error(file_ + ": the key \"" + k.substr(0, 60) + "\" stands twice in one object");
    key_ = std::move(k);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    throw Error(file_ + ": no JSON at byte " + std::to_string(position));
  }

 private:
  bool put(Json j) {
    if (stack_.empty()) root_ = std::move(j);
    else stack_.back()->members.emplace_back(std::move(key_), std::move(j));
    key_.clear();
    return true;
  }
  bool open(Json::Kind kind) {
    if (stack_.size() >= kDeepest) throw Error(file_ + ": objects and lists within each other more than " + std::to_string(kDeepest) + " deep");
    Json j;
    j.kind = kind;
    put(std::move(j));
    stack_.push_back(stack_.empty() ? &root_ : &stack_.back()->members.back().second);
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }
  Json& root_;
  const std::string& file_;
  std::vector<Json*> stack_;
  std::string key_;
};

}  // namespace

const Json* Json::find(std::string_view key) const {
  for (const auto& [name, value] : members)
    if (name == key) return value.kind == null ? nullptr : &value;
  return nullptr;
}

void At::fail(const std::string& what) const { throw Error(place + ": " + what); }
At At::get(std::string_view key) const {
  const Json* v = expect(Json::object).find(key);
  if (!v) fail("there is no \"" + std::string(key) + "\"");
  return {*v, place + (place.find(": ") == std::string::npos ? ": " : ".") + std::string(key)};
}
const Json& At::expect(Json::Kind k) const {
  if (value.kind != k) fail(std::string(kNames[k]) + " is expected, not " + kNames[value.kind]);
  return value;
}
int64_t At::integer(int64_t least, int64_t most) const {
  const int64_t v = expect(Json::integer).whole;
  if (v < least || v > most) fail(std::to_string(v) + " is not between " + std::to_string(least) + " and " + std::to_string(most));
  return v;
}
double At::number() const {
  if (value.kind != Json::integer) expect(Json::real);
  return value.number;
}
std::string At::text_or(std::string_view key, const char* otherwise) const { return has(key) ? get(key).text() : otherwise; }
bool At::flag_or(std::string_view key, bool otherwise) const { return has(key) ? get(key).flag() : otherwise; }
int64_t At::integer_or(std::string_view key, int64_t otherwise, int64_t least, int64_t most) const { return has(key) ? get(key).integer(least, most) : otherwise; }
double At::number_or(std::string_view key, double otherwise) const { return has(key) ? get(key).number() : otherwise; }

Json parse_json(std::string_view text, const std::string& file) {
  Json root;
  Builder builder(root, file);
  Base::sax_parse(text.begin(), text.end(), &builder);
  return root;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string read_text(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(std::fopen(path.c_str(), "rb"), &std::fclose);
  struct stat s {};
  if (!f || fstat(fileno(f.get()), &s) != 0) throw Error(path + ": the file cannot be opened");
  if (!S_ISREG(s.st_mode)) throw Error(path + ": no regular file");
  if (s.st_size > kLargest) throw Error(path + ": " + std::to_string(s.st_size) + " bytes, more than " + std::to_string(kLargest));
  std::string text(static_cast<size_t>(s.st_size), '\0');
  text.resize(std::fread(text.data(), 1, text.size(), f.get()));
  if (text.size() != static_cast<size_t>(s.st_size)) throw Error(path + ": the file cannot be read");
  return text;
}
Json read_json(const std::string& path) { return parse_json(read_text(path), file_name(path)); }

}  // namespace wick::text

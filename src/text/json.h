// JSON as a tree, small and in the file's order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wick::text {

// A value. Where something else stands than what is asked for, `Error` names the file, the place ("model.merges[3]") and both kinds.
struct Json {
  enum Kind : uint8_t { null, boolean, integer, real, string, array, object } kind = null;
  bool flag = false;
  int64_t whole = 0;
  double number = 0;
  std::string text;
  std::vector<std::pair<std::string, Json>> members;  // of objects; elements of arrays, without names

  const Json* find(std::string_view key) const;  // null where there is none, or it is null
  size_t size() const { return members.size(); }
  const Json& operator[](size_t i) const { return members[i].second; }
};

// A place in a file, for errors.
struct At {
  const Json& value;
  std::string place;  // "tokenizer.json: model"

  bool is(Json::Kind k) const { return value.kind == k; }
  bool has(std::string_view key) const { return value.kind == Json::object && value.find(key); }
  At get(std::string_view key) const;      // Errors: it is not there.
  At operator[](size_t i) const { return {value[i], place + "[" + std::to_string(i) + "]"}; }
  size_t size() const { return value.size(); }
  const Json& expect(Json::Kind k) const;  // Errors: another kind.
  const std::string& text() const { return expect(Json::string).text; }
  bool flag() const { return expect(Json::boolean).flag; }
  int64_t integer(int64_t least = 0, int64_t most = INT32_MAX) const;
  double number() const;
  // With what stands where there is nothing or null.
  std::string text_or(std::string_view key, const char* otherwise) const;
  bool flag_or(std::string_view key, bool otherwise) const;
  int64_t integer_or(std::string_view key, int64_t otherwise, int64_t least = 0, int64_t most = INT32_MAX) const;
  double number_or(std::string_view key, double otherwise) const;
  std::string type() const { return get("type").text(); }
  [[noreturn]] void fail(const std::string& what) const;
};

// Errors: `Error` naming the file and the place for whatever is no JSON, deeper than 64, or has a key twice in an object of few keys.
Json parse_json(std::string_view text, const std::string& file);
// The same of a file of at most 100 MB.
Json read_json(const std::string& path);
// All bytes of a file. Errors: as `read_json`.
std::string read_text(const std::string& path);
std::string file_name(const std::string& path);

}  // namespace wick::text

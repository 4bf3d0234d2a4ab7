// Tables with a tree of modules, and how modules are run for a report.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <wick/nn/module.h>

namespace wick::nn {

// A module at a path below a model, in the order of registration, parents first.
struct Place {
  std::string path, name;
  Module* module;
  int64_t depth;
  std::string same_as;  // the path at which the same module stands before, if it does
  bool again = false;
};
std::vector<Place> places(Module& model);

// Columns aligned by what is shown, not by bytes; text to the left, numbers (`right`) to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> header, std::vector<bool> right) : right_(std::move(right)) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(std::ostream& stream) const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// `├─ ` and the like before the names of a tree given by depths.
std::vector<std::string> branches(const std::vector<int64_t>& depths);
std::string with_commas(int64_t n);
// 118.0 M, 1.81 G; small numbers as they are.
std::string short_count(int64_t n);
std::string short_bytes(int64_t n);
std::string fixed(double x, int digits);

inline namespace v1 {
namespace detail {
// Evaluation mode for a scope; each module gets its own mode back.
class EvalScope {
 public:
  explicit EvalScope(Module& model);
  ~EvalScope();
  EvalScope(const EvalScope&) = delete;

 private:
  Module& model_;
  std::vector<std::pair<Module*, std::pair<bool, bool>>> modes_;
};
}  // namespace detail
}  // namespace v1
}  // namespace wick::nn

// Shapes of what ops take and give, as text and numbers; shared by what looks for faults.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "autograd/record.h"
#include "core/watch.h"
#include "debug/module_paths.h"
#include "debug/op_names.h"

namespace wick::debug {

std::vector<std::vector<int64_t>> shapes_of(const autograd::Inputs* inputs);
std::string shapes_text(const std::vector<std::vector<int64_t>>& shapes);
inline bool is_op(watch::Kind k) { return k <= watch::Kind::function; }
// Whose result is memory that nobody has written.
inline bool is_unwritten(const watch::Event& e) { return e.kind == watch::Kind::kernel && e.name == std::string_view("empty"); }
inline std::string name_of(const watch::Event& e) { return op_name(e.name, e.kind, e.inputs ? e.inputs->size() : 0); }

// The modules whose forward recorded nodes, and the step of backward under way.
class Origins {
 public:
  void note(const autograd::Node* node);                     // recorded here and now
  std::string module_of(const autograd::Node* node) const;
  // The innermost step of backward under way, or null; its name and the module it belongs to.
  static const watch::Event* step();
  std::string module_here() const;                           // path, in backward that of the forward

 private:
  std::unordered_map<uint64_t, std::string> modules_;
};

}  // namespace wick::debug

#include "debug/op_text.h"

#include <wick/core/str.h>

namespace wick::debug {

std::vector<std::vector<int64_t>> shapes_of(const autograd::Inputs* inputs) {
  std::vector<std::vector<int64_t>> shapes;
  for (size_t i = 0; inputs && i < inputs->size(); ++i) {
    const Tensor& t = (*inputs)[i];
    shapes.push_back(t.defined() ? t.sizes().vec() : std::vector<int64_t>());
  }
  return shapes;
}
std::string shapes_text(const std::vector<std::vector<int64_t>>& shapes) {
  std::string s;
  for (const auto& shape : shapes) s += (s.empty() ? "" : ", ") + str(IntArrayRef(shape));
  return s;
}

static uint64_t key(const autograd::Node* n) { return reinterpret_cast<uint64_t>(n) * 0x9E3779B97F4A7C15u + n->sequence_nr(); }
void Origins::note(const autograd::Node* node) {
  if (modules_.size() > 1'000'000) modules_.clear();  // of graphs long gone
  if (std::string path = module_path(); !path.empty()) modules_[key(node)] = std::move(path);
}
std::string Origins::module_of(const autograd::Node* node) const {
  const auto at = modules_.find(key(node));
  return at == modules_.end() ? std::string() : at->second;
}
const watch::Event* Origins::step() {
  const auto& events = watch::under_way();
  for (size_t i = events.size(); i-- > 0;)
    if (events[i].kind == watch::Kind::node) return &events[i];
  return nullptr;
}
std::string Origins::module_here() const {
  std::string path = module_path();
  const watch::Event* s = step();
  return path.empty() && s ? module_of(static_cast<const autograd::Node*>(s->what)) : path;
}

}  // namespace wick::debug

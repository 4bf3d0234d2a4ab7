#include "autograd/anomaly.h"

#include <wick/autograd.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/ops.h>

#include "core/backtrace.h"
#include "core/tls.h"

namespace wick::autograd {
namespace {
thread_local std::vector<std::string> modules;
thread_local bool check_nan_enabled = true;
thread_local const Node* evaluating = nullptr;
}  // namespace

void push_module(const std::string& name) { modules.push_back(name); }
void pop_module() { if (!modules.empty()) modules.pop_back(); }
std::string current_module_path() {
  std::string path;
  for (const auto& m : modules) path += path.empty() ? m : "." + m;
  return path;
}

void remember_trace(Node& node) {
  const std::string path = current_module_path();
  node.trace_ = std::make_unique<std::string>("op " + node.name() + " (number " + std::to_string(node.sequence_nr()) + ")" + (path.empty() ? "" : " in module " + path));
  if (const std::string from = callers(/*places=*/true); !from.empty()) *node.trace_ += ", called from " + from;
  // Made by the derivative of another op: what led there belongs to the story.
  if (evaluating && evaluating->trace_) *node.trace_ += "\n" + *evaluating->trace_;
}

Evaluating::Evaluating(const Node& node) : before_(evaluating) { evaluating = &node; }
Evaluating::~Evaluating() { evaluating = before_; }

void report_trace(const Node& node) {
  if (!(gate & kAnomaly) || !node.trace_) return;
  std::string rest = *node.trace_, line;
  for (bool first = true; !rest.empty(); first = false) {
    const size_t end = rest.find('\n');
    line = rest.substr(0, end);
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
    warn(first ? "Error detected in " + node.name() + ". Traceback of forward call that caused the error:\n  " + line
               : "Previous calculation was induced by another one. Traceback of forward call that induced the previous calculation:\n  " + line);
  }
}
std::string describe(const Node& node) { return node.trace_ ? *node.trace_ : node.name(); }

void check_nan(const Node& node, const variable_list& out) {
  if (!check_nan_enabled) return;
  for (size_t i = 0; i < out.size(); ++i) {
    if (!out[i].defined() || !(out[i].is_floating_point() || out[i].is_complex())) continue;
    AutoGradMode off(false);
    WICK_CHECK(!out[i].isnan().any().item<bool>(), "Function '", node.name(), "' returned nan values in its ", i, "th output.");
  }
}

inline namespace v1 {

bool AnomalyMode::is_enabled() { return gate & kAnomaly; }
void AnomalyMode::set_enabled(bool enabled, bool check_nan) {
  gate = enabled ? gate | kAnomaly : gate & ~kAnomaly;
  check_nan_enabled = check_nan;
}
bool AnomalyMode::should_check_nan() { return check_nan_enabled; }

DetectAnomalyGuard::DetectAnomalyGuard(bool check_nan) : before_(AnomalyMode::is_enabled()), before_nan_(check_nan_enabled) { AnomalyMode::set_enabled(true, check_nan); }
DetectAnomalyGuard::~DetectAnomalyGuard() { AnomalyMode::set_enabled(before_, before_nan_); }

}  // namespace v1
}  // namespace wick::autograd

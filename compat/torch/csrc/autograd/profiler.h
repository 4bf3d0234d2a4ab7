// libtorch's profiler for a scope: `torch::autograd::profiler::RecordProfile guard("trace.json");`.
#pragma once

#include <string>

#include <ATen/record_function.h>
#include <wick/debug/profiler.h>

namespace torch::profiler {
using namespace ::wick::profiler;
}  // namespace torch::profiler
namespace torch::autograd::profiler {
using ::wick::profiler::profile;
using ::wick::profiler::record_function;

/// Profiles its scope and writes the trace to a file at its end.
struct RecordProfile {
  explicit RecordProfile(std::string filename) : filename_(std::move(filename)) {}
  ~RecordProfile() {
    profile_.stop();
    profile_.export_chrome_trace(filename_);
  }

 private:
  std::string filename_;
  profile profile_;
};
}  // namespace torch::autograd::profiler

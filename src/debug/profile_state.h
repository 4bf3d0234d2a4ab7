// What a profile is made of.
#pragma once

#include <optional>

#include "debug/session.h"

namespace wick::profiler::inline v1 {

struct profile::State {
  ProfileOptions options;
  std::shared_ptr<debug::Session> session;
  ProfilerAction action = ProfilerAction::NONE;
  int64_t step = 0;
  bool started = false;
  std::optional<debug::Session::Result> result;

  ProfilerAction asked() const { return options.schedule() ? options.schedule()(step) : ProfilerAction::RECORD; }
  void enter(ProfilerAction next);  // from the action so far
  void save(profile& self);
  const debug::Session::Result& get();
};

}  // namespace wick::profiler::inline v1

namespace wick::debug {
// Numbers as people read them: `1.234ms`, `2.50 MB`, `31.20`.
std::string time_text(double ns);
std::string bytes_text(double bytes);
std::string number_text(double value, const char* format = "%.2f");
// Text within JSON and within XML.
std::string json_text(const std::string& s);
std::string xml_text(const std::string& s);
// Rows of cells, the first column to the left, the others to the right, under a line of titles.
std::string aligned(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows);
}  // namespace wick::debug

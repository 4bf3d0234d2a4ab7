// What the tests of event files share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <wick/log.h>
#include <wick/wick.h>

#include "../support.h"
#include "../temp.h"

namespace wick::test {

// The event files of a folder, in the order of their names.
inline std::vector<std::string> event_files(const std::string& folder) {
  std::vector<std::string> r;
  if (!std::filesystem::exists(folder)) return r;
  for (const auto& e : std::filesystem::directory_iterator(folder))
    if (e.path().filename().string().find("tfevents") != std::string::npos) r.push_back(e.path().string());
  std::sort(r.begin(), r.end());
  return r;
}
inline std::string event_file(const std::string& folder) {
  const auto files = event_files(folder);
  EXPECT_EQ(files.size(), 1u) << folder;
  return files.empty() ? "" : files[0];
}

}  // namespace wick::test

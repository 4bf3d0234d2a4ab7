// Paths of the modules under way, as numbers.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace wick::nn {
inline namespace v1 { class Module; }
}
namespace wick::debug {

class ModulePaths {
 public:
  // The number of the path of a module that is called in the one of `parent` (0: in none).
  int add(int parent, const void* module);
  const std::string& operator[](int number) const;

 private:
  struct Place { std::string path; const nn::Module* module; };
  mutable std::mutex mutex_;
  std::deque<Place> places_{{std::string(), nullptr}};
  std::map<std::pair<int, const void*>, std::pair<int, std::string>> known_;  // with the key that the module had: addresses are used again
};

// Path of the module under way in this thread, while somebody looks on; empty outside of all.
std::string module_path();
// `Net.encoder.2`: the module named by its type when it is the outermost.
std::string path_of(const nn::Module* above, const std::string& above_path, const nn::Module& module);

}  // namespace wick::debug

// Opens engines, which are libraries of their own: a program that does not use MPI or Gloo does not load them.
#include <cstdlib>
#include <map>

#include <dlfcn.h>

#include <wick/core/str.h>

#include "dist/group.h"

namespace wick::distributed::inline v1 {
namespace {

using MakeEngine = decltype(make_engine);

std::string folder_of_this() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&open_engine), &info) || !info.dli_fname) return {};
  const std::string file = info.dli_fname;
  return file.find('/') == std::string::npos ? std::string() : file.substr(0, file.rfind('/') + 1);
}

MakeEngine* maker(const std::string& backend, std::string& why) {
  WICK_CHECK_TYPE(ValueError, backend == "gloo" || backend == "mpi", "init_process_group: no backend '", backend, "'; there are gloo and mpi");
  static std::mutex mutex;
  static std::map<std::string, MakeEngine*> open;
  std::lock_guard<std::mutex> lock(mutex);
  if (MakeEngine* known = open[backend]) return known;
  const std::string file = "libwick_dist_" + backend + ".so", here = folder_of_this();
  const char* set = std::getenv("WICK_DIST_PLUGINS");
  void* library = nullptr;
  for (const std::string& folder : {set ? set + std::string("/") : std::string(), here, here + "../lib/", std::string()}) {
    // MPI's own plugins look for its symbols among the global ones.
    if ((library = dlopen((folder + file).c_str(), RTLD_NOW | (backend == "mpi" ? RTLD_GLOBAL : RTLD_LOCAL)))) break;
    const char* e = dlerror();
    if (e && (why.empty() || why.find("No such file") != std::string::npos)) why = e;
  }
  if (!library) return nullptr;
  return open[backend] = reinterpret_cast<MakeEngine*>(dlsym(library, kMakeEngine));
}

}  // namespace

bool is_available(const std::string& backend) {
  std::string why;
  return maker(backend, why) != nullptr;
}
std::unique_ptr<Engine> open_engine(const std::string& backend, const EngineStart& start) {
  std::string why;
  MakeEngine* make = maker(backend, why);
  WICK_CHECK_TYPE(DistError, make, "init_process_group: ", backend, " is not available (", why, "); install ", backend == "mpi" ? "libopenmpi-dev" : "libgloo-dev", " and build Wick again");
  try {
    return std::unique_ptr<Engine>(make(start));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    throw DistError(wick::str("init_process_group: ", backend, " could not be started: ", e.what()));
  }
}

}  // namespace wick::distributed::inline v1

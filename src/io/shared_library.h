// Libraries that few programs need are loaded when they are first used: they neither slow down the start nor have to be installed.
#pragma once

#include <dlfcn.h>

namespace wick::io {

// Null when there is no such library; it stays loaded.
inline void* load_library(const char* name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL); }
template <class F>
bool find_symbol(void* library, const char* name, F*& function) {
  function = reinterpret_cast<F*>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace wick::io

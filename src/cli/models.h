#pragma once

#include <string>

namespace wick::cli {

struct ModelsOptions {
  std::string part;  // of the names that are shown
  bool json = false, verbose = false;
};

// Lists the models with what is published of them. Errors: no such name.
int list_models(const ModelsOptions& options);

}  // namespace wick::cli

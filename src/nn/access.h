// The registered parameters of any module, for the utilities that put others in their place.
#pragma once

#include <wick/nn/module.h>

namespace wick::nn {

struct Access : Module {
  static OrderedDict<std::string, Tensor>& parameters(Module& m) { return m.*(&Access::parameters_); }
};

}  // namespace wick::nn

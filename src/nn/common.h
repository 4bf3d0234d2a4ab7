// What layers share.
#pragma once

#include <ostream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/init.h>
#include <wick/nn/module.h>
#include <wick/ops.h>

namespace wick::nn {

// Options hold undefined tensors where ops take optional ones.
inline std::optional<Tensor> maybe(const Tensor& t) { return t.defined() ? std::optional<Tensor>(t) : std::nullopt; }
// Messages that PyTorch gives as warnings; to standard error, once for each text.
void warn_once(const std::string& text);
inline const char* yes_no(bool b) { return b ? "true" : "false"; }

}  // namespace wick::nn

// Archives as they are at one moment.
#pragma once

#include "io/safetensors.h"

namespace wick::train {

// What an archive holds, in copies that later changes do not reach.
io::PackedArchive snapshot(const serialize::OutputArchive& archive);

}  // namespace wick::train

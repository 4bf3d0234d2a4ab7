// Who called: for messages.
#pragma once

#include <string>

namespace wick {

// The nearest callers outside of Wick, innermost first, `step < train < main`: by their names where the program exports them (-rdynamic), else, if `places`, as
// `program+0x4465`, for addr2line.
std::string callers(bool places, int most = 8);

}  // namespace wick

// Found here for programs that include it by this name.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/core/maybe_owned.h>

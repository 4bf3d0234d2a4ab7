// Found here for programs that include it by this name.
#pragma once

#include <c10/core/InferenceMode.h>

// Marks for the profiler: a range of that name until the end of the scope.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/debug/profiler.h>

namespace at {
using RecordFunction = ::wick::profiler::RecordFunction;
}  // namespace at

#define RECORD_FUNCTION(fn, inputs, ...) ::wick::profiler::RecordFunction wick_record_function_guard(fn)
#define RECORD_USER_SCOPE(fn) ::wick::profiler::RecordFunction wick_record_scope_guard(fn)

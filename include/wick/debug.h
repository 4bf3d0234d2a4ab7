// The profiler and what finds faults.
#pragma once

#include <wick/debug/compare_runs.h>
#include <wick/debug/memory_snapshot.h>
#include <wick/debug/nan_watch.h>
#include <wick/debug/profiler.h>
#include <wick/debug/shape_trace.h>

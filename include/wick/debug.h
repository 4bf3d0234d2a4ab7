// The profiler, what finds faults, and what looks inside models.
#pragma once

#include <wick/debug/attribution.h>
#include <wick/debug/compare_runs.h>
#include <wick/debug/flow.h>
#include <wick/debug/memory_snapshot.h>
#include <wick/debug/nan_watch.h>
#include <wick/debug/pictures.h>
#include <wick/debug/profiler.h>
#include <wick/debug/recorder.h>
#include <wick/debug/shape_trace.h>
#include <wick/debug/space.h>

// Logs: event files for TensorBoard, written and read; plots.
#pragma once

#include <wick/log/event_reader.h>
#include <wick/log/figure.h>
#include <wick/log/summary_writer.h>
#include <wick/log/system_monitor.h>

// Many processes that train one model.
#pragma once

#include <wick/dist/comm_hooks.h>
#include <wick/dist/data_parallel.h>
#include <wick/dist/fully_sharded.h>
#include <wick/dist/join.h>
#include <wick/dist/meter.h>
#include <wick/dist/model_averaging.h>
#include <wick/dist/process_group.h>
#include <wick/dist/store.h>
#include <wick/dist/zero.h>

// Training: trainers, callbacks, checkpoints, metrics.
#pragma once

#include <wick/train/callbacks.h>
#include <wick/train/checkpoint.h>
#include <wick/train/data_check.h>
#include <wick/train/doctor.h>
#include <wick/train/metrics.h>
#include <wick/train/mislabelled.h>
#include <wick/train/preflight.h>
#include <wick/train/state.h>
#include <wick/train/tensorboard.h>
#include <wick/train/trainer.h>
#include <wick/train/tune.h>

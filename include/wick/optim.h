// Every optimizer.
#pragma once

#include <wick/optim/adadelta.h>
#include <wick/optim/adafactor.h>
#include <wick/optim/adagrad.h>
#include <wick/optim/adam.h>
#include <wick/optim/adamax.h>
#include <wick/optim/adamw.h>
#include <wick/optim/asgd.h>
#include <wick/optim/grad_scaler.h>
#include <wick/optim/lamb.h>
#include <wick/optim/lbfgs.h>
#include <wick/optim/lion.h>
#include <wick/optim/lr_range_test.h>
#include <wick/optim/lr_scheduler.h>
#include <wick/optim/muon.h>
#include <wick/optim/nadam.h>
#include <wick/optim/optimizer.h>
#include <wick/optim/radam.h>
#include <wick/optim/rmsprop.h>
#include <wick/optim/rprop.h>
#include <wick/optim/schedulers.h>
#include <wick/optim/serialize.h>
#include <wick/optim/sgd.h>
#include <wick/optim/sparse_adam.h>
#include <wick/optim/swa_utils.h>

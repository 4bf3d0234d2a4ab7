// Every optimizer.
#pragma once

#include <wick/optim/adagrad.h>
#include <wick/optim/adam.h>
#include <wick/optim/adamw.h>
#include <wick/optim/lbfgs.h>
#include <wick/optim/optimizer.h>
#include <wick/optim/rmsprop.h>
#include <wick/optim/schedulers.h>
#include <wick/optim/serialize.h>
#include <wick/optim/sgd.h>

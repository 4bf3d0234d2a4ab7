// Layers, losses and what models are made of.
#pragma once

#include <wick/nn/adaptive.h>
#include <wick/nn/container.h>
#include <wick/nn/functional.h>
#include <wick/nn/functional_call.h>
#include <wick/nn/fusion.h>
#include <wick/nn/init.h>
#include <wick/nn/lazy.h>
#include <wick/nn/load.h>
#include <wick/nn/parallel.h>
#include <wick/nn/parametrize.h>
#include <wick/nn/prune.h>
#include <wick/nn/reparametrize.h>
#include <wick/nn/rnn.h>
#include <wick/nn/utils.h>

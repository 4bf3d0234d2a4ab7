// Every layer, loss and container.
#pragma once

#include <wick/nn/activation.h>
#include <wick/nn/any_module.h>
#include <wick/nn/any_value.h>
#include <wick/nn/arg.h>
#include <wick/nn/container.h>
#include <wick/nn/conv.h>
#include <wick/nn/dropout.h>
#include <wick/nn/embedding.h>
#include <wick/nn/enum.h>
#include <wick/nn/expanding_array.h>
#include <wick/nn/holder.h>
#include <wick/nn/init.h>
#include <wick/nn/linear.h>
#include <wick/nn/loss.h>
#include <wick/nn/module.h>
#include <wick/nn/norm.h>
#include <wick/nn/ordered_dict.h>
#include <wick/nn/padding.h>
#include <wick/nn/pooling.h>
#include <wick/nn/vision.h>

// All of wick::nn::functional.
#pragma once

#include <wick/nn/activation.h>
#include <wick/nn/attention.h>
#include <wick/nn/conv.h>
#include <wick/nn/dropout.h>
#include <wick/nn/embedding.h>
#include <wick/nn/linear.h>
#include <wick/nn/linear_cross_entropy.h>
#include <wick/nn/loss.h>
#include <wick/nn/norm.h>
#include <wick/nn/padding.h>
#include <wick/nn/pooling.h>
#include <wick/nn/vision.h>

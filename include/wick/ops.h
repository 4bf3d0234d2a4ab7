// The free functions on tensors that everything is made of. Families apart (ops/vision.h, ops/sequence.h, ...) come with <wick/wick.h>.
#pragma once

#include <wick/ops/arithmetic.h>
#include <wick/ops/factories.h>
#include <wick/ops/index.h>
#include <wick/ops/linalg.h>
#include <wick/ops/nn.h>
#include <wick/ops/pointwise.h>
#include <wick/ops/random.h>
#include <wick/ops/reduce.h>
#include <wick/ops/shape.h>
#include <wick/ops/tensor_factory.h>

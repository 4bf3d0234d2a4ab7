// Everything public.
#pragma once

#include <wick/autograd/autocast.h>
#include <wick/autograd.h>
#include <wick/autograd/graph.h>
#include <wick/core/grad_mode.h>
#include <wick/core/ivalue.h>
#include <wick/core/memory.h>
#include <wick/core/parallel.h>
#include <wick/core/warning.h>
#include <wick/data/digits.h>
#include <wick/data/idx.h>
#include <wick/indexing.h>
#include <wick/io/safetensors.h>
#include <wick/io/serialize.h>
#include <wick/nn.h>
#include <wick/ops.h>
#include <wick/ops/extra.h>
#include <wick/ops/factories_positional.h>
#include <wick/ops/fft.h>
#include <wick/ops/linalg_factor.h>
#include <wick/ops/nn_backward.h>
#include <wick/ops/sequence.h>
#include <wick/ops/sparse.h>
#include <wick/ops/special.h>
#include <wick/ops/vision.h>
#include <wick/optim.h>

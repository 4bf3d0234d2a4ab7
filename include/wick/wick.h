// Everything public.
#pragma once

#include <wick/autograd.h>
#include <wick/core/grad_mode.h>
#include <wick/core/memory.h>
#include <wick/core/parallel.h>
#include <wick/ops.h>

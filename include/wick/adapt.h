// Adapting trained models to other data: features and heads, fine-tuning, low-rank adapters, other domains.
#pragma once

#include <wick/adapt/domain.h>
#include <wick/adapt/features.h>
#include <wick/adapt/finetune.h>
#include <wick/adapt/lora.h>

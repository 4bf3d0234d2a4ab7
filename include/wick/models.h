// Vision models.
#pragma once

#include <wick/models/block.h>
#include <wick/models/model.h>

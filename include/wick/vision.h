// Pictures: reading, writing, changing.
#pragma once

#include <wick/vision/batch.h>
#include <wick/vision/functional.h>
#include <wick/vision/image_folder.h>
#include <wick/vision/image_store.h>
#include <wick/vision/io.h>
#include <wick/vision/transforms.h>

// Pictures: reading, writing, changing.
#pragma once

#include <wick/vision/io.h>

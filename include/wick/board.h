// The board, a web page about runs.
#pragma once

#include <wick/board/board.h>

// Texts: tokenizers.
#pragma once

#include <wick/text/tokenizer.h>

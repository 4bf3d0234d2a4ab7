// Texts: tokenizers and language models.
#pragma once

#include <wick/text/model.h>
#include <wick/text/tokenizer.h>

// Which instruction sets the Highway kernels are built for. Include before any Highway header.
#pragma once

// On x86: the compiler's baseline, AVX2 and AVX-512, chosen at run time. The steps between them would double the
// compile time and serve processors older than 2013. Other architectures keep Highway's own choice.
#if defined(__x86_64__) || defined(_M_X64)
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4)
#endif

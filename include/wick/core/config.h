// Version of the library, and the one macro that public headers share.
#pragma once

/// Version of Wick as numbers, for conditional compilation (`WICK_VERSION >= 100` is 0.1.0 and newer).
#define WICK_VERSION_MAJOR 0
#define WICK_VERSION_MINOR 1
#define WICK_VERSION_PATCH 0
#define WICK_VERSION (WICK_VERSION_MAJOR * 10000 + WICK_VERSION_MINOR * 100 + WICK_VERSION_PATCH)

// Everything public lives in `wick` and its child namespaces, each around an inline namespace `v1`:
// two versions, or Wick and libtorch, can live in one process; and a child namespace is no member of
// its parent's `v1`, so that `compat/torch` can pull each level into `torch` without ambiguity.

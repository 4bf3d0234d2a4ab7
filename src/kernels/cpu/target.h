// Included after Highway's header, once for each instruction set: brackets around what is compiled for it. Without vectors small code is as quick, and only processors older
// than 2013 run it.
#undef WICK_BEFORE_TARGET
#undef WICK_AFTER_TARGET
#if HWY_TARGET == HWY_SCALAR && defined(NDEBUG) && defined(__GNUC__) && !defined(__clang__)
#define WICK_BEFORE_TARGET() HWY_BEFORE_NAMESPACE(); _Pragma("GCC push_options") _Pragma("GCC optimize(\"Os\")") static_assert(true)
#define WICK_AFTER_TARGET() _Pragma("GCC pop_options") HWY_AFTER_NAMESPACE()
#else
#define WICK_BEFORE_TARGET() HWY_BEFORE_NAMESPACE()
#define WICK_AFTER_TARGET() HWY_AFTER_NAMESPACE()
#endif

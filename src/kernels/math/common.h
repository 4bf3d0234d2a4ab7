// What the scalar functors share. They are plain C++17 and compile for CUDA too.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#ifdef __CUDACC__
#define WICK_HD __host__ __device__
#else
#define WICK_HD
#endif

namespace wick::kernels::math {

constexpr double kPi = 3.14159265358979323846;
constexpr double kRoot2 = 1.41421356237309504880;
constexpr double kRootPi = 1.77245385090551602730;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace wick::kernels::math

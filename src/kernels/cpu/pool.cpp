// Pooling: planes side by side in parallel, each by the plain definition; pool_fast.cpp goes first where it can.
#include "kernels/cpu/pool.h"

#include <wick/core/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/pool_fast.h"

namespace wick::kernels::cpu {
namespace {

// What is added up or compared in: half types in float.
template <class T> struct Accumulate { using type = float; };
template <> struct Accumulate<double> { using type = double; };
template <class T> using Acc = typename Accumulate<T>::type;

template <class F>
void by_type(ScalarType t, F&& f) {
  switch (t) {
    case kDouble: return f(double());
    case kHalf: return f(Half());
    case kBFloat16: return f(BFloat16());
    default: return f(float());
  }
}

struct Range { int64_t begin, end, step; };

// One plane: where its elements lie, and which inputs each output covers.
struct Planes {
  const PoolShape& s;
  bool adaptive;
  int64_t in_size, out_size;

  Planes(const PoolShape& shape, bool adapt) : s(shape), adaptive(adapt), in_size(shape.in[0] * shape.in[1] * shape.in[2]), out_size(shape.out[0] * shape.out[1] * shape.out[2]) {}
  int64_t step() const { return s.channels_last ? s.c : 1; }
  int64_t start(int64_t plane, int64_t size) const { return s.channels_last ? plane / s.c * size * s.c + plane % s.c : plane * size; }

  Range window(int d, int64_t o) const {
    if (adaptive) return {o * s.in[d] / s.out[d], ((o + 1) * s.in[d] + s.out[d] - 1) / s.out[d], 1};
    const int64_t from = o * s.stride[d] - s.pad[d], to = std::min(from + (s.kernel[d] - 1) * s.dilation[d] + 1, s.in[d]);
    int64_t begin = from;
    while (begin < 0) begin += s.dilation[d];
    return {begin, to, s.dilation[d]};
  }
  template <class F>
  void each_plane(F&& f) const {
    const int64_t cost = std::max<int64_t>(1, out_size * (adaptive ? 4 : s.kernel[0] * s.kernel[1] * s.kernel[2]));
    parallel_for(0, s.n * s.c, std::max<int64_t>(1, 32768 / cost), [&](int64_t b, int64_t e) { for (int64_t p = b; p < e; ++p) f(p); });
  }
  // Calls f(output index, windows) for every output of a plane.
  template <class F>
  void each_output(F&& f) const {
    int64_t o = 0;
    for (int64_t d = 0; d < s.out[0]; ++d) {
      const Range rd = window(0, d);
      for (int64_t h = 0; h < s.out[1]; ++h) {
        const Range rh = window(1, h);
        for (int64_t w = 0; w < s.out[2]; ++w) f(o++, rd, rh, window(2, w));
      }
    }
  }
  template <class F>
  void each_input(const Range& rd, const Range& rh, const Range& rw, F&& f) const {
    for (int64_t d = rd.begin; d < rd.end; d += rd.step)
      for (int64_t h = rh.begin; h < rh.end; h += rh.step)
        for (int64_t w = rw.begin; w < rw.end; w += rw.step) f((d * s.in[1] + h) * s.in[2] + w);
  }
  // What an average is divided by: the window as it lies on the padded input, or what it covers.
  double divisor(const Range& rd, const Range& rh, const Range& rw, int64_t o) const {
    if (adaptive) return static_cast<double>((rd.end - rd.begin) * (rh.end - rh.begin) * (rw.end - rw.begin));
    if (s.divisor_override) return static_cast<double>(s.divisor_override);
    if (!s.count_include_pad) return static_cast<double>((rd.end - rd.begin) * (rh.end - rh.begin) * (rw.end - rw.begin));
    double n = 1;
    for (int d = 2; d >= 0; --d) {
      const int64_t from = o % s.out[d] * s.stride[d] - s.pad[d];
      n *= static_cast<double>(std::min(from + s.kernel[d], s.in[d] + s.pad[d]) - from);
      o /= s.out[d];
    }
    return n;
  }
};

template <class T>
void max_forward(const PoolShape& s, bool adaptive, const T* x, T* y, int64_t* indices) {
  const Planes p(s, adaptive);
  p.each_plane([&](int64_t plane) {
    const T* in = x + p.start(plane, p.in_size);
    const int64_t out = p.start(plane, p.out_size), step = p.step();
    p.each_output([&](int64_t o, Range rd, Range rh, Range rw) {
      // A dilated window may miss the input altogether; the index must lie inside all the same.
      int64_t best = (std::min(rd.begin, s.in[0] - 1) * s.in[1] + std::min(rh.begin, s.in[1] - 1)) * s.in[2] + std::min(rw.begin, s.in[2] - 1);
      Acc<T> most = -std::numeric_limits<Acc<T>>::infinity();
      p.each_input(rd, rh, rw, [&](int64_t i) {
        const Acc<T> v = static_cast<Acc<T>>(in[i * step]);
        if (v > most || std::isnan(v)) {
          most = v;
          best = i;
        }
      });
      y[out + o * step] = static_cast<T>(most);
      if (indices) indices[out + o * step] = best;
    });
  });
}

template <class T>
void max_backward(const PoolShape& s, const T* gy, const int64_t* indices, T* gx) {
  const Planes p(s, true);
  p.each_plane([&](int64_t plane) {
    const int64_t in = p.start(plane, p.in_size), out = p.start(plane, p.out_size), step = p.step();
    for (int64_t i = 0; i < p.in_size; ++i) gx[in + i * step] = T(0.0f);
    for (int64_t o = 0; o < p.out_size; ++o) {
      T& to = gx[in + indices[out + o * step] * step];
      to = static_cast<T>(static_cast<Acc<T>>(to) + static_cast<Acc<T>>(gy[out + o * step]));
    }
  });
}

template <class T>
void avg_forward(const PoolShape& s, bool adaptive, const T* x, T* y) {
  const Planes p(s, adaptive);
  p.each_plane([&](int64_t plane) {
    const T* in = x + p.start(plane, p.in_size);
    const int64_t out = p.start(plane, p.out_size), step = p.step();
    p.each_output([&](int64_t o, Range rd, Range rh, Range rw) {
      Acc<T> sum = 0;
      p.each_input(rd, rh, rw, [&](int64_t i) { sum += static_cast<Acc<T>>(in[i * step]); });
      y[out + o * step] = static_cast<T>(sum / static_cast<Acc<T>>(p.divisor(rd, rh, rw, o)));
    });
  });
}

template <class T>
void avg_backward(const PoolShape& s, bool adaptive, const T* gy, T* gx) {
  const Planes p(s, adaptive);
  p.each_plane([&](int64_t plane) {
    const int64_t in = p.start(plane, p.in_size), out = p.start(plane, p.out_size), step = p.step();
    for (int64_t i = 0; i < p.in_size; ++i) gx[in + i * step] = T(0.0f);
    p.each_output([&](int64_t o, Range rd, Range rh, Range rw) {
      const Acc<T> share = static_cast<Acc<T>>(gy[out + o * step]) / static_cast<Acc<T>>(p.divisor(rd, rh, rw, o));
      p.each_input(rd, rh, rw, [&](int64_t i) {
        T& to = gx[in + i * step];
        to = static_cast<T>(static_cast<Acc<T>>(to) + share);
      });
    });
  });
}

}  // namespace

int64_t pool_output_size(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation, bool ceil_mode) {
  const int64_t room = in + 2 * pad - dilation * (kernel - 1) - 1 + (ceil_mode ? stride - 1 : 0);
  int64_t out = (room >= 0 ? room / stride : -((-room + stride - 1) / stride)) + 1;
  if (ceil_mode && (out - 1) * stride >= in + pad) --out;
  return out;
}

void max_pool_forward(const PoolShape& s, const void* x, void* y, int64_t* indices) {
  if (pool_fast::max_forward(s, false, x, y, indices)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); max_forward(s, false, static_cast<const T*>(x), static_cast<T*>(y), indices); });
}
void max_pool_backward(const PoolShape& s, const void* gy, const int64_t* indices, void* gx) {
  if (pool_fast::max_backward(s, gy, indices, gx)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); max_backward(s, static_cast<const T*>(gy), indices, static_cast<T*>(gx)); });
}
void avg_pool_forward(const PoolShape& s, const void* x, void* y) {
  if (pool_fast::avg_forward(s, false, x, y)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); avg_forward(s, false, static_cast<const T*>(x), static_cast<T*>(y)); });
}
void avg_pool_backward(const PoolShape& s, const void* gy, void* gx) {
  if (pool_fast::avg_backward(s, false, gy, gx)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); avg_backward(s, false, static_cast<const T*>(gy), static_cast<T*>(gx)); });
}
void adaptive_max_pool_forward(const PoolShape& s, const void* x, void* y, int64_t* indices) {
  if (pool_fast::max_forward(s, true, x, y, indices)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); max_forward(s, true, static_cast<const T*>(x), static_cast<T*>(y), indices); });
}
void adaptive_max_pool_backward(const PoolShape& s, const void* gy, const int64_t* indices, void* gx) { max_pool_backward(s, gy, indices, gx); }
void adaptive_avg_pool_forward(const PoolShape& s, const void* x, void* y) {
  if (pool_fast::avg_forward(s, true, x, y)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); avg_forward(s, true, static_cast<const T*>(x), static_cast<T*>(y)); });
}
void adaptive_avg_pool_backward(const PoolShape& s, const void* gy, void* gx) {
  if (pool_fast::avg_backward(s, true, gy, gx)) return;
  by_type(s.dtype, [&](auto t) { using T = decltype(t); avg_backward(s, true, static_cast<const T*>(gy), static_cast<T*>(gx)); });
}

}  // namespace wick::kernels::cpu

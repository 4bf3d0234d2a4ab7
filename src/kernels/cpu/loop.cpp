#include "kernels/cpu/loop.h"

#include <wick/core/parallel.h>

#include <algorithm>
#include <cstring>

#include "kernels/cpu/copy.h"

namespace wick::kernels::cpu {
namespace {

constexpr int64_t kBlock = 1024;  // elements: four blocks of the widest type stay in the first-level cache
constexpr int kMaxArity = 4;      // output included

template <size_t Size> struct Bytes { unsigned char b[Size]; };

// Moves a run of n elements between memory with a stride and a dense block.
template <class T>
void gather_run(T* dst, const T* src, int64_t stride, int64_t n) {
  if (stride == 1) std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(T));
  else if (stride == 0) std::fill_n(dst, n, *src);
  else for (int64_t i = 0; i < n; ++i) dst[i] = src[i * stride];
}
template <class T>
void scatter_run(T* dst, const T* src, int64_t stride, int64_t n) {
  if (stride == 1) std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(T));
  else for (int64_t i = 0; i < n; ++i) dst[i * stride] = src[i];
}

// The shape with dimensions merged where all operands allow it, innermost first.
struct Plan {
  DimVec shape;
  SmallVec<Operand, kMaxArity> ops;
  int64_t total = 1;

  Plan(IntArrayRef full, const Operand* const* operands, int n) {
    SmallVec<int, 6> order;  // dimensions by the output's stride, smallest first
    for (int d = static_cast<int>(full.size()) - 1; d >= 0; --d) {
      total *= full[static_cast<size_t>(d)];
      if (full[static_cast<size_t>(d)] != 1) order.push_back(d);
    }
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return operands[0]->strides[static_cast<size_t>(a)] < operands[0]->strides[static_cast<size_t>(b)]; });
    for (int k = 0; k < n; ++k) ops.emplace_back(Operand{operands[k]->data, operands[k]->dtype, {}});
    for (int d : order) {
      const auto dim = static_cast<size_t>(d);
      bool merge = !shape.empty();
      for (int k = 0; merge && k < n; ++k) merge = operands[k]->strides[dim] == ops[static_cast<size_t>(k)].strides.back() * shape.back();
      if (merge) {
        shape.back() *= full[dim];
        continue;
      }
      shape.push_back(full[dim]);
      for (int k = 0; k < n; ++k) ops[static_cast<size_t>(k)].strides.push_back(operands[k]->strides[dim]);
    }
    if (shape.empty()) {
      shape.push_back(1);
      for (auto& o : ops) o.strides.push_back(1);
    }
  }
};

enum class Access { direct, scalar, general };

Access access_of(const Plan& p, const Operand& o) {
  if (p.shape.size() == 1 && (o.strides[0] == 1 || p.shape[0] == 1)) return Access::direct;
  for (int64_t s : o.strides)
    if (s != 0) return Access::general;
  return Access::scalar;
}

// Position of element i of the plan's order.
struct Odometer {
  SmallVec<int64_t, 6> index;
  int64_t offset = 0;

  Odometer(const Plan& p, const Operand& o, int64_t i) : index(p.shape.size()) {
    for (size_t d = 0; d < p.shape.size(); ++d) {
      index[d] = i % p.shape[d];
      i /= p.shape[d];
      offset += index[d] * o.strides[d];
    }
  }
  // Calls f(offset, run, done) for the runs along the innermost dimension that make up the next n elements.
  template <class F>
  void walk(const Plan& p, const Operand& o, int64_t n, F&& f) {
    for (int64_t done = 0; done < n;) {
      const int64_t run = std::min(n - done, p.shape[0] - index[0]);
      f(offset, run, done);
      done += run;
      index[0] += run;
      offset += run * o.strides[0];
      for (size_t d = 0; d < p.shape.size() && index[d] == p.shape[d]; ++d) {
        offset -= index[d] * o.strides[d];
        index[d] = 0;
        if (d + 1 == p.shape.size()) break;
        ++index[d + 1];
        offset += o.strides[d + 1];
      }
    }
  }
};

template <class F>
void by_size(size_t size, F&& f) {
  switch (size) {
    case 1: return f(Bytes<1>());
    case 2: return f(uint16_t());
    case 4: return f(uint32_t());
    case 8: return f(uint64_t());
    default: return f(Bytes<16>());
  }
}

// Reads consecutive blocks of one operand in the compute type.
class Reader {
 public:
  Reader(const Plan& p, const Operand& o, ScalarType compute, int64_t first, int64_t count)
      : plan_(p), op_(o), compute_(compute), access_(access_of(p, o)), odo_(p, o, access_ == Access::general ? first : 0), at_(first), size_(element_size(o.dtype)) {
    if (access_ == Access::scalar) {  // one block serves for all
      const int64_t n = std::min(kBlock, count);
      const void* value = o.data;
      if (o.dtype != compute) convert(1, cast_, compute, o.data, o.dtype), value = cast_;
      by_size(element_size(compute), [&](auto t) { std::fill_n(reinterpret_cast<decltype(t)*>(raw_), n, *static_cast<const decltype(t)*>(value)); });
    }
  }
  const void* next(int64_t n) {
    if (access_ == Access::scalar) return raw_;
    const void* src = raw_;
    if (access_ == Access::direct) {
      src = static_cast<const char*>(op_.data) + at_ * static_cast<int64_t>(size_);
      at_ += n;
    } else {
      by_size(size_, [&](auto t) {
        using T = decltype(t);
        odo_.walk(plan_, op_, n, [&](int64_t off, int64_t run, int64_t done) { gather_run(reinterpret_cast<T*>(raw_) + done, static_cast<const T*>(op_.data) + off, op_.strides[0], run); });
      });
    }
    if (op_.dtype == compute_) return src;
    convert(n, cast_, compute_, src, op_.dtype);
    return cast_;
  }
  bool direct() const { return access_ == Access::direct && op_.dtype == compute_; }

 private:
  const Plan& plan_;
  const Operand& op_;
  ScalarType compute_;
  Access access_;
  Odometer odo_;
  int64_t at_;
  size_t size_;
  alignas(64) char raw_[kBlock * 16], cast_[kBlock * 16];
};

// Writes consecutive blocks of the output.
class Writer {
 public:
  Writer(const Plan& p, const Operand& o, ScalarType from, int64_t first)
      : plan_(p), op_(o), from_(from), access_(access_of(p, o) == Access::direct ? Access::direct : Access::general), odo_(p, o, access_ == Access::general ? first : 0), at_(first), size_(element_size(o.dtype)) {}
  void* buffer() { return direct() ? static_cast<char*>(op_.data) + at_ * static_cast<int64_t>(size_) : raw_; }
  void done(int64_t n) {
    if (direct()) {
      at_ += n;
      return;
    }
    const void* src = raw_;
    if (access_ == Access::direct) {
      convert(n, static_cast<char*>(op_.data) + at_ * static_cast<int64_t>(size_), op_.dtype, raw_, from_);
      at_ += n;
      return;
    }
    if (from_ != op_.dtype) {
      convert(n, cast_, op_.dtype, raw_, from_);
      src = cast_;
    }
    by_size(size_, [&](auto t) {
      using T = decltype(t);
      odo_.walk(plan_, op_, n, [&](int64_t off, int64_t run, int64_t d) { scatter_run(static_cast<T*>(op_.data) + off, static_cast<const T*>(src) + d, op_.strides[0], run); });
    });
  }
  bool direct() const { return access_ == Access::direct && op_.dtype == from_; }

 private:
  const Plan& plan_;
  const Operand& op_;
  ScalarType from_;
  Access access_;
  Odometer odo_;
  int64_t at_;
  size_t size_;
  alignas(64) char raw_[kBlock * 16], cast_[kBlock * 16];
};

void run_blocks(const Plan& plan, PointwiseFn fn, ScalarType compute, ScalarType produced, int arity, const Params& p, int64_t b, int64_t e) {
  Writer out(plan, plan.ops[0], produced, b);
  alignas(Reader) unsigned char space[kMaxArity - 1][sizeof(Reader)];
  Reader* in[kMaxArity - 1];
  for (int k = 0; k < arity; ++k) in[k] = new (space[k]) Reader(plan, plan.ops[static_cast<size_t>(k) + 1], compute, b, e - b);
  const void* src[kMaxArity - 1];
  for (int64_t i = b; i < e; i += kBlock) {
    const int64_t n = std::min(kBlock, e - i);
    for (int k = 0; k < arity; ++k) src[k] = in[k]->next(n);
    fn(n, out.buffer(), src, p);
    out.done(n);
  }
}

}  // namespace

void pointwise_loop(PointwiseFn fn, bool boolean, ScalarType compute, IntArrayRef shape, const Operand& out, const Operand* in, int arity, const Params& p) {
  const Operand* all[kMaxArity] = {&out};
  for (int k = 0; k < arity; ++k) all[k + 1] = in + k;
  const Plan plan(shape, all, arity + 1);
  if (plan.total == 0) return;
  const ScalarType produced = boolean ? kBool : compute;
  bool direct = plan.ops[0].dtype == produced;
  for (int k = 0; direct && k <= arity; ++k)
    direct = access_of(plan, plan.ops[static_cast<size_t>(k)]) == Access::direct && (k == 0 || plan.ops[static_cast<size_t>(k)].dtype == compute);
  parallel_for(0, plan.total, kGrain, [&](int64_t b, int64_t e) {
    if (!direct) return run_blocks(plan, fn, compute, produced, arity, p, b, e);
    const void* src[kMaxArity - 1];
    const auto size = static_cast<int64_t>(element_size(compute));
    for (int k = 0; k < arity; ++k) src[k] = static_cast<const char*>(plan.ops[static_cast<size_t>(k) + 1].data) + b * size;
    fn(e - b, static_cast<char*>(plan.ops[0].data) + b * static_cast<int64_t>(element_size(produced)), src, p);
  });
}

void copy_loop(IntArrayRef shape, const Operand& out, const Operand& in) {
  if (out.dtype == in.dtype) {
    copy_strided(element_size(out.dtype), static_cast<int>(shape.size()), shape.data(), out.data, out.strides.data(), in.data, in.strides.data());
    return;
  }
  const Operand* all[] = {&out, &in};
  const Plan plan(shape, all, 2);
  if (plan.total == 0) return;
  parallel_for(0, plan.total, kGrain, [&](int64_t b, int64_t e) {
    // The reader casts to the output's type, so that each element is converted once.
    Writer w(plan, plan.ops[0], plan.ops[0].dtype, b);
    Reader r(plan, plan.ops[1], plan.ops[0].dtype, b, e - b);
    for (int64_t i = b; i < e; i += kBlock) {
      const int64_t n = std::min(kBlock, e - i);
      const void* src = r.next(n);
      std::memcpy(w.buffer(), src, static_cast<size_t>(n) * element_size(plan.ops[0].dtype));
      w.done(n);
    }
  });
}

}  // namespace wick::kernels::cpu

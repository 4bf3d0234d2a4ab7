// How a product is cut and who computes the pieces. Cuts depend on the shape alone, never on the number of threads,
// and every piece is computed by one thread: so results do not depend on threads.
#include "kernels/cpu/gemm.h"

#include <algorithm>
#include <string>

#include <wick/core/error.h>

#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/onednn.h"
#include "kernels/cpu/scratch.h"

namespace wick::kernels::cpu {
namespace {

// Work below which a parallel region (about 1 us) does not pay: multiply-adds, and elements read from memory.
constexpr int64_t kGrainFlops = 400000, kGrainElements = 64 * 1024;

struct Job {
  ScalarType type, c_type;
  int64_t batch, m, n, k;
  Operand a, b;
  int64_t stride_a, stride_b, stride_c, ldc;
  char* c;
  Factor alpha, beta;
  const void* bias = nullptr;
  Activation act = Activation::none;

  bool plain() const { return alpha.z == 1.0 && beta.z == 0.0 && !bias && act == Activation::none; }
  Operand at(const Operand& o, int64_t batch_offset, int64_t i, int64_t j) const {
    const int64_t offset = batch_offset + i * o.rs + j * o.cs;
    return {static_cast<const char*>(o.data) + offset * static_cast<int64_t>(element_size(o.type)), o.rs, o.cs, o.type};
  }
  char* c_at(int64_t q, int64_t i, int64_t j) const {
    return c + (q * stride_c + i * ldc + j) * static_cast<int64_t>(element_size(c_type));
  }
};

// One piece: rows [i, i + m) and columns [j, j + n) of product q, over [p, p + k).
struct Piece {
  int64_t q, i, j, p, m, n, k;
};

void affine_sum(int64_t n, float* sum, const float* more) { affine_f32(n, sum, 1, 1, more); }
void affine_sum(int64_t n, double* sum, const double* more) { affine_f64(n, sum, 1, 1, more); }

bool widens(ScalarType t) { return t == kHalf || t == kBFloat16; }

// Sums of a piece in f32, without alpha and what follows.
void sums_f32(const Job& job, const Piece& t, float* out, int64_t ld) {
  const Operand a = job.at(job.a, t.q * job.stride_a, t.i, t.p), b = job.at(job.b, t.q * job.stride_b, t.p, t.j);
  if (job.type == kBFloat16 && onednn::has_bf16() && t.k > 0) {
    const bool ta = a.cs != 1, tb = b.cs != 1;
    if (onednn::matmul_bf16(ta, tb, t.m, t.n, t.k, a.data, ta ? a.cs : a.rs, b.data, tb ? b.cs : b.rs, out, ld, true))
      return;
  }
  packed_gemm_f32(t.m, t.n, t.k, 1, a, b, 0, out, ld);
}

// From the sums of a row to the row of c.
void finish_row(const Job& job, const Piece& t, int64_t i, float* sum) {
  char* c = job.c_at(t.q, t.i + i, t.j);
  constexpr int64_t kMax = 1024;
  float buffer[kMax];
  for (int64_t j = 0; j < t.n; j += kMax) {
    const int64_t n = std::min(kMax, t.n - j);
    char* cj = c + j * static_cast<int64_t>(element_size(job.c_type));
    float* s = sum + j;
    const auto alpha = static_cast<float>(job.alpha.z.real()), beta = static_cast<float>(job.beta.z.real());
    if (beta != 0) {
      load_f32(n, buffer, cj, job.c_type);
      affine_f32(n, s, alpha, beta, buffer);
    } else if (alpha != 1) {
      for (int64_t x = 0; x < n; ++x) s[x] *= alpha;
    }
    if (job.bias || job.act != Activation::none) {
      const float* bias = nullptr;
      if (job.bias) {
        const int64_t at = t.j + j;
        load_f32(n, buffer, static_cast<const char*>(job.bias) + at * static_cast<int64_t>(element_size(job.type)), job.type);
        bias = buffer;
      }
      epilogue_f32(n, s, bias, static_cast<int>(job.act));
    }
    if (static_cast<void*>(s) != cj) store_f32(n, cj, job.c_type, s);
  }
}

void finish_row(const Job& job, const Piece& t, int64_t i, double* s) {
  auto* c = reinterpret_cast<double*>(job.c_at(t.q, t.i + i, t.j));
  const double alpha = job.alpha.z.real(), beta = job.beta.z.real();
  if (beta != 0) affine_f64(t.n, s, alpha, beta, c);
  else if (alpha != 1)
    for (int64_t x = 0; x < t.n; ++x) s[x] *= alpha;
  if (job.bias || job.act != Activation::none)
    epilogue_f64(t.n, s, job.bias ? static_cast<const double*>(job.bias) + t.j : nullptr, static_cast<int>(job.act));
  if (s != c) std::copy(s, s + t.n, c);
}

void sums(const Job& job, const Piece& t, float* out, int64_t ld) { sums_f32(job, t, out, ld); }
void sums(const Job& job, const Piece& t, double* out, int64_t ld) {
  packed_gemm_f64(t.m, t.n, t.k, 1, job.at(job.a, t.q * job.stride_a, t.i, t.p),
                  job.at(job.b, t.q * job.stride_b, t.p, t.j), 0, out, ld);
}

// A whole piece, k in one run: straight into c where its type is that of the sums.
template <class T>
void compute(const Job& job, const Piece& t) {
  char* c = job.c_at(t.q, t.i, t.j);
  if (job.c_type == CppTypeToScalarType<T>::value) {
    const Operand a = job.at(job.a, t.q * job.stride_a, t.i, 0), b = job.at(job.b, t.q * job.stride_b, 0, t.j);
    T* out = reinterpret_cast<T*>(c);
    const T alpha = static_cast<T>(job.alpha.z.real()), beta = static_cast<T>(job.beta.z.real());
    const bool wide = job.type == job.c_type;  // then the bias is of the sums' type
    const T* const bias = job.bias && wide ? static_cast<const T*>(job.bias) + t.j : nullptr;
    if constexpr (std::is_same_v<T, double>) packed_gemm_f64(t.m, t.n, t.k, alpha, a, b, beta, out, job.ldc, bias);
    else if (job.type != kBFloat16) packed_gemm_f32(t.m, t.n, t.k, alpha, a, b, beta, out, job.ldc, bias);
    if (job.type != kBFloat16) {
      if ((job.bias && !bias) || job.act != Activation::none) {
        Job rest = job;
        rest.alpha = 1;
        rest.beta = 0;
        if (bias) rest.bias = nullptr;
        for (int64_t i = 0; i < t.m; ++i) finish_row(rest, t, i, out + i * job.ldc);
      }
      return;
    }
  }
  if (job.type == kBFloat16 && job.plain() && onednn::has_bf16()) {
    const Operand a = job.at(job.a, t.q * job.stride_a, t.i, 0), b = job.at(job.b, t.q * job.stride_b, 0, t.j);
    const bool ta = a.cs != 1, tb = b.cs != 1;
    if (onednn::matmul_bf16(ta, tb, t.m, t.n, t.k, a.data, ta ? a.cs : a.rs, b.data, tb ? b.cs : b.rs, c, job.ldc,
                            job.c_type == kFloat))
      return;
  }
  Scratch work(static_cast<size_t>(t.m * t.n) * sizeof(T));
  sums(job, t, work.as<T>(), t.n);
  for (int64_t i = 0; i < t.m; ++i) finish_row(job, t, i, work.as<T>() + i * t.n);
}

// Real and imaginary parts apart, four real products: those run near the machine's peak.
template <class T>
void compute_complex(const Job& job, const Piece& t) {
  constexpr int64_t kDepth = 512;
  const int64_t kk = std::min(kDepth, t.k), na = t.m * kk, nb = kk * t.n, nc = t.m * t.n;
  Scratch work(static_cast<size_t>(2 * (na + nb + nc)) * sizeof(T));
  T *ar = work.as<T>(), *ai = ar + na, *br = ai + na, *bi = br + nb, *cr = bi + nb, *ci = cr + nc;
  const auto split = [](const Operand& o, int64_t rows, int64_t cols, T* re, T* im) {
    // Keeps the contiguous direction contiguous.
    const bool by_row = o.cs == 1;
    const int64_t outer = by_row ? rows : cols, inner = by_row ? cols : rows, step = by_row ? o.rs : o.cs;
    for (int64_t x = 0; x < outer; ++x) {
      const T* s = static_cast<const T*>(o.data) + 2 * x * step;
      for (int64_t y = 0; y < inner; ++y) re[x * inner + y] = s[2 * y], im[x * inner + y] = s[2 * y + 1];
    }
    return by_row ? std::pair<int64_t, int64_t>{cols, 1} : std::pair<int64_t, int64_t>{1, rows};
  };
  const auto real = CppTypeToScalarType<T>::value;
  const auto multiply = [&](T alpha, const Operand& a, const Operand& b, int64_t k, T beta, T* c) {
    if constexpr (std::is_same_v<T, float>) packed_gemm_f32(t.m, t.n, k, alpha, a, b, beta, c, t.n);
    else packed_gemm_f64(t.m, t.n, k, alpha, a, b, beta, c, t.n);
  };
  for (int64_t p = 0; p < t.k; p += kDepth) {
    const int64_t k = std::min(kDepth, t.k - p);
    const auto [ars, acs] = split(job.at(job.a, t.q * job.stride_a, t.i, p), t.m, k, ar, ai);
    const auto [brs, bcs] = split(job.at(job.b, t.q * job.stride_b, p, t.j), k, t.n, br, bi);
    const Operand are{ar, ars, acs, real}, aim{ai, ars, acs, real}, bre{br, brs, bcs, real}, bim{bi, brs, bcs, real};
    const T first = p == 0 ? T(0) : T(1);
    multiply(1, are, bre, k, first, cr);
    multiply(-1, aim, bim, k, 1, cr);
    multiply(1, are, bim, k, first, ci);
    multiply(1, aim, bre, k, 1, ci);
  }
  if (t.k == 0) std::fill(cr, cr + 2 * nc, T(0));
  const std::complex<T> alpha(job.alpha.z), beta(job.beta.z);
  for (int64_t i = 0; i < t.m; ++i) {
    auto* c = reinterpret_cast<std::complex<T>*>(job.c_at(t.q, t.i + i, t.j));
    for (int64_t j = 0; j < t.n; ++j) {
      const T re = cr[i * t.n + j], im = ci[i * t.n + j];
      std::complex<T> v(alpha.real() * re - alpha.imag() * im, alpha.real() * im + alpha.imag() * re);
      if (beta != T(0))
        v += std::complex<T>(beta.real() * c[j].real() - beta.imag() * c[j].imag(),
                             beta.real() * c[j].imag() + beta.imag() * c[j].real());
      c[j] = v;
    }
  }
}

void compute_piece(const Job& job, const Piece& t) {
  switch (job.type) {
    case kFloat: case kHalf: case kBFloat16: return compute<float>(job, t);
    case kDouble: return compute<double>(job, t);
    case kComplexFloat: return compute_complex<float>(job, t);
    case kComplexDouble: return compute_complex<double>(job, t);
    default: break;
  }
  integer_gemm(element_size(job.type), t.m, t.n, t.k, job.alpha.i, job.at(job.a, t.q * job.stride_a, t.i, 0),
               job.at(job.b, t.q * job.stride_b, 0, t.j), job.beta.i, job.c_at(t.q, t.i, t.j), job.ldc);
}

int64_t cut(int64_t size, int64_t parts, int64_t multiple) {
  const int64_t piece = (size + parts - 1) / parts;
  return std::max<int64_t>(1, (piece + multiple - 1) / multiple * multiple);
}

// k cut into `chunks`, for products with a small c and a long k (weight gradients, dot products): sums of the chunks
// lie side by side and are added in order.
template <class T>
void run_split_k(const Job& job, int64_t step) {
  const int64_t chunks = (job.k + step - 1) / step, size = job.m * job.n;
  Scratch work(static_cast<size_t>(chunks * size * job.batch) * sizeof(T));
  T* part = work.as<T>();
  for_tasks(chunks * job.batch, true, [&](int64_t x) {
    const int64_t q = x / chunks, p = x % chunks * step;
    sums(job, {q, 0, 0, p, job.m, job.n, std::min(step, job.k - p)}, part + x * size, job.n);
  });
  for_tasks(job.batch * job.m, size * chunks > kGrainElements, [&](int64_t x) {
    const int64_t q = x / job.m, i = x % job.m;
    T* sum = part + q * chunks * size + i * job.n;
    for (int64_t z = 1; z < chunks; ++z) affine_sum(job.n, sum, sum + z * size);
    finish_row(job, {q, i, 0, 0, 1, job.n, job.k}, 0, sum);
  });
}

// y = op(M) x, M the larger operand, `rows` of it; y is a row or a column of c.
template <class T>
void run_vector(const Job& job) {
  const bool column = job.n == 1;
  const int64_t rows = column ? job.m : job.n;
  // Elements of one task, and the longest run of k that one task sums.
  constexpr int64_t kTask = 128 * 1024;
  const int64_t step = rows < 64 && job.k >= 4 * kTask ? kTask : std::max<int64_t>(job.k, 1);
  const int64_t chunks = std::max<int64_t>(1, (job.k + step - 1) / step);
  const int64_t block = std::min(rows, std::max<int64_t>(64, kTask / step / 64 * 64)), blocks = (rows + block - 1) / block;
  const auto real = CppTypeToScalarType<T>::value;
  Scratch work(static_cast<size_t>(job.batch * (job.k + chunks * rows)) * sizeof(T));
  for (int64_t q = 0; q < job.batch; ++q) {
    T* x = work.as<T>() + q * job.k;
    const Operand v = column ? job.at(job.b, q * job.stride_b, 0, 0) : job.at(job.a, q * job.stride_a, 0, 0);
    const int64_t inc = column ? v.rs : v.cs;
    if (v.type == real) {
      for (int64_t p = 0; p < job.k; ++p) x[p] = static_cast<const T*>(v.data)[p * inc];
    } else if (inc == 1) {
      if constexpr (std::is_same_v<T, float>) load_f32(job.k, x, v.data, v.type);
    } else {
      for (int64_t p = 0; p < job.k; ++p)
        x[p] = v.type == kHalf ? T(static_cast<float>(static_cast<const Half*>(v.data)[p * inc]))
                               : T(static_cast<float>(static_cast<const BFloat16*>(v.data)[p * inc]));
    }
  }
  T* sum = work.as<T>() + job.batch * job.k;
  for_tasks(job.batch * blocks * chunks, job.batch * rows * job.k > kGrainElements, [&](int64_t task) {
    const int64_t q = task / (blocks * chunks), z = task / blocks % chunks, i = task % blocks * block;
    const int64_t p = z * step, k = std::min(step, job.k - p), n = std::min(block, rows - i);
    Operand m = column ? job.at(job.a, q * job.stride_a, i, p) : job.at(job.b, q * job.stride_b, p, i);
    if (!column) std::swap(m.rs, m.cs);
    const T* x = work.as<T>() + q * job.k + p;
    T* y = sum + (q * chunks + z) * rows + i;
    if constexpr (std::is_same_v<T, float>) gemv_f32(n, k, m, x, y);
    else gemv_f64(n, k, m, x, y);
  });
  for (int64_t q = 0; q < job.batch; ++q) {
    T* y = sum + q * chunks * rows;
    for (int64_t z = 1; z < chunks; ++z) affine_sum(rows, y, y + z * rows);
    if (!column || job.ldc == 1) {
      // A dense column is a row as far as finish_row goes, but for its bias, which is one number.
      Job flat = job;
      flat.ldc = 1;
      if (column && job.bias)
        for (int64_t i = 0; i < rows; ++i) finish_row(job, {q, i, 0, 0, 1, 1, 0}, 0, y + i);
      else
        finish_row(flat, {q, 0, 0, 0, 1, rows, 0}, 0, y);
    } else {
      for (int64_t i = 0; i < rows; ++i) finish_row(job, {q, i, 0, 0, 1, 1, 0}, 0, y + i);
    }
  }
}

void run(const Job& job) {
  if (job.m == 0 || job.n == 0 || job.batch == 0) return;
  const bool f64 = job.type == kDouble, real = f64 || job.type == kFloat || widens(job.type);
  if (real && (job.m == 1 || job.n == 1)) {
    // Dot products of a batch, and contiguous directions that gemv can follow.
    const Operand& m = job.n == 1 ? job.a : job.b;
    if (m.cs == 1 || m.rs == 1) return f64 ? run_vector<double>(job) : run_vector<float>(job);
  }
  const int64_t work = job.m * job.n * std::max<int64_t>(job.k, 1);
  // A tile of 256 x 288 sums and its packed b stay in L2; some eight tiles feed several threads. Columns are cut at
  // whole slivers of packed_gemm_*, rows at whole panels.
  const int64_t sliver = f64 ? 24 : 48;
  int64_t tm = std::min<int64_t>(job.m, 256), tn = std::min<int64_t>(job.n, tm <= 64 ? 528 : 288);
  const auto tiles = [&] { return job.batch * ((job.m + tm - 1) / tm) * ((job.n + tn - 1) / tn); };
  while (tiles() < 8 && tm * tn * std::max<int64_t>(job.k, 1) > 2 * kGrainFlops && std::max(tm, tn) > 96) {
    if (tn >= tm && tn > sliver) tn = cut(tn, 2, sliver);
    else tm = cut(tm, 2, 8);
  }
  if (real && tiles() <= 4 && job.k >= 4096 && job.m * job.n <= 512 * 512 && work / 8 > kGrainFlops) {
    // 256 divides the step: the depth at which packed_gemm_* adds to c.
    const int64_t step = std::max<int64_t>(1024, cut(job.k, 16, 256));
    return f64 ? run_split_k<double>(job, step) : run_split_k<float>(job, step);
  }
  tm = cut(job.m, (job.m + tm - 1) / tm, 8);
  tn = cut(job.n, (job.n + tn - 1) / tn, sliver);
  const int64_t rows = (job.m + tm - 1) / tm, cols = (job.n + tn - 1) / tn;
  for_tasks(job.batch * rows * cols, work * job.batch > kGrainFlops, [&](int64_t t) {
    const int64_t q = t / (rows * cols), i = t / cols % rows * tm, j = t % cols * tn;
    compute_piece(job, {q, i, j, 0, std::min(tm, job.m - i), std::min(tn, job.n - j), job.k});
  });
}

Job make_job(ScalarType dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, Factor alpha, const void* a,
             int64_t lda, const void* b, int64_t ldb, Factor beta, void* c, int64_t ldc, ScalarType c_dtype) {
  if (c_dtype == ScalarType::Undefined) c_dtype = dtype;
  if (dtype == kBool || dtype == kComplexHalf || element_size(dtype) == 0 ||
      (c_dtype != dtype && !(widens(dtype) && c_dtype == kFloat)))
    throw NotImplementedError("gemm: no kernel for " + std::to_string(static_cast<int>(dtype)) + " into " +
                              std::to_string(static_cast<int>(c_dtype)));
  const Operand oa{a, trans_a ? 1 : lda, trans_a ? lda : 1, dtype}, ob{b, trans_b ? 1 : ldb, trans_b ? ldb : 1, dtype};
  return {dtype, c_dtype, 1, m, n, k, oa, ob, 0, 0, 0, ldc, static_cast<char*>(c), alpha, beta};
}

}  // namespace

void gemm(ScalarType dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, Factor alpha, const void* a,
          int64_t lda, const void* b, int64_t ldb, Factor beta, void* c, int64_t ldc, ScalarType c_dtype) {
  run(make_job(dtype, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, c_dtype));
}

void gemm_batched(ScalarType dtype, int64_t batch, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k,
                  Factor alpha, const void* a, int64_t lda, int64_t stride_a, const void* b, int64_t ldb,
                  int64_t stride_b, Factor beta, void* c, int64_t ldc, int64_t stride_c, ScalarType c_dtype) {
  Job job = make_job(dtype, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, c_dtype);
  job.batch = batch;
  job.stride_a = stride_a;
  job.stride_b = stride_b;
  job.stride_c = stride_c;
  run(job);
}

void gemm_bias_act(ScalarType dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const void* a,
                   int64_t lda, const void* b, int64_t ldb, const void* bias, Activation act, void* c, int64_t ldc) {
  Job job = make_job(dtype, trans_a, trans_b, m, n, k, 1, a, lda, b, ldb, 0, c, ldc, dtype);
  if (!is_floating_type(dtype)) throw NotImplementedError("gemm_bias_act: floating dtypes only");
  job.bias = bias;
  job.act = act;
  run(job);
}

}  // namespace wick::kernels::cpu

#include "kernels/cpu/onednn.h"

#include "kernels/cpu/onednn_base.h"

namespace wick::kernels::cpu::onednn {
namespace {

struct Matmul {
  dnnl::matmul primitive;
  dnnl::memory a, b, c, scratch;
  size_t scratch_bytes;
};

}  // namespace

bool has_bf16() {
  static const bool yes = [] {
    const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
    const auto want = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
    return (isa & want) == want;
  }();
  return yes;
}

bool matmul_bf16(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const void* a, int64_t lda, const void* b,
                 int64_t ldb, void* c, int64_t ldc, bool c_is_f32) {
  if (k == 0) return false;  // 2.6.3 divides by it
  thread_local Cache<Matmul, 9> cache(256);
  Matmul* p = cache.get({trans_a, trans_b, m, n, k, lda, ldb, ldc, c_is_f32}, [&]() -> std::unique_ptr<Matmul> {
    using dnnl::memory;
    // A primitive cuts its work for the threads it saw at creation.
    OneThread one;
    const memory::dims sa = trans_a ? memory::dims{1, lda} : memory::dims{lda, 1};
    const memory::dims sb = trans_b ? memory::dims{1, ldb} : memory::dims{ldb, 1};
    const memory::desc da({m, k}, memory::data_type::bf16, sa), db({k, n}, memory::data_type::bf16, sb);
    const memory::desc dc({m, n}, c_is_f32 ? memory::data_type::f32 : memory::data_type::bf16, memory::dims{ldc, 1});
    try {
      const auto pd = describe<dnnl::matmul>(user_scratch(), da, db, dc);
      if (!is_fast(pd.impl_info_str())) return nullptr;
      auto r = std::make_unique<Matmul>();
      r->primitive = dnnl::matmul(pd);
      r->a = memory(da, engine(), nullptr);
      r->b = memory(db, engine(), nullptr);
      r->c = memory(dc, engine(), nullptr);
      r->scratch = memory(pd.scratchpad_desc(), engine(), nullptr);
      r->scratch_bytes = pd.scratchpad_desc().get_size();
      return r;
    } catch (const dnnl::error&) {
      return nullptr;
    }
  });
  if (!p) return false;
  Scratch work(p->scratch_bytes);
  p->a.set_data_handle(const_cast<void*>(a));
  p->b.set_data_handle(const_cast<void*>(b));
  p->c.set_data_handle(c);
  p->scratch.set_data_handle(work.data());
  OneThread one;
  p->primitive.execute(stream(), {{DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c},
                                  {DNNL_ARG_SCRATCHPAD, p->scratch}});
  return true;
}

void clear() { ++generation(); }

}  // namespace wick::kernels::cpu::onednn

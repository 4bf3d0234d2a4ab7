// What the tests of data parallelism share.
#pragma once

#include <algorithm>
#include <cstring>

#include "check.h"

namespace ddp {

using namespace wick;

inline int me, n;
inline void begin(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
}
inline double distance(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double most = a.size() == b.size() ? 0 : 1e9;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, (a[i] - b[i]).abs().max().item<double>());
  return most;
}
inline double distance(const nn::Module& a, const nn::Module& b) { return distance(a.parameters(), b.parameters()); }
inline void check_bits_equal(const std::string& what, const Tensor& t) {
  std::vector<Tensor> all;
  for (int r = 0; r < n; ++r) all.push_back(empty_like(t));
  distributed::all_gather(all, t.detach());
  for (int r = 1; r < n; ++r) CHECK(std::memcmp(all[0].data_ptr(), all[r].data_ptr(), all[0].nbytes()) == 0, what, " differs on rank ", r);
}
inline void check_bits_equal(const nn::Module& m) {
  for (const auto& p : m.named_parameters()) check_bits_equal(p.key(), p.value());
  for (const auto& b : m.named_buffers()) check_bits_equal(b.key(), b.value());
}

struct MlpImpl : nn::Module {
  explicit MlpImpl(bool bias = true) : a(layer("a", 8, 16, bias)), b(layer("b", 16, 16, bias)), c(layer("c", 16, 16, bias)), d(layer("d", 16, 3, bias)) {}
  nn::Linear layer(const char* name, int64_t in, int64_t out, bool bias) { return reg(name, nn::Linear(nn::LinearOptions(in, out).bias(bias))); }
  nn::Linear a, b, c, d;
  Tensor forward(const Tensor& x) { return d(tanh(c(tanh(b(tanh(a(x))))))); }
};
WICK_MODULE(Mlp);

inline Tensor batch(int64_t rows, uint64_t seed) { manual_seed(seed); return randn({rows, 8}); }
inline Tensor loss_of(const Tensor& y) { return y.mul(y).mean() + y.sin().mean(); }

}  // namespace ddp

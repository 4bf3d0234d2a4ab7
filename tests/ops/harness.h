// The op table's harness: a case is one expression, and its result is compared with what PyTorch printed for it.
//
// A case file compiles unchanged against PyTorch (to make the golden numbers) and against Wick (to check them):
//   AREA("binary")
//   CASE("add.alpha", torch::add(a, b, 2))                 any tensor, number, bool, string, tuple or vector
//   CASE("add_", [] { a.add_(b); return a; })              several statements: a function without captures
//   CASE_GRAD("add.grad", torch::add(p, q))                also back-propagates to the leaves p, q, w, v, im
//   CASE_ERROR("err.add.shape", torch::add(a, c))          must throw
// Every case starts from the same inputs, made anew under seed 7.
#pragma once
#include <torch/torch.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace torch::indexing;  // NOLINT: the cases read as user code does
namespace F = torch::nn::functional;
namespace nn = torch::nn;

namespace ops {

// Float32 [3, 4] a, b; h in [0, 1); c [4, 5] in [0.5, 1.5); s 0-dim; e empty [0, 4]; big [64, 33]; z the hard points.
extern torch::Tensor a, b, c, h, s, e, z, big, img, seq;
// Integers i [3, 4], j a permutation of 3, u bytes from 200; m a mask; class targets tgt.
extern torch::Tensor i, j, u, m, tgt;
// Other element types: float64 sq [4, 4], spd positive definite, d [5]; complex cx; bfloat16 bf and half hf of a.
extern torch::Tensor sq, spd, d, cx, bf, hf;
// Float64 leaves that require a gradient: p, q [3, 4], w [4, 5], v [6] positive, im [2, 3, 8, 8].
extern torch::Tensor p, q, w, v, im;
void make_inputs();

// Prints results and gathers the differentiable ones.
class Result {
 public:
  void show(const torch::Tensor& t);
  void show(const std::string& x);
  void show(double x);
  template <class T>
  void show(const T& x) {
    if constexpr (std::is_same_v<T, bool>) word(x ? "true" : "false");
    else if constexpr (std::is_integral_v<T>) word(std::to_string(x));
    else if constexpr (std::is_same_v<T, torch::ScalarType>) word(c10::toString(x));
    else if constexpr (std::is_same_v<T, torch::Scalar>) show(x.toDouble());
    else if constexpr (std::is_convertible_v<const T&, std::string>) show(std::string(x));
    else show_sizes(x);
  }
  template <class T>
  void show(const std::vector<T>& x) {
    word("{");
    for (const auto& item : x) show(static_cast<const T&>(item));
    word("}");
  }
  template <class... T>
  void show(const std::tuple<T...>& x) {
    std::apply([this](const auto&... item) { (show(item), ...); }, x);
  }
  template <class A, class B>
  void show(const std::pair<A, B>& x) { show(x.first); show(x.second); }

  void gather(const torch::Tensor& t);
  template <class T>
  void gather(const std::vector<T>& x) { for (const auto& item : x) gather(item); }
  template <class... T>
  void gather(const std::tuple<T...>& x) {
    std::apply([this](const auto&... item) { (gather(item), ...); }, x);
  }
  template <class T>
  void gather(const T&) {}
  void backward();

  std::string text;

 private:
  void word(const char* x) { text += ' '; text += x; }
  void word(const std::string& x) { word(x.c_str()); }
  void show_sizes(c10::IntArrayRef x);
  torch::Tensor loss_;
};

template <bool kGrad, class T>
void evaluate(Result& r, const T& x) {
  if constexpr (std::is_invocable_v<const T&>) {
    evaluate<kGrad>(r, x());
  } else {
    r.show(x);
    if constexpr (kGrad) {
      r.gather(x);
      r.backward();
    }
  }
}

struct Case {
  const char* area;
  const char* name;
  bool throws;
  void (*run)(Result&);
};
int add_case(const Case& x);

}  // namespace ops

using namespace ops;  // NOLINT: see above

#define AREA(NAME) static constexpr const char* this_area = NAME;
#define OPS_JOIN2(A, B) A##B
#define OPS_JOIN(A, B) OPS_JOIN2(A, B)
#define OPS_CASE(NAME, THROWS, GRAD, ...)                        \
  [[maybe_unused]] static const int OPS_JOIN(case_, __COUNTER__) = \
      ops::add_case({this_area, NAME, THROWS, [](ops::Result& r) { ops::evaluate<GRAD>(r, __VA_ARGS__); }});
#define CASE(NAME, ...) OPS_CASE(NAME, false, false, __VA_ARGS__)
#define CASE_GRAD(NAME, ...) OPS_CASE(NAME, false, true, __VA_ARGS__)
#define CASE_ERROR(NAME, ...) OPS_CASE(NAME, true, false, __VA_ARGS__)

#include <wick/nn/enum.h>
#include <wick/nn/expanding_array.h>

#include <ostream>

#include <wick/core/str.h>

namespace wick {
namespace enumtype::inline v1 {

std::string name_of(Id id) {
  static const char* const names[] = {
      "Linear", "Conv1D", "Conv2D", "Conv3D", "ConvTranspose1D", "ConvTranspose2D", "ConvTranspose3D", "Sigmoid", "Tanh", "ReLU", "GELU", "SiLU",
      "Mish", "LeakyReLU", "FanIn", "FanOut", "Constant", "Reflect", "Replicate", "Circular", "Nearest", "Bilinear", "Bicubic", "Trilinear", "Area",
      "NearestExact", "Sum", "Mean", "Max", "None", "BatchMean", "Zeros", "Border", "Reflection", "RNN_TANH", "RNN_RELU", "LSTM", "GRU", "Valid", "Same",
      "SELU"};
  static_assert(sizeof names / sizeof names[0] == static_cast<size_t>(Id::SELU) + 1);
  return std::string("k") + names[static_cast<size_t>(id)];
}

::wick::Reduction::Reduction reduction_of(Id id) {
  switch (id) {
    case Id::None: return ::wick::Reduction::None;
    case Id::Mean: return ::wick::Reduction::Mean;
    case Id::Sum: return ::wick::Reduction::Sum;
    default: throw ValueError(name_of(id) + " is not a valid value for reduction");
  }
}

}  // namespace enumtype::inline v1

inline namespace v1 {
namespace detail {

void throw_count(size_t expected, size_t got) { throw ValueError(str("Expected ", expected, " values, but instead got ", got)); }

namespace {
template <class T>
void print_list(std::ostream& out, const T* v, size_t n) {
  if (n == 1) { out << v[0]; return; }
  out << ArrayRef<T>(v, n);
}
}  // namespace
void print_expanding(std::ostream& out, const int64_t* v, size_t n) { print_list(out, v, n); }
void print_expanding(std::ostream& out, const double* v, size_t n) { print_list(out, v, n); }
void print_expanding(std::ostream& out, const std::optional<int64_t>* v, size_t n) {
  std::vector<std::string> text;
  for (size_t i = 0; i < n; ++i) text.push_back(v[i] ? std::to_string(*v[i]) : "None");
  print_list(out, text.data(), n);
}

}  // namespace detail
}  // namespace v1
}  // namespace wick

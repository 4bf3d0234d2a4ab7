// Tensors from values and from memory of somebody else.
#include <cstring>

#include <wick/ops/tensor_factory.h>

#include "ops/view.h"

namespace wick::inline v1 {
using namespace wick::ops;

namespace detail {
namespace {

ScalarType desired_dtype(ScalarType t) {
  if (t == kInt || t == kLong) return kLong;
  if (t == kFloat || t == kDouble) return get_default_dtype_as_scalartype();
  return t;
}

void describe(std::string& to, const TensorData& d) {
  if (d.is_number()) {
    to += d.dtype() == kBool ? (d.number().toBool() ? "1" : "0") : str(d.number());
    return;
  }
  to += "{";
  for (size_t i = 0; i < d.size(); ++i) {
    if (i) to += ", ";
    if (d.items()) describe(to, d.items()[i]);
    else to += str(d.values().select(0, static_cast<int64_t>(i)).item());
  }
  to += "}";
}
std::string text(const TensorData& d) {
  std::string s;
  describe(s, d);
  return s;
}

std::string spaced(const std::vector<int64_t>& sizes) {
  std::string s;
  for (int64_t n : sizes) s += (s.empty() ? "" : " ") + std::to_string(n);
  return s;
}

char* write(const TensorData& d, char* to, ScalarType dtype) {
  if (d.is_number()) {
    if (is_reduced_floating_type(dtype) && !d.number().isComplex()) {  // overflows to infinity
      const auto v = static_cast<float>(d.number().toDouble());
      const uint16_t bits = dtype == kHalf ? Half(v).x : BFloat16(v).x;
      std::memcpy(to, &bits, sizeof bits);
      return to + sizeof bits;
    }
    switch (dtype) {
#define WICK_CASE(T, name) case ScalarType::name: { const T v = d.number().to<T>(); std::memcpy(to, &v, sizeof v); break; }
      WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
      default: break;
    }
    return to + element_size(dtype);
  }
  if (d.items()) {
    for (size_t i = 0; i < d.size(); ++i) to = write(d.items()[i], to, dtype);
    return to;
  }
  const Tensor v = raw_contiguous(d.values(), dtype);
  std::memcpy(to, impl(v)->data, v.nbytes());
  return to + v.nbytes();
}

}  // namespace

TensorData::TensorData() : dtype_(get_default_dtype_as_scalartype()), kind_(Kind::list), sizes_{0} {}

TensorData::TensorData(std::initializer_list<TensorData> list) : dtype_(list.begin()->dtype_), kind_(Kind::list), size_(list.size()) {
  const TensorData* first = list.begin();  // lives as long as the call that the list stands in
  items_ = first;
  for (const TensorData& d : list) {
    WICK_CHECK(d.sizes_ == list.begin()->sizes_, "Expected all sub-lists to have sizes: ", spaced(list.begin()->sizes_), " (e.g. ", text(*list.begin()), "), but got sub-list ", text(d), " with sizes: ", spaced(d.sizes_));
    WICK_CHECK(d.dtype_ == dtype_, "Expected all elements of the tensor to have the same scalar type: ", dtype_, ", but got element of scalar type: ", d.dtype_);
  }
  sizes_.push_back(static_cast<int64_t>(size_));
  sizes_.insert(sizes_.end(), list.begin()->sizes_.begin(), list.begin()->sizes_.end());
}

TensorData::TensorData(const void* values, size_t n, ScalarType dtype) : dtype_(dtype), kind_(Kind::array), size_(n), sizes_{static_cast<int64_t>(n)} {
  values_ = make_tensor(sizes_, dtype);
  if (n) std::memcpy(impl(values_)->data, values, n * element_size(dtype));
}

std::ostream& operator<<(std::ostream& out, const TensorData& data) { return out << text(data); }

}  // namespace detail

Tensor tensor(const detail::TensorData& data, TensorOptions options) {
  const TensorOptions o = options.has_dtype() ? options : options.dtype(detail::desired_dtype(data.dtype()));
  const ScalarType t = o.dtype();
  WICK_CHECK(!is_complex_type(data.dtype()) || is_complex_type(t) || data.is_number() || data.items(),
             "can not do torch::tensor(complex, dtype=non-complex) because complex can not be casted to real number without loss of information");
  Tensor r = new_tensor("tensor", data.sizes(), o);
  if (impl(r)->numel > 0) detail::write(data, impl(r)->data, t);
  return finished(std::move(r), o);
}

Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, std::function<void(void*)> deleter, TensorOptions options) {
  WICK_CHECK(sizes.size() == strides.size(), "from_blob: ", sizes.size(), " sizes and ", strides.size(), " strides");
  const int64_t n = count(sizes);
  (void)new_tensor("from_blob", {0}, options);  // the checks
  int64_t last = -1;
  if (n > 0) {
    last = 0;
    for (size_t i = 0; i < sizes.size(); ++i) last += (sizes[i] - 1) * strides[i];
  }
  Tensor t = make_tensor({0}, options.dtype());
  TensorImpl* p = impl(t);
  auto* s = new StorageImpl;
  s->data = data;
  s->nbytes = static_cast<size_t>(last + 1) * p->itemsize();
  s->external = true;
  if (deleter) s->deleter = new std::function<void(void*)>(std::move(deleter));
  p->set_storage(s);
  p->sizes.assign(sizes);
  p->strides.assign(strides);
  p->update();
  return finished(std::move(t), options);
}
Tensor from_blob(void* data, IntArrayRef sizes, std::function<void(void*)> deleter, TensorOptions options) {
  return from_blob(data, sizes, contiguous_strides(sizes), std::move(deleter), options);
}
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, TensorOptions options) { return from_blob(data, sizes, strides, nullptr, options); }
Tensor from_blob(void* data, IntArrayRef sizes, TensorOptions options) { return from_blob(data, sizes, contiguous_strides(sizes), nullptr, options); }

}  // namespace wick::inline v1

// Options and states as lists of named fields: what their comparison, archives and inheritance have in common.
//   WICK_FIELDS(SGDOptions, lr, momentum, dampening)
#pragma once

#include <deque>
#include <string_view>

#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/optim/serialize.h>

// m(a) m(b) … for each argument after m, up to 27
#define WICK_PARENS ()
#define WICK_EXPAND(...) WICK_EXPAND_2(WICK_EXPAND_2(WICK_EXPAND_2(__VA_ARGS__)))
#define WICK_EXPAND_2(...) WICK_EXPAND_1(WICK_EXPAND_1(WICK_EXPAND_1(__VA_ARGS__)))
#define WICK_EXPAND_1(...) WICK_EXPAND_0(WICK_EXPAND_0(WICK_EXPAND_0(__VA_ARGS__)))
#define WICK_EXPAND_0(...) __VA_ARGS__
#define WICK_EACH(m, a, ...) m(a) __VA_OPT__(WICK_EACH_NEXT WICK_PARENS(m, __VA_ARGS__))
#define WICK_EACH_NEXT() WICK_EACH

#define WICK_FIELD(name) f(#name, [](auto& o) -> auto& { return o.name(); });
#define WICK_FIELDS(Type, ...) \
  template <class F>           \
  static void each_field(const Type*, F f) { WICK_EXPAND(WICK_EACH(WICK_FIELD, __VA_ARGS__)) }

namespace wick::optim::fields {

template <class T> bool same(const T& a, const T& b) { return a == b; }
inline bool same(const Tensor& a, const Tensor& b) { return a.defined() == b.defined() && (!a.defined() || (a.sizes() == b.sizes() && equal(a, b))); }
template <class L> bool same_items(const L& a, const L& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!same(a[i], b[i])) return false;
  return true;
}
inline bool same(const std::deque<Tensor>& a, const std::deque<Tensor>& b) { return same_items(a, b); }
inline bool same(const std::optional<std::vector<Tensor>>& a, const std::optional<std::vector<Tensor>>& b) {
  return a.has_value() == b.has_value() && (!a || same_items(*a, *b));
}

template <class T> IValue boxed(const T& v) { return IValue(v); }
inline IValue boxed(const std::deque<Tensor>& v) { return deque_to_list(v); }
template <class T> void unbox(const IValue& v, T& to) { to = v.to<T>(); }
inline void unbox(const IValue& v, std::deque<Tensor>& to) { to = list_to_deque(v.to<List<Tensor>>()); }

// Options that libtorch's archives lack.
inline bool added_later(std::string_view name) { return name == "maximize" || name == "decoupled_weight_decay"; }

template <class T> bool equal_all(const T& a, const T& b) {
  bool r = true;
  each_field(&a, [&](const char*, auto get) { r = r && same(get(a), get(b)); });
  return r;
}
template <class T> void write_all(serialize::OutputArchive& archive, const T& from) {
  each_field(&from, [&](const char* name, auto get) {
    const IValue v = boxed(get(from));
    if (!v.isTensor() || v.toTensor().defined()) archive.write(name, v);
  });
}
template <class T> void read_all(serialize::InputArchive& archive, T& to) {
  each_field(&to, [&](const char* name, auto get) {
    using Field = std::decay_t<decltype(get(to))>;
    IValue v;
    if (archive.try_read(name, v)) unbox(v, get(to));
    else WICK_CHECK((std::is_same_v<Field, Tensor>) || added_later(name), "load: the optimizer's archive lacks '", name, "'");
  });
}
template <class T> void inherit_all(T& mine, const OptimizerOptions& defaults) {
  const T* from = dynamic_cast<const T*>(&defaults);
  if (!from) return;
  const T fresh;
  each_field(&mine, [&](const char*, auto get) {
    if (same(get(mine), get(fresh))) get(mine) = get(*from);
  });
}

}  // namespace wick::optim::fields

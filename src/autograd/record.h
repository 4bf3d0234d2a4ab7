// The recording order, written once. An op hands over its kernel and its derivative; what happens around them (is
// the change legal, which inputs are kept, who made the result, versions, views) is decided here and nowhere else.
//
//   Tensor mul(const Tensor& a, const Tensor& b) {
//     return record("MulBackward0", {a, b}, Uses().grad(0, in(1)).grad(1, in(0)),
//                   [&] { return pointwise(table::mul, a, b); },
//                   [](Backward& bw) {
//                     if (bw.needs(0)) bw.grad(0, bw.g() * bw.in(1).conj());
//                     if (bw.needs(1)) bw.grad(1, bw.g() * bw.in(0).conj());
//                   });
//   }
//
// The kernel runs with recording off. The derivative is written in public differentiable ops, so that it can be
// differentiated again; it may return gradients of the broadcast shape or of another dtype: `Backward::grad` sums
// and casts them to the input's. It must capture by value and may capture tensors that are no inputs or outputs.
#pragma once

#include <optional>
#include <tuple>

#include "autograd/meta.h"
#include "autograd/saved_tensor.h"
#include "core/watch.h"

namespace wick::autograd {

// Which saved tensors the gradient of each input needs: in(i) and out(i) are bits.
constexpr uint32_t in(int i) { return 1u << i; }
constexpr uint32_t out(int i = 0) { return 1u << (16 + i); }
struct Uses {
  uint32_t always = 0, by_input[8] = {};
  constexpr Uses(uint32_t mask = 0) : always(mask) {}          // whatever input wants a gradient
  constexpr Uses grad(int input, uint32_t mask) const { Uses u = *this; u.by_input[input] |= mask; return u; }
};

// A tensor argument for the length of a call; a temporary will do.
struct TensorRef {
  const Tensor* p;
  TensorRef(const Tensor& t) : p(&t) {}
  operator const Tensor&() const { return *p; }
  const Tensor& get() const { return *p; }
};

// The tensor arguments of an op, in order; undefined ones are allowed.
class Inputs {
 public:
  Inputs(std::initializer_list<TensorRef> l) : refs_(first(l)), n_(l.size()) {}  // lives for the call
  Inputs(TensorList l) : list_(l.data()), n_(l.size()) {}
  size_t size() const { return n_; }
  const Tensor& operator[](size_t i) const { return refs_ ? refs_[i].get() : list_[i]; }
  bool any_requires_grad() const {
    for (size_t i = 0; i < n_; ++i) {
      const TensorImpl* t = (*this)[i].unsafeGetTensorImpl();
      if (t && !t->inference && t->wants_grad()) return true;  // inference tensors stay outside of every graph
    }
    return false;
  }

 private:
  static const TensorRef* first(const std::initializer_list<TensorRef>& l) { return l.begin(); }
  const TensorRef* refs_ = nullptr;
  const Tensor* list_ = nullptr;
  size_t n_;
};

class OpNode;

// What a derivative sees.
class Backward {
 public:
  Backward(OpNode& node, variable_list& gradients) : node_(node), gradients_(gradients) {}
  const Tensor& g(int i = 0) const { return gradients_[static_cast<size_t>(i)]; }  // of result i; may be undefined when there are several
  Tensor g_or_zeros(int i) const;
  bool needs(int i) const;
  Tensor in(int i) const;   // a saved input or result
  Tensor out(int i = 0) const;
  IntArrayRef shape(int i) const;   // of input i
  ScalarType dtype(int i) const;
  void grad(int i, Tensor t);
  variable_list result;

 private:
  OpNode& node_;
  variable_list& gradients_;
};

// A node made by `record`.
class OpNode : public Node {
 public:
  struct Shape { SmallVec<int64_t, 4> sizes; ScalarType dtype; };

  std::string name() const override { return name_; }
  // A node that kept nothing can run again.
  void release_variables() override {
    for (auto& s : saved_) s.second.reset();
    released_ = !saved_.empty();
  }
  Tensor saved(uint32_t bit);
  void init(const char* name, const Inputs& inputs);
  void save(const Uses& uses, const Inputs& inputs, const Tensor* overwritten);
  void save_outputs(const Uses& uses, const Tensor* const* outs, size_t n);
  variable_list apply(variable_list&& g) override;
  virtual void derive(Backward& b) = 0;

  const char* name_ = "";
  SmallVec<Shape, 3> shapes_;   // of the inputs
  SmallVec<std::pair<uint32_t, SavedTensor>, 3> saved_;
  uint32_t mask_ = 0;           // what the derivative needs of `uses`
  bool released_ = false;
  bool multi_ = false;          // several results: their gradients may be undefined
};

template <class Rule>
class RuleNode final : public OpNode {
 public:
  explicit RuleNode(Rule r) : rule_(std::move(r)) {}
  void derive(Backward& b) override { (*rule_)(b); }
  void release_variables() override {
    OpNode::release_variables();
    if (released_) rule_.reset();
  }

 private:
  std::optional<Rule> rule_;
};

template <class Rule>
std::shared_ptr<OpNode> make_node(const char* name, const Inputs& inputs, Rule&& rule) {
  auto node = std::allocate_shared<RuleNode<std::decay_t<Rule>>>(memory::ObjectAllocator<char>(), std::forward<Rule>(rule));
  node->init(name, inputs);
  return node;
}

// The results of an op as a list of tensors.
struct Results {
  SmallVec<const Tensor*, 4> list;
  void add(const Tensor& t) { list.push_back(&t); }
  void add(const std::vector<Tensor>& v) { for (const auto& t : v) list.push_back(&t); }
  template <class... T> void add(const std::tuple<T...>& v) { std::apply([&](const auto&... t) { (add(t), ...); }, v); }
  template <size_t N> void add(const std::array<Tensor, N>& v) { for (const auto& t : v) list.push_back(&t); }
};

void finish(const std::shared_ptr<OpNode>& node, const Uses& uses, const Results& results);

inline bool recording(const Inputs& inputs) { return recording_enabled() && inputs.any_requires_grad(); }

// An op from its beginning to its end, for those that look on (core/watch.h), with the node that records it. Without `done`, an exception ended it.
class Call {
 public:
  Call(const char* name, const Inputs& inputs, watch::Kind kind, const Node* step = nullptr) : watched_(watch::watched()) {
    if (watched_) [[unlikely]] begin(name, inputs, kind, step);
  }
  ~Call() { if (watched_ || node) leave(); }
  Call(const Call&) = delete;
  template <class Rule>
  void record(const char* name, const Inputs& inputs, Rule&& rule) {
    ::new (&node) std::shared_ptr<OpNode>(make_node(name, inputs, std::forward<Rule>(rule)));
  }
  bool watched() const { return watched_; }
  bool wants_results() const { return watched_ || node; }
  void done(const Uses& uses, const Results& results);
  void told(const Results& results, const Node* by);  // to those that look on only
  void told(const Tensor& result, const Node* by = nullptr);

  union { std::shared_ptr<OpNode> node = nullptr; };  // let go of out of line: it is much code for so many ops

 private:
  void begin(const char* name, const Inputs& inputs, watch::Kind kind, const Node* step);
  void leave();
  bool watched_;
};

// A functional op. `kernel()` returns a Tensor, a tuple or a vector of them.
template <class Kernel, class Rule>
auto record(const char* name, const Inputs& inputs, const Uses& uses, Kernel&& kernel, Rule&& rule) {
  Call call(name, inputs, watch::Kind::op);
  if (recording(inputs)) {
    call.record(name, inputs, std::forward<Rule>(rule));
    call.node->save(uses, inputs, nullptr);
  }
  auto result = [&] { const GateScope off(call.node ? uint32_t{kGradOff} : 0); return kernel(); }();
  if (call.wants_results()) {
    Results r;
    r.add(result);
    call.done(uses, r);
  }
  return result;
}

// An op that overwrites `self`, which is one of its inputs. Throws before anything is changed.
void check_inplace(const char* name, const Tensor& self, bool records);
void finish_inplace(const Tensor& self, Call& call, const Uses& uses);
template <class Kernel, class Rule>
Tensor& record_inplace(const char* name, const Tensor& self, const Inputs& inputs, const Uses& uses, Kernel&& kernel, Rule&& rule) {
  Call call(name, inputs, watch::Kind::inplace);
  const bool records = recording(inputs);
  check_inplace(name, self, records);
  if (records) {
    call.record(name, inputs, std::forward<Rule>(rule));
    call.node->save(uses, inputs, &self);
  }
  {
    GateScope off(kGradOff);
    kernel();
  }
  finish_inplace(self, call, uses);
  return const_cast<Tensor&>(self);
}
// In-place ops without a derivative of their own (fills, random numbers): the gradient of what was there is zero.
struct ZeroRule { void operator()(Backward& b) const; };
template <class Kernel>
Tensor& overwrite(const char* name, const Tensor& self, Kernel&& kernel) {
  return record_inplace(name, self, {self}, {}, std::forward<Kernel>(kernel), ZeroRule());
}

// An op that writes into `out` and is not recorded: throws when a gradient would have to flow.
void check_out(const char* name, const Tensor& out, const Inputs& inputs);

// A view: shares memory and version with `base`; in-place changes flow to what it views.
Tensor make_view(const Tensor& base, IntArrayRef sizes, IntArrayRef strides, int64_t offset, ViewKind kind = ViewKind::usual);
template <class Rule>
Tensor record_view(const char* name, const Tensor& base, IntArrayRef sizes, IntArrayRef strides, int64_t offset, Rule&& rule,
                   ViewKind kind = ViewKind::usual) {
  const Inputs inputs{TensorList(base)};
  Call call(name, inputs, watch::Kind::view);
  Tensor v = make_view(base, sizes, strides, offset, kind);
  if (recording(inputs)) call.record(name, inputs, std::forward<Rule>(rule));
  if (call.wants_results()) {
    Results r;
    r.add(v);
    call.done({}, r);
  }
  return v;
}

}  // namespace wick::autograd

// Contractions in index notation.
#include <algorithm>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

constexpr int kLabels = 52, kEllipsis = kLabels;
int label_of(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' : c - 'a' + 26; }
char char_of(int l) { return static_cast<char>(l < 26 ? 'A' + l : 'a' + l - 26); }
using Labels = std::vector<int>;

Labels parse(std::string_view text, const char* where) {
  Labels l;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '.') {
      WICK_CHECK(text.substr(i, 3) == "..." && std::find(l.begin(), l.end(), kEllipsis) == l.end(), "einsum(): found '.' for ", where, " that is not part of any ellipsis");
      l.push_back(kEllipsis);
      i += 2;
      continue;
    }
    WICK_CHECK((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), "einsum(): invalid subscript given at index ", i, " in the equation string, subscripts must be in [a-zA-Z]");
    l.push_back(label_of(c));
  }
  return l;
}

struct Equation {
  std::vector<Labels> operands;
  Labels output;
  bool explicit_output = false;
};
Equation parse_equation(std::string_view text, size_t operands) {
  Equation e;
  const size_t arrow = text.find("->");
  std::string_view left = text.substr(0, arrow);
  for (size_t from = 0;;) {
    const size_t comma = left.find(',', from);
    e.operands.push_back(parse(left.substr(from, comma == std::string_view::npos ? comma : comma - from), "operand"));
    if (comma == std::string_view::npos) break;
    from = comma + 1;
  }
  WICK_CHECK(e.operands.size() <= operands, "einsum(): more operands specified in the equation than provided");
  WICK_CHECK(e.operands.size() >= operands, "einsum(): fewer operands were specified in the equation than provided");
  if (arrow != std::string_view::npos) {
    e.explicit_output = true;
    e.output = parse(text.substr(arrow + 2), "the output");
  }
  return e;
}

// Numbers every label of the equation with its dimension: the output's first, then those summed over.
struct Plan {
  int64_t at[kLabels], ellipsis_at = 0, ellipsis = 0, outputs = 0, total = 0;
};
Plan plan_dims(Equation& e, ArrayRef<Tensor> tensors) {
  Plan p;
  int uses[kLabels] = {};
  std::fill(p.at, p.at + kLabels, int64_t{-1});
  bool has_ellipsis = false;
  for (size_t i = 0; i < e.operands.size(); ++i) {
    const Labels& l = e.operands[i];
    const bool dots = std::find(l.begin(), l.end(), kEllipsis) != l.end();
    const int64_t named = static_cast<int64_t>(l.size()) - dots, extra = tensors[i].dim() - named;
    WICK_CHECK(dots ? extra >= 0 : extra == 0, "einsum(): the number of subscripts in the equation (", named, dots ? ") is more than the number of dimensions (" : ") does not match the number of dimensions (",
               tensors[i].dim(), ") for operand ", i, dots ? "" : " and no ellipsis was given");
    if (dots) p.ellipsis = std::max(p.ellipsis, extra);
    has_ellipsis = has_ellipsis || dots;
    for (int c : l) if (c != kEllipsis) ++uses[c];
  }
  if (!e.explicit_output) {  // the ellipsis, then the labels that occur once, in alphabetical order
    if (has_ellipsis) e.output.push_back(kEllipsis);
    for (int c = 0; c < kLabels; ++c) if (uses[c] == 1) e.output.push_back(c);
  }
  bool placed = false;
  for (int c : e.output) {
    if (c == kEllipsis) {
      p.ellipsis_at = p.total;
      p.total += p.ellipsis;
      placed = true;
      continue;
    }
    WICK_CHECK(p.at[c] < 0, "einsum(): output subscript ", char_of(c), " appears more than once in the output");
    WICK_CHECK(uses[c] > 0, "einsum(): output subscript ", char_of(c), " does not appear in the equation for any input operand");
    p.at[c] = p.total++;
  }
  p.outputs = p.total;
  if (!placed) {
    p.ellipsis_at = p.total;
    p.total += p.ellipsis;
  }
  for (const Labels& l : e.operands)
    for (int c : l) if (c != kEllipsis && p.at[c] < 0) p.at[c] = p.total++;
  return p;
}

// One operand with its dimensions in the plan's order; absent ones have size 1, repeated labels their diagonal.
Tensor arrange(Tensor t, const Labels& labels, const Plan& p) {
  std::vector<int64_t> dims;  // plan dimension of each of t's
  const int64_t named = static_cast<int64_t>(labels.size()) - (std::find(labels.begin(), labels.end(), kEllipsis) != labels.end());
  const int64_t extra = t.dim() - named;
  for (int c : labels) {
    if (c == kEllipsis) for (int64_t k = 0; k < extra; ++k) dims.push_back(p.ellipsis_at + p.ellipsis - extra + k);
    else dims.push_back(p.at[c]);
  }
  for (size_t i = 0; i < dims.size();) {
    const auto first = std::find(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(i), dims[i]);
    if (first == dims.begin() + static_cast<std::ptrdiff_t>(i)) { ++i; continue; }
    const int64_t a = first - dims.begin(), b = static_cast<int64_t>(i), d = dims[i];
    WICK_CHECK(t.size(a) == t.size(b), "einsum(): subscript is repeated for an operand but the sizes don't match, ", t.size(b), " != ", t.size(a));
    t = t.diagonal(0, a, b);
    dims.erase(dims.begin() + b);
    dims.erase(dims.begin() + a);
    dims.push_back(d);
    i = 0;
  }
  DimVec order, shape(static_cast<size_t>(p.total), 1);
  std::vector<size_t> by(dims.size());
  for (size_t i = 0; i < by.size(); ++i) by[i] = i;
  std::sort(by.begin(), by.end(), [&](size_t x, size_t y) { return dims[x] < dims[y]; });
  for (size_t i : by) order.push_back(static_cast<int64_t>(i));
  for (size_t i = 0; i < dims.size(); ++i) shape[static_cast<size_t>(dims[i])] = t.size(static_cast<int64_t>(i));
  t = t.permute(order);
  for (int64_t d = 0; d < p.total; ++d)
    if (std::find(dims.begin(), dims.end(), d) == dims.end()) t = t.unsqueeze(d);
  return t;
}

int64_t product(const Tensor& t, const DimVec& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= t.size(d);
  return n;
}
DimVec joined(std::initializer_list<const DimVec*> parts) {
  DimVec d;
  for (const DimVec* p : parts) for (int64_t x : *p) d.push_back(x);
  return d;
}

// Sum over `over` of a b, which have the same number of dimensions and sizes that agree or are 1; keeps them as size 1.
Tensor contract(Tensor a, Tensor b, const std::vector<bool>& over) {
  const int64_t n = a.dim();
  DimVec both, left, right, sum;
  bool any = false;
  for (int64_t d = 0; d < n; ++d) {
    const bool in_a = a.size(d) != 1, in_b = b.size(d) != 1, summed = over[static_cast<size_t>(d)];
    any = any || summed;
    if (summed && in_a && in_b) { sum.push_back(d); continue; }
    if (summed && in_a) a = a.sum(IntArrayRef{d}, true);
    if (summed && in_b) b = b.sum(IntArrayRef{d}, true);
    if (summed) { left.push_back(d); continue; }  // size 1 now
    (in_a && in_b ? both : in_b ? right : left).push_back(d);
  }
  if (!any) return a * b;
  DimVec shape;
  for (int64_t d : both) shape.push_back(a.size(d));
  for (int64_t d : left) shape.push_back(a.size(d));
  for (size_t i = 0; i < sum.size(); ++i) shape.push_back(1);
  for (int64_t d : right) shape.push_back(b.size(d));
  const int64_t nb = product(a, both), nl = product(a, left), ns = product(a, sum), nr = product(b, right);
  const Tensor x = a.permute(joined({&both, &left, &sum, &right})).reshape({nb, nl, ns}), y = b.permute(joined({&both, &sum, &right, &left})).reshape({nb, ns, nr});
  const Tensor z = nb == 1 ? x.squeeze(0).mm(y.squeeze(0)) : x.bmm(y);
  const DimVec order = joined({&both, &left, &sum, &right});
  DimVec back(static_cast<size_t>(n));
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return z.reshape(shape).permute(back);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor einsum(std::string_view equation, ArrayRef<Tensor> tensors, OptionalIntArrayRef) {
  WICK_CHECK(!tensors.empty(), "einsum(): must provide at least one operand");
  for (const Tensor& t : tensors) check_defined("einsum", {t});
  Equation e = parse_equation(equation, tensors.size());
  const Plan p = plan_dims(e, tensors);
  std::vector<Tensor> ops;
  std::vector<int64_t> last(static_cast<size_t>(p.total), -1), size(static_cast<size_t>(p.total), 1);
  for (size_t i = 0; i < tensors.size(); ++i) {
    ops.push_back(arrange(tensors[i], e.operands[i], p));
    for (int64_t d = 0; d < p.total; ++d) {
      const int64_t n = ops[i].size(d);
      int64_t& seen = size[static_cast<size_t>(d)];
      WICK_CHECK(n == 1 || seen == 1 || n == seen, "einsum(): operands do not broadcast with remapped shapes [original->remapped]: dimension ", d, " has size ", n, " for operand ", i,
                 " which does not broadcast with previously seen size ", seen);
      if (n != 1) {
        seen = n;
        last[static_cast<size_t>(d)] = static_cast<int64_t>(i);
      }
    }
  }
  Tensor r = ops[0];
  DimVec early;
  for (int64_t d = p.outputs; d < p.total; ++d)
    if (last[static_cast<size_t>(d)] == 0) early.push_back(d);
  if (!early.empty()) r = r.sum(IntArrayRef(early), true);
  for (size_t i = 1; i < ops.size(); ++i) {
    std::vector<bool> over(static_cast<size_t>(p.total));
    for (int64_t d = p.outputs; d < p.total; ++d) over[static_cast<size_t>(d)] = last[static_cast<size_t>(d)] == static_cast<int64_t>(i);
    r = contract(r, ops[i], over);
  }
  for (int64_t d = p.total; d-- > p.outputs;) r = r.squeeze(d);
  return r;
}

Tensor tensordot(const Tensor& self, const Tensor& other, IntArrayRef dims_self, IntArrayRef dims_other) {
  check_defined("tensordot", {self, other});
  WICK_CHECK(dims_self.size() == dims_other.size(), "both dimension lists should have same length");
  WICK_CHECK(self.scalar_type() == other.scalar_type(), "both inputs should have same dtype");
  const auto arranged = [](const Tensor& t, IntArrayRef dims, const char* op, DimVec& kept, DimVec& used) {
    std::vector<bool> taken(t.sizes().size());
    for (int64_t d : dims) {
      const int64_t w = wrap_dim(d, t.dim(), op);
      WICK_CHECK(!taken[static_cast<size_t>(w)], "dim ", w, " appears multiple times in the list of dims");
      taken[static_cast<size_t>(w)] = true;
      used.push_back(w);
    }
    for (int64_t d = 0; d < t.dim(); ++d) if (!taken[static_cast<size_t>(d)]) kept.push_back(d);
  };
  DimVec ka, ua, kb, ub;
  arranged(self, dims_self, "tensordot", ka, ua);
  arranged(other, dims_other, "tensordot", kb, ub);
  Tensor a = self, b = other;
  int64_t inner = 1;
  for (size_t i = 0; i < ua.size(); ++i) {
    const int64_t x = self.size(ua[i]), y = other.size(ub[i]);
    if (x == 1 && y != 1) b = b.sum(IntArrayRef{ub[i]}, true);
    else if (y == 1 && x != 1) a = a.sum(IntArrayRef{ua[i]}, true);
    else WICK_CHECK(x == y, "contracted dimensions need to match, but first has size ", x, " in dim ", ua[i], " and second has size ", y, " in dim ", ub[i]);
    inner *= x == 1 || y == 1 ? 1 : x;
  }
  DimVec shape;
  int64_t rows = 1, cols = 1;
  for (int64_t d : ka) { shape.push_back(a.size(d)); rows *= a.size(d); }
  for (int64_t d : kb) { shape.push_back(b.size(d)); cols *= b.size(d); }
  return a.permute(joined({&ka, &ua})).reshape({rows, inner}).mm(b.permute(joined({&ub, &kb})).reshape({inner, cols})).reshape(shape);
}
Tensor& tensordot_out(Tensor& out, const Tensor& self, const Tensor& other, IntArrayRef dims_self, IntArrayRef dims_other) {
  return out_from("tensordot", out, {self, other}, [&] { return tensordot(self, other, dims_self, dims_other); });
}

Tensor kron(const Tensor& self, const Tensor& other) {
  check_defined("kron", {self, other});
  const size_t n = static_cast<size_t>(std::max(self.dim(), other.dim()));
  DimVec a, b, shape;
  for (size_t i = 0; i < n; ++i) {
    const int64_t ka = static_cast<int64_t>(i) - (static_cast<int64_t>(n) - self.dim()), kb = static_cast<int64_t>(i) - (static_cast<int64_t>(n) - other.dim());
    const int64_t x = ka < 0 ? 1 : self.size(ka), y = kb < 0 ? 1 : other.size(kb);
    a.push_back(x);
    a.push_back(1);
    b.push_back(1);
    b.push_back(y);
    shape.push_back(x * y);
  }
  return (self.reshape(a) * other.reshape(b)).reshape(shape);
}
Tensor& kron_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("kron", out, {self, other}, [&] { return kron(self, other); }); }

}  // namespace wick::inline v1

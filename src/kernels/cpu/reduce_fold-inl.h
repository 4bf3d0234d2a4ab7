// Folding a segment with an op given as a struct: init, map (one element), join and join1 (two partial results), lanes
// (all of a vector). Per target;
// include after reduce_rows-inl.h, inside the file's namespace.
template <class A, class Op>
HWY_INLINE Four<A> JoinFour(const Op& op, const Four<A>& a, const Four<A>& b) {
  Four<A> r(a);
  r.v0 = op.join(a.v0, b.v0), r.v1 = op.join(a.v1, b.v1), r.v2 = op.join(a.v2, b.v2), r.v3 = op.join(a.v3, b.v3);
  return r;
}

template <class T, class Op, class A = AccOf<T>>
double FoldRow(const Op& op, const T* x, int64_t n) {
  constexpr int64_t kBlock = 1024;
  const Tag<A> d;
  const auto init = hn::Set(d, op.init);
  if (n <= static_cast<int64_t>(hn::Lanes(d))) {
    const Part k{static_cast<size_t>(n)};
    return op.lanes(Fill<A>(op.map(LoadAs(x, k)), init, k));
  }
  Four<A> total(init);
  for (int64_t b = 0; b < n; b += kBlock) {
    Four<A> s(init);
    EachVector4<A>(std::min(kBlock, n - b), [&](int64_t i, auto k, auto j) HWY_ATTR {
      s.at(j) = op.join(s.at(j), Fill<A>(op.map(LoadAs(x + b + i, k)), init, k));
    });
    total = JoinFour<A>(op, total, s);
  }
  return op.lanes(op.join(op.join(total.v0, total.v1), op.join(total.v2, total.v3)));
}

template <class T, class Op, class A = AccOf<T>>
void FoldColumns(const Op& op, const T* x, int64_t n, int64_t stride, int64_t cols, double* out) {
  constexpr int64_t kBlock = 64;
  const Tag<A> d;
  HWY_ALIGN A acc[kReduceTile], total[kReduceTile];
  std::fill_n(total, cols, op.init);
  for (int64_t b = 0; b < n; b += kBlock) {
    std::fill_n(acc, cols, op.init);
    const int64_t e = std::min(n, b + kBlock);
    int64_t r = b;
    for (; r + 4 <= e; r += 4) {
      const T* p = x + r * stride;
      EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
        const auto m0 = op.map(LoadAs(p + c, k)), m1 = op.map(LoadAs(p + stride + c, k));
        const auto m2 = op.map(LoadAs(p + 2 * stride + c, k)), m3 = op.map(LoadAs(p + 3 * stride + c, k));
        hn::StoreU(op.join(hn::LoadU(d, acc + c), op.join(op.join(m0, m1), op.join(m2, m3))), d, acc + c);
      });
    }
    for (; r < e; ++r)
      EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
        hn::StoreU(op.join(hn::LoadU(d, acc + c), op.map(LoadAs(x + r * stride + c, k))), d, acc + c);
      });
    for (int64_t c = 0; c < cols; ++c) total[c] = op.join1(total[c], acc[c]);
  }
  for (int64_t c = 0; c < cols; ++c) out[c] = total[c];
}

template <class T, class Op>
void FoldAny(const Op& op, const Segment& s, double* out) {
  const T* x = static_cast<const T*>(s.in);
  if (s.stride == 1) {
    for (int64_t r = 0; r < s.cols; ++r) out[r] = FoldRow(op, x + r * s.n, s.n);
    return;
  }
  const int64_t group = s.stride == s.cols ? std::min(s.n, kReduceTile / s.cols) : 1;
  if (group < 4) return FoldColumns(op, x, s.n, s.stride, s.cols, out);
  // a few whole columns: `group` rows side by side make one row of many columns
  double wide[kReduceTile];
  const int64_t whole = s.n / group, width = group * s.cols;
  FoldColumns(op, x, whole, width, width, wide);
  for (int64_t c = 0; c < s.cols; ++c) {
    auto v = static_cast<AccOf<T>>(wide[c]);
    for (int64_t g = 1; g < group; ++g) v = op.join1(v, static_cast<AccOf<T>>(wide[g * s.cols + c]));
    out[c] = v;
  }
  if (whole * group == s.n) return;
  FoldColumns(op, x + whole * width, s.n - whole * group, s.stride, s.cols, wide);
  for (int64_t c = 0; c < s.cols; ++c)
    out[c] = op.join1(static_cast<AccOf<T>>(out[c]), static_cast<AccOf<T>>(wide[c]));
}
template <template <class> class Op>
void FoldType(ScalarType type, const Segment& s, double* out) {
  switch (type) {
    case kFloat: FoldAny<float>(Op<float>(), s, out); break;
    case kDouble: FoldAny<double>(Op<double>(), s, out); break;
    case kHalf: FoldAny<Half>(Op<float>(), s, out); break;
    default: FoldAny<BFloat16>(Op<float>(), s, out); break;
  }
}

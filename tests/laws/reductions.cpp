// Reductions, scans, sorting.
#include "laws.h"

namespace wick::laws {

#define CALL(expression) [](const variable_list& x) { return variable_list{expression}; }
#define PAIR(expression) [](const variable_list& x) { auto r = expression; return variable_list{std::get<0>(r), std::get<1>(r)}; }
#define X x[0]

// Over all, one, several dimensions of distinct values; large in both directions.
#define REDUCTION(name, ...) add(name, CALL(__VA_ARGS__)).sample({distinct({3, 4})}).sample({distinct({2, 3, 4})})

void add_reductions() {
  const Sample wide = {normal({37, 9001})}, tall = {normal({9001, 37})};
  REDUCTION("sum", sum(X)).large(wide).with_complex().with_integers();
  REDUCTION("sum.0", sum(X, 0)).large(tall).with_complex().with_integers().out_form([](Tensor& o, const variable_list& x) { sum_out(o, X, 0); }).out_decides_type();
  REDUCTION("sum.last", sum(X, -1, true)).large(wide).with_complex().with_integers().out_form([](Tensor& o, const variable_list& x) { sum_out(o, X, -1, true); }).out_decides_type();
  REDUCTION("sum.two", sum(X, {0, 1})).large(wide).with_complex().with_integers();
  REDUCTION("mean", mean(X)).large(wide).with_complex();
  REDUCTION("mean.0", mean(X, 0)).large(tall).with_complex().out_form([](Tensor& o, const variable_list& x) { mean_out(o, X, 0); }).out_decides_type();
  REDUCTION("mean.last", mean(X, -1)).large(wide);
  REDUCTION("prod", prod(X / 2)).with_complex();
  REDUCTION("prod.dim", prod(X, 1)).with_complex();
  REDUCTION("var", var(X)).large(wide).floats_only();
  REDUCTION("var.0", var(X, 0)).large(tall).floats_only();
  REDUCTION("std.last", std(X, -1)).large(wide).floats_only();
  add("var_mean", PAIR(var_mean(X, -1))).sample({distinct({3, 4})}).large(wide).floats_only();
  REDUCTION("amax", amax(X, -1)).large(wide).with_integers();
  REDUCTION("amin", amin(X, 0)).large(tall).with_integers();
  REDUCTION("max", max(X)).large(wide).with_integers();
  REDUCTION("min", min(X)).large(wide).with_integers();
  add("max.dim", PAIR(max(X, 1))).sample({distinct({3, 4})}).sample({distinct({2, 3, 4})}).large(wide).with_integers();
  add("min.dim", PAIR(min(X, 0))).sample({distinct({3, 4})}).sample({distinct({2, 3, 4})}).large(tall).with_integers();
  add("median.dim", PAIR(median(X, 1))).sample({distinct({3, 5})}).large({normal({37, 501})}).with_integers();
  add("kthvalue", PAIR(kthvalue(X, 2, 1))).sample({distinct({3, 5})}).large({normal({37, 501})}).with_integers();
  add("sort", PAIR(sort(X, -1))).sample({distinct({3, 5})}).large({normal({37, 3001})}).with_integers();
  add("sort.down", PAIR(sort(X, 0, true))).sample({distinct({3, 5})}).large({normal({3001, 37})}).with_integers();
  add("topk", PAIR(topk(X, 2))).sample({distinct({3, 5})}).large({normal({37, 3001})}).with_integers();
  add("cummax", PAIR(cummax(X, 1))).sample({distinct({3, 5})}).large({normal({37, 3001})}).with_integers();
  add("cummin", PAIR(cummin(X, 0))).sample({distinct({3, 5})}).large({normal({3001, 37})}).with_integers();
  REDUCTION("argmax", argmax(X, 1)).large(wide).no_derivative().with_integers();
  REDUCTION("argmin", argmin(X)).large(wide).no_derivative().with_integers();
  REDUCTION("argsort", argsort(X, int64_t{1})).no_derivative().with_integers();
  REDUCTION("any", any(X > 5, 1)).large(wide).no_derivative();
  REDUCTION("all", all(X > -5)).large(wide).no_derivative();
  REDUCTION("count_nonzero", count_nonzero(X > 0)).large(wide).no_derivative();
  REDUCTION("logsumexp", logsumexp(X, 1)).large(wide);
  REDUCTION("norm", norm(X)).large(wide).with_complex();
  REDUCTION("norm.1", norm(X, 1, {1})).large(wide);
  REDUCTION("norm.3", norm(X + 5, 3, {0}, true)).large(tall);
  REDUCTION("norm.inf", norm(X, INFINITY, {1})).large(wide);
  REDUCTION("nansum", nansum(X, 1)).large(wide);
  REDUCTION("nanmean", nanmean(X, 1)).large(wide);
  REDUCTION("quantile", quantile(X, 0.3, 1)).floats_only();
  REDUCTION("cumsum", cumsum(X, 1)).large({normal({37, 3001})}).with_complex().with_integers().out_form([](Tensor& o, const variable_list& x) { cumsum_out(o, X, 1); }).out_decides_type();
  REDUCTION("cumsum.0", cumsum(X, 0)).large({normal({3001, 37})}).with_complex().with_integers();
  REDUCTION("cumprod", cumprod(X + 3, 1)).with_complex();
  REDUCTION("logcumsumexp", logcumsumexp(X, 1)).large({normal({37, 3001})});
  REDUCTION("diff", diff(X)).with_complex();
  REDUCTION("trapezoid", trapezoid(X, 0.5, 1));
  REDUCTION("softmax", softmax(X, -1)).large(wide);
  REDUCTION("softmax.0", softmax(X, 0)).large(tall);
  REDUCTION("log_softmax", log_softmax(X, -1)).large(wide);
  REDUCTION("log_softmax.0", log_softmax(X, 0)).large(tall);
  REDUCTION("softmin", softmax(-X, 1)).large(wide);
  REDUCTION("renorm", renorm(X, 2, 0, 0.5)).floats_only();
  REDUCTION("normalize", nn::functional::normalize(X)).large(wide);
  add("cov", CALL(cov(X))).sample({normal({3, 5})}).floats_only();
  add("trace", CALL(trace(X))).sample({normal({4, 4})}).floats_only();
}

}  // namespace wick::laws

#include <wick/nn/summary.h>

#include <algorithm>
#include <ostream>
#include <unordered_set>

#include <wick/nn/attention.h>
#include <wick/nn/embedding.h>
#include <wick/nn/linear.h>

#include "nn/common.h"
#include "nn/extras.h"
#include "nn/table.h"

namespace wick::nn {
namespace {

bool starts_with(const std::string& s, const char* prefix) { return s.rfind(prefix, 0) == 0; }
bool has(const std::string& s, const char* part) { return s.find(part) != std::string::npos; }

// Product of sizes, from a dimension on.
int64_t product(IntArrayRef sizes, size_t from = 0) {
  int64_t n = 1;
  for (size_t i = from; i < sizes.size(); ++i) n *= sizes[i];
  return n;
}

// torchinfo's rule: each weight and bias once for each item of the batch, of a convolution also for each position, of a
// recurrent layer also for each step.
int64_t count_like_torchinfo(const Module& m, const std::string& type, const Tensor& out) {
  const IntArrayRef sizes = out.sizes();
  const int64_t batch = sizes.empty() ? 1 : sizes[0];
  int64_t n = 0;
  for (const auto& p : m.named_parameters(false)) {
    if (p.key() == "weight" || p.key() == "bias") n += p.value().numel() * batch * (has(type, "Conv") ? product(sizes, 2) : 1);
    else if (has(p.key(), "weight") || has(p.key(), "bias")) n += p.value().numel() * product(sizes.slice(0, std::min<size_t>(2, sizes.size())));
  }
  return n;
}

// What attention multiplies: the projections at each position, and each query with each key and value, head by head.
int64_t count_attention(const MultiheadAttentionImpl& m, const std::vector<Tensor>& in) {
  const int64_t e = m.options.embed_dim(), k_dim = m.options.kdim(), v_dim = m.options.vdim(), bias = m.in_proj_bias.defined() ? 1 : 0;
  const bool batched = in[0].dim() == 3;
  const int64_t items = m.options.batch_first() ? 0 : 1, steps = batched ? 1 - items : 0;
  const int64_t batch = batched ? in[0].size(items) : 1, queries = in[0].size(steps), keys = in[1].size(steps);
  return batch * (queries * e * (e + bias) + keys * e * (k_dim + bias) + keys * e * (v_dim + bias) + 2 * queries * keys * e + queries * e * (e + bias));
}

int64_t count_exactly(const Module& m, const std::string& type, const std::vector<Tensor>& in, const Tensor& out) {
  const auto parameters = m.named_parameters(false);
  const Tensor *weight = parameters.find("weight"), *bias = parameters.find("bias");
  if (starts_with(type, "Embedding") || (!weight && parameters.is_empty())) return 0;
  if (m.as<LinearImpl>() || m.as<BilinearImpl>()) return out.numel() * (product(weight->sizes(), 1) + (bias ? 1 : 0));
  if (starts_with(type, "ConvTranspose") && weight) return in[0].size(0) * product(in[0].sizes(), 2) * weight->numel() + (bias ? out.numel() : 0);
  if (has(type, "Conv") || !weight) return count_like_torchinfo(m, type, out);
  return out.numel() * (1 + (bias ? 1 : 0));  // scale and shift, element by element
}

}  // namespace

namespace {

// Parameters and buffers of the module itself, those that were not counted before.
void count_values(const Module& m, SummaryRow& row, ModelSummary& s, std::unordered_set<const void*>& counted) {
  for (const Tensor& p : m.parameters(false)) {
    if (!counted.insert(p.unsafeGetTensorImpl()).second) continue;
    row.parameters += p.numel();
    if (p.requires_grad()) row.trainable += p.numel();
    s.weight_bytes += static_cast<int64_t>(p.nbytes());
  }
  for (const Tensor& b : m.buffers(false))
    if (counted.insert(b.unsafeGetTensorImpl()).second) s.weight_bytes += static_cast<int64_t>(b.nbytes());
  s.parameters += row.parameters;
  s.trainable += row.trainable;
}

}  // namespace

inline namespace v1 {

namespace detail {

Tensor example_input(const std::vector<int64_t>& shape) { return zeros(shape); }

ModelSummary summarize(Module& model, Counting counting, const std::function<void()>& run) {
  ModelSummary s;
  std::vector<ScopedHook> hooks;
  std::unordered_set<const void*> counted;
  const std::vector<Place> list = places(model);
  s.rows.resize(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    Module& m = *list[i].module;
    SummaryRow& row = s.rows[i];
    row.path = list[i].path;
    row.name = list[i].name;
    row.type = short_name(m);
    row.depth = list[i].depth;
    row.is_leaf = m.children().empty();
    if (list[i].again) {
      row.same_as = list[i].same_as.empty() ? row.type : list[i].same_as;
      continue;
    }
    hooks.emplace_back(m.register_forward_hook([&row, counting](Module& module, const std::vector<Tensor>& in, const std::vector<Tensor>& out) {
      ++row.calls;
      for (const Tensor& t : out)
        if (t.defined()) row.output_bytes += static_cast<int64_t>(t.nbytes());
      if (out.empty() || !out[0].defined()) return;
      row.output = out[0].sizes().vec();
      if (counting == Counting::exact && module.as<MultiheadAttentionImpl>() && in.size() >= 2) row.multiply_adds += count_attention(*module.as<MultiheadAttentionImpl>(), in);
      else if (row.is_leaf) row.multiply_adds += counting == Counting::exact ? count_exactly(module, row.type, in, out[0]) : count_like_torchinfo(module, row.type, out[0]);
    }));
  }
  {
    const EvalScope eval(model);
    NoGradGuard off;
    run();
  }
  for (size_t i = 0; i < list.size(); ++i)
    if (!list[i].again) count_values(*list[i].module, s.rows[i], s, counted);  // after the run: lazy layers have values now
  for (const SummaryRow& row : s.rows) {
    s.multiply_adds += row.multiply_adds;
    if (row.is_leaf) s.activation_bytes += row.output_bytes;
  }
  return s;
}

}  // namespace detail

const SummaryRow& ModelSummary::operator[](const std::string& path) const {
  for (const SummaryRow& r : rows)
    if (r.path == path) return r;
  throw Error("ModelSummary: there is no module '" + path + "'");
}

void ModelSummary::print(std::ostream& stream, int64_t max_depth) const {
  std::vector<const SummaryRow*> shown;
  std::vector<int64_t> depths;
  for (const SummaryRow& r : rows)
    if (max_depth < 0 || r.depth <= max_depth) {
      shown.push_back(&r);
      depths.push_back(r.depth);
    }
  const std::vector<std::string> tree = branches(depths);
  Table table({"layer", "", "output", "parameters", "multiply-adds", "memory"}, {false, false, false, true, true, true});
  const auto number = [](int64_t n, auto format) { return n ? format(n) : std::string(); };
  for (size_t i = 0; i < shown.size(); ++i) {
    const SummaryRow& r = *shown[i];
    if (r.depth == 0) {
      table.add({r.type, "", r.output.empty() ? "" : str(IntArrayRef(r.output)), number(r.parameters, with_commas), number(r.multiply_adds, short_count), number(r.output_bytes, short_bytes)});
      continue;
    }
    std::string type = r.type;
    if (r.calls > 1) type += str(" x", r.calls);
    if (!r.same_as.empty()) type += " (is " + r.same_as + ")";
    else if (!r.calls && r.is_leaf) type += " (not called)";
    table.add({tree[i] + r.name, type, r.calls ? str(IntArrayRef(r.output)) : "", number(r.parameters, with_commas), number(r.multiply_adds, short_count), number(r.output_bytes, short_bytes)});
  }
  table.print(stream);
  stream << "total " << with_commas(parameters) << " parameters (trainable " << with_commas(trainable) << "), " << short_count(multiply_adds) << " multiply-adds, "
         << short_bytes(weight_bytes) << " weights, " << short_bytes(activation_bytes) << " activations\n";
}
std::ostream& operator<<(std::ostream& stream, const ModelSummary& summary) {
  summary.print(stream);
  return stream;
}

}  // namespace v1
}  // namespace wick::nn

// Convolutions by oneDNN's generated kernels. Each primitive runs on one thread, over a few images and a range of
// channels, and its operands are brought into the kernel's own layout just before, while they fit the cache: that
// makes plain NCHW nearly as fast as channels-last, and results independent of the number of threads.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "kernels/cpu/onednn.h"
#include "kernels/cpu/onednn_base.h"

namespace wick::kernels::cpu::onednn {
namespace {

using dnnl::memory;
enum Kind : int64_t { kForward, kData, kWeights };
using Key = std::array<int64_t, 40>;

// Part of a convolution: some images, and some groups (or, without groups, some output or input channels).
struct Part {
  int64_t n, k0, kn, c0, cn, groups;
};

// An operand: where it lies for the caller, where the kernel wants it, and the way between.
struct Side {
  memory outer, inner;
  dnnl::reorder move;
  bool same = true;
  size_t bytes = 0;  // of the kernel's layout, 0 when that is the caller's

  void set(const memory::desc& user, const memory::desc& own, bool out) {
    same = user == own;
    outer = memory(user, engine(), nullptr);
    inner = memory(own, engine(), nullptr);
    if (same) return;
    bytes = (own.get_size() + 63) / 64 * 64;
    const memory::desc &from = out ? own : user, &to = out ? user : own;
    move = dnnl::reorder(dnnl::reorder::primitive_desc(engine(), from, engine(), to));
  }
  void run(const void* from, void* to, bool out) {
    (out ? inner : outer).set_data_handle(const_cast<void*>(from));
    (out ? outer : inner).set_data_handle(to);
    move.execute(stream(), out ? inner : outer, out ? outer : inner);
  }
};

struct Conv {
  dnnl::primitive primitive;
  Side x, w, y;  // w leads to the caller's for kWeights, x for kData, y for kForward
  memory bias, scratch;
  size_t scratch_bytes = 0, w_bytes = 0;
};

// Strides of an [a, channels, spatial...] array of `total` channels.
memory::dims data_strides(const ConvShape& s, const int64_t* sizes, int64_t total, bool last) {
  memory::dims r(static_cast<size_t>(s.dims) + 2);
  int64_t step = last ? total : 1;
  for (int d = s.dims - 1; d >= 0; --d) {
    r[static_cast<size_t>(d) + 2] = step;
    step *= sizes[d];
  }
  r[1] = last ? 1 : step;
  r[0] = last ? step : step * total;
  return r;
}

memory::dims data_dims(const ConvShape& s, const int64_t* sizes, int64_t n, int64_t channels) {
  memory::dims r{n, channels};
  r.insert(r.end(), sizes, sizes + s.dims);
  return r;
}

memory::format_tag last_tag(int dims) {
  return dims == 1 ? memory::format_tag::nwc : dims == 2 ? memory::format_tag::nhwc : memory::format_tag::ndhwc;
}

template <class PD>
void finish(Conv& c, const PD& pd) {
  c.scratch = memory(pd.scratchpad_desc(), engine(), nullptr);
  c.scratch_bytes = pd.scratchpad_desc().get_size();
}

std::unique_ptr<Conv> build(Kind kind, const ConvShape& s, const Part& p, bool with_bias) {
  const auto type = data_type(s.dtype), f32 = memory::data_type::f32;
  const auto any = memory::format_tag::any;
  // Channels-last at both ends is used as it is; anything else is moved anyway, so the kernel chooses.
  const auto tag = s.x_channels_last && s.y_channels_last ? last_tag(s.dims) : any;
  const auto xd = data_dims(s, s.in, p.n, p.cn), yd = data_dims(s, s.out, p.n, p.kn);
  const int64_t kg = p.kn / p.groups, cg = p.cn / p.groups, all_cg = s.c / s.groups;
  auto wd = data_dims(s, s.kernel, kg, cg);
  auto ws = data_strides(s, s.kernel, all_cg, s.w_channels_last);
  if (s.groups > 1) {
    wd.insert(wd.begin(), p.groups);
    ws.insert(ws.begin(), kg * ws[0]);
  }
  const auto w_type = kind == kWeights ? f32 : type;
  const memory::desc x(xd, type, tag), y(yd, type, tag), w(wd, w_type, any), w_fwd(wd, type, any);
  const memory::desc b = with_bias ? memory::desc({p.kn}, kind == kWeights ? f32 : type, memory::format_tag::a) : memory::desc();
  const memory::desc ux(xd, type, data_strides(s, s.in, s.c, s.x_channels_last));
  const memory::desc uy(yd, type, data_strides(s, s.out, s.k, s.y_channels_last)), uw(wd, type, ws);
  memory::dims stride(s.stride, s.stride + s.dims), dilation, pl(s.pad_begin, s.pad_begin + s.dims), pr;
  for (int d = 0; d < s.dims; ++d) {
    dilation.push_back(s.dilation[d] - 1);
    // What the last window reaches beyond the input; the caller's own figure may be more than that.
    pr.push_back((s.out[d] - 1) * s.stride[d] + (s.kernel[d] - 1) * s.dilation[d] + 1 - s.in[d] - s.pad_begin[d]);
  }
  const auto algorithm = dnnl::algorithm::convolution_direct;
  const auto attr = user_scratch();
  OneThread one;
  auto c = std::make_unique<Conv>();
  const auto fpd = [&](const memory::desc& fw, const memory::desc& fb) {
    const auto prop = kind == kForward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
    return describe<dnnl::convolution_forward>(attr, prop, algorithm, x, fw, fb, y, stride, dilation, pl, pr);
  };
  if (kind == kForward) {
    const auto pd = fpd(w, b);
    if (!is_fast(pd.impl_info_str())) return nullptr;
    c->primitive = dnnl::convolution_forward(pd);
    c->x.set(ux, pd.src_desc(), false);
    c->w.set(uw, pd.weights_desc(), false);
    c->y.set(uy, pd.dst_desc(), true);
    finish(*c, pd);
  } else if (kind == kData) {
    const auto pd = describe_backward<dnnl::convolution_backward_data>(attr, fpd(w_fwd, memory::desc()), algorithm, x, w, y,
                                                                       stride, dilation, pl, pr);
    if (!is_fast(pd.impl_info_str())) return nullptr;
    c->primitive = dnnl::convolution_backward_data(pd);
    c->x.set(ux, pd.diff_src_desc(), true);
    c->w.set(uw, pd.weights_desc(), false);
    c->y.set(uy, pd.diff_dst_desc(), false);
    finish(*c, pd);
  } else {
    const memory::desc fb = with_bias ? memory::desc({p.kn}, type, memory::format_tag::a) : memory::desc();
    const auto pd = describe_backward<dnnl::convolution_backward_weights>(attr, fpd(w_fwd, fb), algorithm, x, w, b, y, stride,
                                                                          dilation, pl, pr);
    if (!is_fast(pd.impl_info_str())) return nullptr;
    c->primitive = dnnl::convolution_backward_weights(pd);
    c->x.set(ux, pd.src_desc(), false);
    c->w.set(uw, pd.diff_weights_desc(), true);
    c->y.set(uy, pd.diff_dst_desc(), false);
    c->w_bytes = (pd.diff_weights_desc().get_size() + 63) / 64 * 64;
    finish(*c, pd);
  }
  if (with_bias) c->bias = memory(b, engine(), nullptr);
  return c;
}

// The kernel of a part, or null where oneDNN has none that is worth its name.
Conv* kernel_for(Kind kind, const ConvShape& s, const Part& p, bool with_bias) {
  thread_local Cache<Conv, std::tuple_size_v<Key>> cache(192);
  Key key{kind, static_cast<int64_t>(s.dtype), s.dims, s.c, s.k, s.groups, p.n, p.kn, p.cn, p.groups, with_bias,
          s.x_channels_last, s.w_channels_last, s.y_channels_last};
  size_t at = 14;
  for (int d = 0; d < s.dims; ++d)
    for (int64_t v : {s.in[d], s.kernel[d], s.out[d], s.stride[d], s.dilation[d], s.pad_begin[d], s.pad_end[d]}) key[at++] = v;
  return cache.get(key, [&]() -> std::unique_ptr<Conv> {
    try {
      return build(kind, s, p, with_bias);
    } catch (const dnnl::error&) {
    }
    return nullptr;
  });
}

int64_t volume(const ConvShape& s, const int64_t* sizes) {
  int64_t v = 1;
  for (int d = 0; d < s.dims; ++d) v *= sizes[d];
  return v;
}

const char* advance(const void* p, int64_t elements, size_t size) {
  return static_cast<const char*>(p) + elements * static_cast<int64_t>(size);
}
char* advance(void* p, int64_t elements, size_t size) { return static_cast<char*>(p) + elements * static_cast<int64_t>(size); }

// Cuts the channels (groups, where there are several) into `count` ranges, multiples of a vector wide.
std::vector<Part> cut_channels(const ConvShape& s, bool outputs, int64_t count) {
  std::vector<Part> parts;
  if (s.groups > 1) {
    // Depthwise kernels work on 16 groups at once.
    const int64_t unit = s.c == s.groups ? 16 : 1, step = ceil_div(ceil_div(s.groups, count), unit) * unit;
    const int64_t kg = s.k / s.groups, cg = s.c / s.groups;
    for (int64_t g = 0; g < s.groups; g += step) {
      const int64_t n = std::min(step, s.groups - g);
      parts.push_back({0, g * kg, n * kg, g * cg, n * cg, n});
    }
    return parts;
  }
  const int64_t all = outputs ? s.k : s.c, step = ceil_div(ceil_div(all, count), 16) * 16;
  for (int64_t i = 0; i < all; i += step) {
    const int64_t n = std::min(step, all - i);
    parts.push_back(outputs ? Part{0, i, n, 0, s.c, 1} : Part{0, 0, s.k, i, n, 1});
  }
  return parts;
}

// Bytes of input and output of one image, and of the weights.
int64_t image_bytes(const ConvShape& s) {
  return (s.c * volume(s, s.in) + s.k * volume(s, s.out)) * static_cast<int64_t>(element_size(s.dtype));
}
int64_t weight_bytes(const ConvShape& s) {
  return s.k * (s.c / s.groups) * volume(s, s.kernel) * static_cast<int64_t>(element_size(s.dtype));
}

// What is moved before a kernel and after it should stay in L2 meanwhile: there are two copies of it.
constexpr int64_t kMoved = 384 << 10;

// Images that one primitive takes.
int64_t images_at_once(const ConvShape& s, bool moves, int64_t most) {
  if (!moves) return most;
  return std::max<int64_t>(1, std::min(most, kMoved / image_bytes(s)));
}

int64_t multiply_adds(const ConvShape& s) { return s.n * s.k * volume(s, s.out) * (s.c / s.groups) * volume(s, s.kernel); }
bool small(const ConvShape& s) { return multiply_adds(s) < 200000; }

int64_t weight_offset(const ConvShape& s, const Part& p) {
  const int64_t window = volume(s, s.kernel), cg = s.c / s.groups;
  const int64_t c = s.groups > 1 ? 0 : p.c0;
  return p.k0 * cg * window + (s.w_channels_last ? c : c * window);
}
int64_t data_offset(const int64_t plane, int64_t total, int64_t image, int64_t channel, bool last) {
  return image * total * plane + (last ? channel : channel * plane);
}

// Whether the primitives of a part for these numbers of images exist and want one layout of the weights, which they
// share. Sets where the next part's weights (and bias gradients) begin.
bool agree(Kind kind, const ConvShape& s, Part p, bool with_bias, std::initializer_list<int64_t> images, size_t begin,
           size_t& end) {
  memory::desc w;
  for (int64_t n : images) {
    p.n = n;
    Conv* c = kernel_for(kind, s, p, with_bias);
    if (!c) return false;
    const memory::desc own = c->w.inner.get_desc();
    if (n == *images.begin()) w = own;
    else if (!(w == own)) return false;
    end = begin + (kind == kWeights ? c->w_bytes + static_cast<size_t>((p.kn * 4 + 63) / 64 * 64) : c->w.bytes);
  }
  return true;
}

// Forward and backward-data: from `in` (x or gy) with w to `out` (y or gx).
bool apply(Kind kind, const ConvShape& s, const void* in, const void* w, const void* bias, void* out) {
  const bool forward = kind == kForward;
  const size_t size = element_size(s.dtype);
  const bool parallel = !small(s), moves = !(s.x_channels_last && s.y_channels_last);
  // By shape alone: oneDNN may sum in another order for another number of images or channels. A depthwise kernel
  // moves more than it computes, so its pieces are smaller.
  const int64_t pieces = std::clamp<int64_t>(multiply_adds(s) / (s.c == s.groups ? 1000000 : 20000000), parallel ? 2 : 1, 32);
  const int64_t channels = s.groups > 1 ? s.groups : forward ? s.k : s.c;
  // Where the weights outweigh the images, pieces share the weights out, not the images.
  const bool heavy = s.groups == 1 && channels >= 128 && weight_bytes(s) > s.n * image_bytes(s);
  const int64_t nb = heavy ? s.n : images_at_once(s, moves, ceil_div(s.n, pieces)), chunks = ceil_div(s.n, nb);
  // Ranges of channels only where images are too few: each range moves its operands again.
  const int64_t slices = heavy ? std::min(pieces, channels / 64)
                         : s.groups > 1 && moves ? std::min(ceil_div(image_bytes(s), kMoved), std::max<int64_t>(1, channels / 16))
                         : chunks >= 4 ? 1 : std::min(ceil_div(std::min<int64_t>(pieces, 8), chunks), std::max<int64_t>(1, channels / 32));
  std::vector<Part> parts = cut_channels(s, forward, slices);
  // The weights, moved once for everyone.
  std::vector<size_t> at(parts.size() + 1, 0);
  for (size_t i = 0; i < parts.size(); ++i)
    if (!agree(kind, s, parts[i], bias != nullptr, {nb, s.n - (chunks - 1) * nb}, at[i], at[i + 1])) return false;
  Scratch weights(at.back());
  const auto count = static_cast<int64_t>(parts.size());
  for_tasks(count, parallel, [&](int64_t i) {
    OneThread one;
    Part p = parts[static_cast<size_t>(i)];
    p.n = nb;
    Conv* c = kernel_for(kind, s, p, bias != nullptr);
    if (!c->w.same)
      c->w.run(advance(w, weight_offset(s, p), size), weights.as<char>() + at[static_cast<size_t>(i)], false);
  });
  const int64_t xp = volume(s, s.in), yp = volume(s, s.out);
  for_tasks(count * chunks, parallel, [&](int64_t t) {
    OneThread one;
    const auto i = static_cast<size_t>(t % count);
    const int64_t first = t / count * nb;
    Part p = parts[i];
    p.n = std::min(nb, s.n - first);
    Conv* c = kernel_for(kind, s, p, bias != nullptr);
    const int64_t xo = data_offset(xp, s.c, first, p.c0, s.x_channels_last), yo = data_offset(yp, s.k, first, p.k0, s.y_channels_last);
    Side &from = forward ? c->x : c->y, &to = forward ? c->y : c->x;
    const void* source = advance(in, forward ? xo : yo, size);
    void* target = advance(out, forward ? yo : xo, size);
    Scratch work(from.bytes + to.bytes + c->scratch_bytes + 64);
    char* memory_at = work.as<char>();
    if (from.same) {
      from.inner.set_data_handle(const_cast<void*>(source));
    } else {
      from.run(source, memory_at, false);
      memory_at += from.bytes;
    }
    to.inner.set_data_handle(to.same ? target : memory_at);
    memory_at += to.bytes;
    c->scratch.set_data_handle(memory_at);
    c->w.inner.set_data_handle(c->w.same ? const_cast<char*>(advance(w, weight_offset(s, p), size)) : weights.as<char>() + at[i]);
    std::unordered_map<int, memory> args{{forward ? DNNL_ARG_SRC : DNNL_ARG_DIFF_DST, from.inner},
                                         {DNNL_ARG_WEIGHTS, c->w.inner},
                                         {forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_SRC, to.inner},
                                         {DNNL_ARG_SCRATCHPAD, c->scratch}};
    if (bias) {
      c->bias.set_data_handle(const_cast<char*>(advance(bias, p.k0, size)));
      args.emplace(DNNL_ARG_BIAS, c->bias);
    }
    c->primitive.execute(stream(), args);
    if (!to.same) to.run(to.inner.get_data_handle(), target, true);
  });
  return true;
}

void add(size_t n, float* sum, const float* more) {
#pragma omp simd
  for (size_t i = 0; i < n; ++i) sum[i] += more[i];
}

}  // namespace

bool conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y) {
  return apply(kForward, s, x, w, bias, y);
}
bool conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx) {
  return apply(kData, s, gy, w, nullptr, gx);
}

bool conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb) {
  const size_t size = element_size(s.dtype);
  const int64_t xp = volume(s, s.in), yp = volume(s, s.out);
  const bool parallel = !small(s), moves = !(s.x_channels_last && s.y_channels_last);
  // About 16 pieces: channels first where the weights are large (no sums to add), then images. By shape alone.
  const int64_t w_bytes = s.k * (s.c / s.groups) * volume(s, s.kernel) * 4;
  const int64_t channels = s.groups > 1 ? s.groups : s.k;
  const int64_t wanted = small(s) ? 1 : std::min<int64_t>(16, ceil_div(w_bytes, 512 << 10));
  std::vector<Part> parts = cut_channels(s, true, std::max<int64_t>(1, std::min(wanted, channels / 64)));
  const auto count = static_cast<int64_t>(parts.size());
  const int64_t runs = small(s) ? 1 : std::min(s.n, ceil_div(16, count)), per_run = ceil_div(s.n, runs);
  const int64_t used = ceil_div(s.n, per_run);
  const int64_t nb = images_at_once(s, moves, per_run);
  std::vector<size_t> at(parts.size() + 1, 0);
  const int64_t last_run = s.n - (used - 1) * per_run;
  const auto rest = [&](int64_t images) { return images - (ceil_div(images, nb) - 1) * nb; };
  for (size_t i = 0; i < parts.size(); ++i)
    if (!agree(kWeights, s, parts[i], gb != nullptr, {nb, rest(per_run), std::min(nb, last_run), rest(last_run)}, at[i], at[i + 1]))
      return false;
  const size_t row = at.back();
  Scratch sums(row * static_cast<size_t>(used));
  for_tasks(count * used, parallel, [&](int64_t t) {
    OneThread one;
    const auto i = static_cast<size_t>(t % count);
    const int64_t run = t / count, begin = run * per_run, end = std::min(s.n, begin + per_run);
    char* sum = sums.as<char>() + static_cast<size_t>(run) * row + at[i];
    for (int64_t first = begin; first < end; first += nb) {
      Part p = parts[i];
      p.n = std::min(nb, end - first);
      Conv* c = kernel_for(kWeights, s, p, gb != nullptr);
      const size_t piece = at[i + 1] - at[i];
      const bool more = first > begin;
      Scratch work(c->x.bytes + c->y.bytes + (more ? piece : 0) + c->scratch_bytes + 64);
      char* memory_at = work.as<char>();
      const auto bring = [&](Side& side, const void* from) {
        if (side.same) {
          side.inner.set_data_handle(const_cast<void*>(from));
        } else {
          side.run(from, memory_at, false);
          memory_at += side.bytes;
        }
      };
      bring(c->x, advance(x, data_offset(xp, s.c, first, p.c0, s.x_channels_last), size));
      bring(c->y, advance(gy, data_offset(yp, s.k, first, p.k0, s.y_channels_last), size));
      char* result = sum;
      if (more) {
        result = memory_at;
        memory_at += piece;
      }
      c->w.inner.set_data_handle(result);
      c->scratch.set_data_handle(memory_at);
      std::unordered_map<int, memory> args{{DNNL_ARG_SRC, c->x.inner},
                                           {DNNL_ARG_DIFF_DST, c->y.inner},
                                           {DNNL_ARG_DIFF_WEIGHTS, c->w.inner},
                                           {DNNL_ARG_SCRATCHPAD, c->scratch}};
      if (gb) {
        c->bias.set_data_handle(result + c->w_bytes);
        args.emplace(DNNL_ARG_DIFF_BIAS, c->bias);
      }
      c->primitive.execute(stream(), args);
      if (more) add((c->w_bytes + (gb ? static_cast<size_t>(p.kn) * 4 : 0)) / 4, reinterpret_cast<float*>(sum), reinterpret_cast<const float*>(result));
    }
  });
  for_tasks(count, parallel, [&](int64_t t) {
    OneThread one;
    const auto i = static_cast<size_t>(t);
    Part p = parts[i];
    p.n = nb;
    Conv* c = kernel_for(kWeights, s, p, gb != nullptr);
    auto* sum = reinterpret_cast<float*>(sums.as<char>() + at[i]);
    const size_t n = (c->w_bytes + (gb ? static_cast<size_t>(p.kn) * 4 : 0)) / 4;
    for (int64_t run = 1; run < used; ++run)
      add(n, sum, reinterpret_cast<const float*>(sums.as<char>() + static_cast<size_t>(run) * row + at[i]));
    char* out = advance(gw, weight_offset(s, p), size);
    if (c->w.same) std::memcpy(out, sum, c->w.inner.get_desc().get_size());
    else c->w.run(sum, out, true);
    if (gb) {
      const float* from = sum + c->w_bytes / 4;
      for (int64_t k = 0; k < p.kn; ++k) {
        if (s.dtype == kFloat) static_cast<float*>(gb)[p.k0 + k] = from[k];
        else static_cast<BFloat16*>(gb)[p.k0 + k] = from[k];
      }
    }
  });
  return true;
}

}  // namespace wick::kernels::cpu::onednn

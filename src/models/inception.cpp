// GoogLeNet and Inception v3.
#include "models/build.h"

namespace wick::models {
namespace {

// A convolution, batch normalisation, ReLU.
Tensor run_basic(BlockImpl& m, const Tensor& x) { return m.call(0, 2, x).relu_(); }
nn::AnyModule basic(int64_t in, int64_t out, nn::Conv2dOptions o) {
  return any(block("BasicConv2d", run_basic, {{"conv", nn::AnyModule(nn::Conv2d(o.in_channels(in).out_channels(out).bias(false)))}, {"bn", norm(out, 0.001)}}));
}
nn::AnyModule basic(int64_t in, int64_t out, int64_t kernel, int64_t padding = 0, int64_t stride = 1) {
  return basic(in, out, nn::Conv2dOptions(in, out, kernel).padding(padding).stride(stride));
}
// Long and flat, or high and narrow.
nn::AnyModule flat(int64_t in, int64_t out, int64_t width) { return basic(in, out, nn::Conv2dOptions(in, out, {1, width}).padding({0, width / 2})); }
nn::AnyModule high(int64_t in, int64_t out, int64_t height) { return basic(in, out, nn::Conv2dOptions(in, out, {height, 1}).padding({height / 2, 0})); }
Tensor average3(const Tensor& x) { return wick::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}); }
Tensor max3(const Tensor& x) { return wick::max_pool2d(x, {3, 3}, {2, 2}); }

// Pictures normalised as for the other models, as these expect them.
Tensor transformed(const Tensor& x) {
  const Tensor scale = wick::tensor({0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5}, x.options()).view({3, 1, 1});
  const Tensor shift = wick::tensor({(0.485 - 0.5) / 0.5, (0.456 - 0.5) / 0.5, (0.406 - 0.5) / 0.5}, x.options()).view({3, 1, 1});
  return x.mul(scale).add(shift);
}
template <int hundredths>
void truncated(const Tensor& weight) { nn::init::trunc_normal_(weight, 0, hundredths / 100.0, -2, 2); }
// Runs an auxiliary head, when somebody asked for what it gives.
void aux(BlockImpl& m, size_t head, const Tensor& x) {
  if (m.auxiliary() && m.is_training()) m.auxiliary()->insert(m.auxiliary()->begin(), m.call(head, x));
}

// --- GoogLeNet -------------------------------------------------------------------------------------------------------

Tensor run_branches(BlockImpl& m, const Tensor& x) { return wick::cat({m.call(0, x), m.call(1, x), m.call(2, x), m.call(3, x)}, 1); }

nn::AnyModule inception_block(int64_t in, const int* w) {
  return any(block("Inception", run_branches, {{"branch1", basic(in, w[0], 1)}, {"branch2", chain({basic(in, w[1], 1), basic(w[1], w[2], 3, 1)})},
          {"branch3", chain({basic(in, w[3], 1), basic(w[3], w[4], 3, 1)})},
          {"branch4", chain({max_pool(3, 1, 1, true), basic(in, w[5], 1)})}}));
}
Tensor run_googlenet_aux(BlockImpl& m, const Tensor& x) { return m.call(2, m.call(3, m.call(1, m.call(0, wick::adaptive_avg_pool2d(x, {4, 4})).flatten(1)).relu_())); }

// Places: 0-4 stem, 5 6 inception3, 7 pool, 8-12 inception4, 13 pool, 14 15 inception5, (16 17 aux,) avgpool, dropout, fc.
Tensor run_googlenet(BlockImpl& m, const Tensor& input) {
  const size_t end = m.size() - 3;
  const bool has_aux = end > 16;
  Tensor x = m.call(0, 9, m.number(0) != 0 ? transformed(input) : input);
  if (has_aux) aux(m, 16, x);
  x = m.call(9, 12, x);
  if (has_aux) aux(m, 17, x);
  return m.call(end + 1, end + 3, m.call(end, m.call(12, 16, x)).flatten(1));
}

void build_googlenet(BlockImpl& m, const ModelOptions& o, const double*) {
  static constexpr int rows[][6] = {{64, 96, 128, 16, 32, 32}, {128, 128, 192, 32, 96, 64}, {192, 96, 208, 16, 48, 64}, {160, 112, 224, 24, 64, 64}, {128, 128, 256, 24, 64, 64},
                                    {112, 144, 288, 32, 64, 64}, {256, 160, 320, 32, 128, 128}, {256, 160, 320, 32, 128, 128}, {384, 192, 384, 48, 128, 128}};
  m.add({{"conv1", basic(o.in_channels(), 64, 7, 3, 2)}, {"maxpool1", max_pool(3, 2, 0, true)}, {"conv2", basic(64, 64, 1)}, {"conv3", basic(64, 192, 3, 1)},
         {"maxpool2", max_pool(3, 2, 0, true)}});
  int64_t in = 192;
  for (int i = 0; i < 9; ++i) {
    static const char* const names[] = {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"};
    if (i == 2) m.add("maxpool3", max_pool(3, 2, 0, true));
    if (i == 7) m.add("maxpool4", max_pool(2, 2, 0, true));
    m.add(std::string("inception") + names[i], inception_block(in, rows[i]));
    in = rows[i][0] + rows[i][2] + rows[i][4] + rows[i][5];
  }
  for (int i = 0; i < (o.aux_logits() ? 2 : 0); ++i) {
    Block head = block("InceptionAux", run_googlenet_aux);
    head->add({{"conv", basic(i ? 528 : 512, 128, 1)}, {"fc1", linear(2048, 1024)}, {"fc2", linear(1024, *o.num_classes())},
               {"dropout", dropout(0.7)}});
    m.add(i ? "aux2" : "aux1", any(head));
  }
  m.add({{"avgpool", avg_pool()}, {"dropout", dropout(o.dropout().value_or(0.2))}, {"fc", linear(1024, *o.num_classes())}});
  m.with({o.transform_input() ? 1.0 : 0.0});
  initialise(m, [](nn::Conv2dImpl& c) { truncated<1>(c.weight); }, [](nn::LinearImpl& l) { truncated<1>(l.weight); });
}

// --- Inception v3 ----------------------------------------------------------------------------------------------------

Tensor run_a(BlockImpl& m, const Tensor& x) { return wick::cat({m.call(0, x), m.call(1, 3, x), m.call(3, 6, x), m.call(6, average3(x))}, 1); }
Tensor run_b(BlockImpl& m, const Tensor& x) { return wick::cat({m.call(0, x), m.call(1, 4, x), max3(x)}, 1); }
Tensor run_c(BlockImpl& m, const Tensor& x) { return wick::cat({m.call(0, x), m.call(1, 4, x), m.call(4, 9, x), m.call(9, average3(x))}, 1); }
Tensor run_d(BlockImpl& m, const Tensor& x) { return wick::cat({m.call(0, 2, x), m.call(2, 6, x), max3(x)}, 1); }
Tensor run_e(BlockImpl& m, const Tensor& x) {
  const Tensor a = m.call(1, x), b = m.call(4, 6, x);
  return wick::cat({m.call(0, x), m.call(2, a), m.call(3, a), m.call(6, b), m.call(7, b), m.call(8, average3(x))}, 1);
}

nn::AnyModule inception_a(int64_t in, int64_t pool) {
  return any(block("InceptionA", run_a, {{"branch1x1", basic(in, 64, 1)}, {"branch5x5_1", basic(in, 48, 1)}, {"branch5x5_2", basic(48, 64, 5, 2)}, {"branch3x3dbl_1", basic(in, 64, 1)},
          {"branch3x3dbl_2", basic(64, 96, 3, 1)}, {"branch3x3dbl_3", basic(96, 96, 3, 1)}, {"branch_pool", basic(in, pool, 1)}}));
}
nn::AnyModule inception_b(int64_t in) {
  return any(block("InceptionB", run_b, {{"branch3x3", basic(in, 384, 3, 0, 2)}, {"branch3x3dbl_1", basic(in, 64, 1)}, {"branch3x3dbl_2", basic(64, 96, 3, 1)},
          {"branch3x3dbl_3", basic(96, 96, 3, 0, 2)}}));
}
nn::AnyModule inception_c(int64_t in, int64_t w) {
  return any(block("InceptionC", run_c, {{"branch1x1", basic(in, 192, 1)}, {"branch7x7_1", basic(in, w, 1)}, {"branch7x7_2", flat(w, w, 7)}, {"branch7x7_3", high(w, 192, 7)},
          {"branch7x7dbl_1", basic(in, w, 1)}, {"branch7x7dbl_2", high(w, w, 7)}, {"branch7x7dbl_3", flat(w, w, 7)}, {"branch7x7dbl_4", high(w, w, 7)},
          {"branch7x7dbl_5", flat(w, 192, 7)}, {"branch_pool", basic(in, 192, 1)}}));
}
nn::AnyModule inception_d(int64_t in) {
  return any(block("InceptionD", run_d, {{"branch3x3_1", basic(in, 192, 1)}, {"branch3x3_2", basic(192, 320, 3, 0, 2)}, {"branch7x7x3_1", basic(in, 192, 1)},
          {"branch7x7x3_2", flat(192, 192, 7)}, {"branch7x7x3_3", high(192, 192, 7)}, {"branch7x7x3_4", basic(192, 192, 3, 0, 2)}}));
}
nn::AnyModule inception_e(int64_t in) {
  return any(block("InceptionE", run_e, {{"branch1x1", basic(in, 320, 1)}, {"branch3x3_1", basic(in, 384, 1)}, {"branch3x3_2a", flat(384, 384, 3)}, {"branch3x3_2b", high(384, 384, 3)},
          {"branch3x3dbl_1", basic(in, 448, 1)}, {"branch3x3dbl_2", basic(448, 384, 3, 1)}, {"branch3x3dbl_3a", flat(384, 384, 3)},
          {"branch3x3dbl_3b", high(384, 384, 3)}, {"branch_pool", basic(in, 192, 1)}}));
}
Tensor run_inception_aux(BlockImpl& m, const Tensor& x) { return m.call(2, wick::adaptive_avg_pool2d(m.call(0, 2, wick::avg_pool2d(x, {5, 5}, {3, 3})), {1, 1}).flatten(1)); }

// Places: 0-6 stem, 7-9 Mixed_5, 10-14 Mixed_6, (15 aux,) Mixed_7a-c, avgpool, dropout, fc.
Tensor run_inception(BlockImpl& m, const Tensor& input) {
  const size_t after = m.size() - 6;
  Tensor x = m.call(0, 15, m.number(0) != 0 ? transformed(input) : input);
  if (after > 15) aux(m, 15, x);
  return m.call(m.size() - 1, m.call(after, m.size() - 1, x).flatten(1));
}

void build_inception(BlockImpl& m, const ModelOptions& o, const double*) {
  m.add({{"Conv2d_1a_3x3", basic(o.in_channels(), 32, 3, 0, 2)}, {"Conv2d_2a_3x3", basic(32, 32, 3)}, {"Conv2d_2b_3x3", basic(32, 64, 3, 1)},
         {"maxpool1", max_pool(3, 2)}, {"Conv2d_3b_1x1", basic(64, 80, 1)}, {"Conv2d_4a_3x3", basic(80, 192, 3)}, {"maxpool2", max_pool(3, 2)},
         {"Mixed_5b", inception_a(192, 32)}, {"Mixed_5c", inception_a(256, 64)}, {"Mixed_5d", inception_a(288, 64)}, {"Mixed_6a", inception_b(288)},
         {"Mixed_6b", inception_c(768, 128)}, {"Mixed_6c", inception_c(768, 160)}, {"Mixed_6d", inception_c(768, 160)}, {"Mixed_6e", inception_c(768, 192)}});
  if (o.aux_logits()) {
    Block head = block("InceptionAux", run_inception_aux);
    head->add({{"conv0", basic(768, 128, 1)}, {"conv1", basic(128, 768, 5)}, {"fc", linear(768, *o.num_classes())}});
    m.add({{"AuxLogits", any(head)}});
  }
  m.add({{"Mixed_7a", inception_d(768)}, {"Mixed_7b", inception_e(1280)}, {"Mixed_7c", inception_e(2048)}, {"avgpool", avg_pool()},
         {"dropout", dropout(o.dropout().value_or(0.5))}, {"fc", linear(2048, *o.num_classes())}});
  m.with({o.transform_input() ? 1.0 : 0.0});
  // The auxiliary head's linear layer, the only one with that input, starts smaller.
  initialise(m, [](nn::Conv2dImpl& c) { truncated<10>(c.weight); }, [](nn::LinearImpl& l) {
    nn::init::trunc_normal_(l.weight, 0, l.options.in_features() == 768 ? 0.001 : 0.1, -2, 2);
  });
}

}  // namespace

const Family googlenet{"GoogLeNet", run_googlenet, build_googlenet, "conv1.conv", {"fc", "aux1.fc2", "aux2.fc2"}};
const Family inception{"Inception3", run_inception, build_inception, "Conv2d_1a_3x3.conv", {"fc", "AuxLogits.fc"}};

}  // namespace wick::models

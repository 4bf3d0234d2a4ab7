// Archives: round trips, files of libtorch and of Python, and files that are not whole.
#include <wick/core/grad_mode.h>
#include <wick/io/serialize.h>
#include <wick/nn.h>
#include <wick/ops.h>
#include <wick/optim.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

using namespace wick;

namespace {

const std::string data = std::string(WICK_TEST_DATA) + "/";

struct Net : nn::Module {
  nn::Linear fc = register_module("fc", nn::Linear(3, 2));
  nn::BatchNorm1d bn = register_module("bn", nn::BatchNorm1d(2));
  Tensor buf = register_buffer("buf", zeros({4}, kLong));
  Tensor w = register_parameter("w", zeros({2, 2}));
};
std::string saved(const IValue& v) {
  const std::vector<char> bytes = pickle_save(v);
  return std::string(bytes.begin(), bytes.end());
}
template <class T>
std::string saved_archive(const T& v) {
  std::ostringstream out;
  save(v, out);
  return out.str();
}
bool same(const Tensor& a, const Tensor& b) { return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && equal(a, b); }
void expect_same(const nn::Module& a, const nn::Module& b) {
  for (const auto& p : a.named_parameters()) EXPECT_TRUE(same(p.value(), b.named_parameters()[p.key()])) << p.key();
  for (const auto& p : a.named_buffers()) EXPECT_TRUE(same(p.value(), b.named_buffers()[p.key()])) << p.key();
}
template <class F>
std::string message(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

TEST(Archive, TensorsOfEveryKind) {
  const Tensor t = arange(12, kFloat).view({3, 4});
  for (ScalarType type : {kFloat, kDouble, kHalf, kBFloat16, kLong, kInt, kShort, kChar, kByte, kBool, kComplexFloat, kComplexDouble}) {
    for (const Tensor& x : {t.to(type), t.to(type).t(), t.to(type).slice(1, 1, 3), t.to(type).select(0, 1).select(0, 2), t.to(type).slice(0, 0, 0)}) {
      std::stringstream stream;
      save(x, stream);
      Tensor y;
      load(y, stream);
      EXPECT_TRUE(same(x, y)) << type << ' ' << x.sizes();
      EXPECT_EQ(x.strides(), y.strides());
    }
  }
}

TEST(Archive, SharedStorageStaysShared) {
  const Tensor t = arange(6, kFloat);
  const std::string bytes = saved(std::vector<Tensor>{t, t.slice(0, 2, 4)});
  std::vector<Tensor> back;
  load(back, bytes.data(), bytes.size());
  ASSERT_EQ(back.size(), 2u);
  back[0][2] = 100;
  EXPECT_EQ(back[1][0].item<float>(), 100);
}

TEST(Archive, ModulesByFileStreamMemoryAndFunctions) {
  Net a;
  NoGradGuard off;
  for (auto& p : a.parameters()) p.normal_();
  a.buf.fill_(7);
  const std::string path = testing::TempDir() + "archive_net.pt";
  auto pa = std::make_shared<Net>(a);
  save(pa, path);
  auto b = std::make_shared<Net>();
  const Tensor kept = b->w;
  load(b, path);
  expect_same(*pa, *b);
  EXPECT_TRUE(same(kept, pa->w));  // the parameter itself was filled
  EXPECT_TRUE(b->w.requires_grad());
  std::remove(path.c_str());

  std::string bytes;
  serialize::OutputArchive out;
  out << pa;
  out.save_to([&](const void* p, size_t n) { bytes.append(static_cast<const char*>(p), n); return n; });
  auto c = std::make_shared<Net>();
  load(c, [&](uint64_t at, void* to, size_t n) { return bytes.copy(static_cast<char*>(to), n, at); }, [&] { return bytes.size(); });
  expect_same(*pa, *c);
  EXPECT_NE(message([&] { out.save_to([](const void*, size_t n) { return n / 2; }); }).find("the writer took"), std::string::npos);
  EXPECT_NE(message([&] { auto d = std::make_shared<nn::LinearImpl>(9, 9); load(d, bytes.data(), bytes.size()); }).find("No such serialized tensor 'weight'"), std::string::npos);
  EXPECT_NE(message([&] { std::shared_ptr<Net> none; save(none, path); }).find("Cannot serialize empty module"), std::string::npos);
}

TEST(Archive, KeysAndValues) {
  serialize::OutputArchive a, inner;
  a.write("x", ones({2}));
  a.write("n", IValue(int64_t{1} << 40));
  a.write("text", IValue("line\n\"quote\""));
  a.write("odd key/1", IValue(2.5));
  a.write("ints", IValue(std::vector<int64_t>{1, -2, 300, 70000}));
  a.write("tensors", IValue(std::vector<Tensor>{ones({1}), Tensor()}));
  a.write("nothing", IValue());
  a.write("pair", IValue(std::make_tuple(1.5, true)));
  a.write("c", IValue(std::complex<double>(1, -2)));
  Dict<std::string, Tensor> dict;
  dict.insert("k", zeros({3}));
  a.write("dict", IValue(dict));
  inner.write("y", full({1}, 4), true);
  a.write("inner", inner);
  inner.write("later", IValue(true));
  std::stringstream stream;
  a.save_to(stream);
  serialize::InputArchive b, nested;
  b.load_from(stream);
  EXPECT_EQ(b.keys(), (std::vector<std::string>{"x", "n", "text", "odd key/1", "ints", "tensors", "nothing", "pair", "c", "dict", "inner"}));
  IValue v;
  b.read("n", v);
  EXPECT_EQ(v.toInt(), int64_t{1} << 40);
  b.read("text", v);
  EXPECT_EQ(v.toStringRef(), "line\n\"quote\"");
  b.read("odd key/1", v);
  EXPECT_EQ(v.toDouble(), 2.5);
  b.read("ints", v);
  EXPECT_EQ(v.toIntVector(), (std::vector<int64_t>{1, -2, 300, 70000}));
  b.read("tensors", v);
  EXPECT_FALSE(v.toTensorVector()[1].defined());
  b.read("nothing", v);
  EXPECT_TRUE(v.isNone());
  b.read("pair", v);
  EXPECT_EQ((v.to<std::tuple<double, bool>>()), std::make_tuple(1.5, true));
  b.read("c", v);
  EXPECT_EQ(v.toComplexDouble(), std::complex<double>(1, -2));
  b.read("dict", v);
  EXPECT_TRUE(same(v.toGenericDict().at("k").toTensor(), zeros({3})));
  b.read("inner", nested);
  EXPECT_TRUE(nested.try_read("later", v) && v.toBool());
  Tensor t;
  EXPECT_FALSE(b.try_read("missing", t));
  EXPECT_FALSE(b.try_read("n", t));
  EXPECT_FALSE(b.try_read("x", nested));
  EXPECT_NE(message([&] { nested.read("z", t); }).find("No such serialized tensor 'inner.z'"), std::string::npos);
  EXPECT_NE(message([&] { a.write("self", a); }).find("into itself"), std::string::npos);
}

TEST(Archive, OptimizersGoOnWhereTheyStopped) {
  const auto run = [](auto make, const char* name) {
    Tensor x = linspace(-1, 1, 6).set_requires_grad(true), y = x.detach().clone().set_requires_grad(true);
    const auto step = [](Tensor& p, optim::Optimizer& o) {
      o.step([&] {
        o.zero_grad();
        Tensor loss = (p - 0.3).pow(4).sum() + p.sin().sum();
        loss.backward();
        return loss;
      });
    };
    auto a = make(x);
    for (int i = 0; i < 4; ++i) step(x, *a);
    const std::string bytes = saved_archive(*a);
    EXPECT_EQ(bytes, saved_archive(*a)) << name;
    auto b = make(y);
    y.set_data(x.detach().clone());
    b->param_groups()[0].options().set_lr(123);
    load(*b, bytes.data(), bytes.size());
    for (int i = 0; i < 4; ++i) { step(x, *a); step(y, *b); }
    EXPECT_TRUE(same(x.detach(), y.detach())) << name;
  };
  using namespace optim;
  run([](Tensor p) { return std::make_unique<SGD>(std::vector<Tensor>{p}, SGDOptions(0.01).momentum(0.9)); }, "SGD");
  run([](Tensor p) { return std::make_unique<Adam>(std::vector<Tensor>{p}, AdamOptions(0.01).amsgrad(true)); }, "Adam");
  run([](Tensor p) { return std::make_unique<AdamW>(std::vector<Tensor>{p}, AdamWOptions(0.01)); }, "AdamW");
  run([](Tensor p) { return std::make_unique<Adagrad>(std::vector<Tensor>{p}, AdagradOptions(0.01).lr_decay(0.1)); }, "Adagrad");
  run([](Tensor p) { return std::make_unique<RMSprop>(std::vector<Tensor>{p}, RMSpropOptions(0.01).centered(true).momentum(0.5)); }, "RMSprop");
  run([](Tensor p) { return std::make_unique<LBFGS>(std::vector<Tensor>{p}, LBFGSOptions(0.01).max_iter(3).line_search_fn("strong_wolfe")); }, "LBFGS");
}

TEST(Archive, AnotherOptimizerIsRefusedAndUnchanged) {
  Tensor x = ones({2}).set_requires_grad(true), y = ones({2}).set_requires_grad(true);
  const std::string bytes = saved_archive(optim::Adam({x}, optim::AdamOptions(0.5)));
  optim::Adam two({x, y}, optim::AdamOptions(0.25));
  EXPECT_NE(message([&] { load(two, bytes.data(), bytes.size()); }).find("different size"), std::string::npos);
  EXPECT_EQ(two.param_groups()[0].options().get_lr(), 0.25);
  optim::SGD sgd({x}, optim::SGDOptions(0.25));
  EXPECT_NE(message([&] { load(sgd, bytes.data(), bytes.size()); }).find("lacks 'momentum'"), std::string::npos);
}

TEST(Archive, ReadsLibtorch) {
  auto net = std::make_shared<Net>();
  load(net, data + "libtorch_net.pt");
  EXPECT_TRUE(same(net->w, ones({2, 2})));
  EXPECT_TRUE(same(net->buf, arange(4)));
  EXPECT_EQ(net->bn->running_var.sum().item<float>(), 2);
  std::vector<Tensor> v;
  load(v, data + "libtorch_vec.pt");
  ASSERT_EQ(v.size(), 10u);
  EXPECT_TRUE(same(v[1], arange(12, kFloat).view({3, 4}).t()));
  EXPECT_EQ(v[4].sizes(), (IntArrayRef{0, 3}));
  EXPECT_EQ(v[7].scalar_type(), kBFloat16);
  optim::Adam adam(net->parameters(), optim::AdamOptions(1));
  load(adam, data + "libtorch_adam.pt");
  EXPECT_EQ(adam.param_groups()[0].options().get_lr(), 1e-2);
  EXPECT_EQ(adam.state().size(), 4u);  // w had no gradient
  serialize::InputArchive a, inner;
  a.load_from(data + "libtorch_arch.pt");
  IValue i;
  a.read("tup", i);
  EXPECT_EQ((i.to<std::tuple<int64_t, std::string>>()), std::make_tuple(int64_t{1}, std::string("q")));
  a.read("dict", i);
  EXPECT_EQ(i.toGenericDict().at("k").toTensor().sizes(), (IntArrayRef{3, 4}));
  a.read("inner", inner);
  EXPECT_EQ(inner.keys(), std::vector<std::string>{"y"});
}

TEST(Archive, ReadsPython) {
  struct Model : nn::Module {
    nn::Linear fc = register_module("fc", nn::Linear(3, 2));
    nn::BatchNorm1d bn = register_module("bn", nn::BatchNorm1d(2));
  };
  auto m = std::make_shared<Model>();
  load(m, data + "python_state_dict.pt");  // a state_dict fills a module
  EXPECT_EQ(m->bn->num_batches_tracked.item<int64_t>(), 0);
  std::ifstream file(data + "python_values.pt", std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  const Dict<IValue, IValue> d = pickle_load(bytes).toGenericDict();
  EXPECT_EQ(d.at("epoch").toInt(), 3);
  EXPECT_EQ(d.at("big").toInt(), int64_t{1} << 40);
  EXPECT_EQ(d.at("neg").toInt(), -7);
  EXPECT_EQ(d.at("name").toStringRef(), "run");
  EXPECT_EQ(d.at("pair").toTupleRef().elements()[0].toTensor().sum().item<int64_t>(), 3);
  EXPECT_EQ(d.at("nested").toGenericDict().at("x").toTensor().scalar_type(), kBFloat16);
  EXPECT_EQ(d.at("dt").toScalarType(), kDouble);
  EXPECT_EQ(d.at("shape").toIntVector(), (std::vector<int64_t>{4, 5}));
  EXPECT_TRUE(d.at("flag").toBool());
}

// Whatever is done to a file, it is read or refused; nothing else happens (run under AddressSanitizer).
template <class F>
void spoil(const std::string& bytes, F use) {
  size_t refused = 0;
  const auto attempt = [&](const std::string& b) {
    try {
      use(b);
    } catch (const Error&) {
      ++refused;
    }
  };
  for (size_t n = 0; n < bytes.size(); ++n) attempt(bytes.substr(0, n));
  EXPECT_EQ(refused, bytes.size());  // every shortened file is refused
  for (size_t at = 0; at < bytes.size(); ++at)
    for (int bit : {0, 3, 7}) {
      std::string b = bytes;
      b[at] = static_cast<char>(b[at] ^ (1 << bit));
      attempt(b);
    }
}
TEST(Archive, DamagedFiles) {
  Dict<std::string, Tensor> dict;
  dict.insert("a.b", arange(3));
  spoil(saved(dict), [](const std::string& b) {
    serialize::InputArchive a;
    a.load_from(b.data(), b.size());
  });
  spoil(saved_archive(std::make_shared<nn::LinearImpl>(2, 1)), [](const std::string& b) {
    auto m = std::make_shared<nn::LinearImpl>(2, 1);
    load(m, b.data(), b.size());
  });
}

// Pickles are checked after the checksum: make whole containers around hostile ones.
uint32_t crc(const std::string& s) {
  uint32_t c = ~0u;
  for (char x : s) {
    c ^= static_cast<uint8_t>(x);
    for (int k = 0; k < 8; ++k) c = c >> 1 ^ (c & 1 ? 0xEDB88320u : 0);
  }
  return ~c;
}
std::string le(uint64_t v, int n) {
  std::string s;
  for (int i = 0; i < n; ++i) s += static_cast<char>(i < 8 ? v >> (8 * i) : 0);
  return s;
}
std::string container(const std::string& pickle) {
  std::string out, directory;
  int n = 0;
  for (const auto& [name, text] : {std::pair<std::string, std::string>{"x/data.pkl", pickle}, {"x/data/0", std::string(8, '\0')}}) {
    const std::string fields = le(20, 2) + le(0, 8) + le(crc(text), 4) + le(text.size(), 4) + le(text.size(), 4) + le(name.size(), 2) + le(0, 2);
    directory += le(0x02014b50, 4) + le(20, 2) + fields + le(0, 10) + le(out.size(), 4) + name;
    out += le(0x04034b50, 4) + fields + name + text;
    ++n;
  }
  const size_t start = out.size();
  return out + directory + le(0x06054b50, 4) + le(0, 4) + le(n, 2) + le(n, 2) + le(directory.size(), 4) + le(start, 4) + le(0, 2);
}
std::string load_pickle(const std::string& pickle) {
  const std::string bytes = container(pickle);
  return message([&] { pickle_load(std::vector<char>(bytes.begin(), bytes.end())); });
}
std::string tensor_pickle(const std::string& numel, const std::string& offset, const std::string& sizes, const std::string& strides) {
  return "\x80\x02" "ctorch._utils\n_rebuild_tensor_v2\n((X\x07" + std::string(3, '\0') + "storagectorch\nFloatStorage\nX\x01" + std::string(3, '\0') + "0X\x03" + std::string(3, '\0') + "cpu" + numel + "tQ" + offset + sizes +
         strides + "\x89" "NtR.";
}
TEST(Archive, HostilePickles) {
  EXPECT_EQ(load_pickle("\x80\x02K\x07."), "nothing thrown");
  EXPECT_NE(load_pickle("cos\nsystem\nX\x02" + std::string(3, '\0') + "ls\x85R.").find("the name os.system is not allowed"), std::string::npos);
  EXPECT_NE(load_pickle("ctorch\nFloatStorage\n.").find("stands where data is expected"), std::string::npos);
  EXPECT_NE(load_pickle("cbuiltins\neval\n)\x81.").find("the name builtins.eval is not allowed"), std::string::npos);
  EXPECT_NE(load_pickle("]q").find("needs 1 bytes"), std::string::npos);
  EXPECT_NE(load_pickle("X\xff\xff\xff\x7f.").find("needs 2147483647 bytes"), std::string::npos);
  EXPECT_NE(load_pickle("e.").find("to a mark"), std::string::npos);
  EXPECT_NE(load_pickle("0").find("there is none"), std::string::npos);
  EXPECT_NE(load_pickle("h\x05.").find("memo 5 is empty"), std::string::npos);
  EXPECT_NE(load_pickle(std::string("\x80\x02(K\x01K\x02.")).find("3 values on the stack"), std::string::npos);
  EXPECT_NE(load_pickle("\x80\x02\xff.").find("opcode 255"), std::string::npos);
  // A list in itself, and lists too deep.
  EXPECT_NE(load_pickle("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a.").find("in use already"), std::string::npos);
  EXPECT_NE(load_pickle(std::string(100000, ']') + std::string(99999, 'a') + ".").find("deep"), std::string::npos);
  EXPECT_NE(load_pickle(std::string(100000, ')') + std::string(99999, '\x86') + ".").find("deep"), std::string::npos);
  // Tensors outside of their storage.
  const std::string two = "K\x02", one_size = "(K\x02t", one_stride = "(K\x01t";
  EXPECT_EQ(load_pickle(tensor_pickle(two, std::string("K\0", 2), one_size, one_stride)), "nothing thrown");
  EXPECT_NE(load_pickle(tensor_pickle(two, "K\x01", one_size, one_stride)).find("outside its storage of 2"), std::string::npos);
  EXPECT_NE(load_pickle(tensor_pickle("K\x03", std::string("K\0", 2), one_size, one_stride)).find("has 8 bytes where 3"), std::string::npos);
  EXPECT_NE(load_pickle(tensor_pickle(two, std::string("K\0", 2), one_size, "(K\x02t")).find("outside"), std::string::npos);
  EXPECT_NE(load_pickle(tensor_pickle(two, std::string("K\0", 2), "(J\xff\xff\xff\xfft", one_stride)).find("whole numbers from 0"), std::string::npos);
  const std::string huge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_NE(load_pickle(tensor_pickle(two, std::string("K\0", 2), "(" + huge + "t", "(" + huge + "t")).find("outside"), std::string::npos);
  EXPECT_NE(load_pickle(tensor_pickle(huge, std::string("K\0", 2), one_size, one_stride)).find("a storage of"), std::string::npos);
}

TEST(Archive, WrongFiles) {
  serialize::InputArchive a;
  EXPECT_NE(message([&] { a.load_from("/no/such/file"); }).find("cannot open"), std::string::npos);
  EXPECT_NE(message([&] { a.load_from("text", 4); }).find("too few"), std::string::npos);
  EXPECT_NE(message([&] { const std::string s(100, 'x'); a.load_from(s.data(), s.size()); }).find("no end record"), std::string::npos);
  std::string bytes = saved(IValue(ones({100})));
  bytes[bytes.find(std::string("\0\0\x80\x3f", 4)) + 40] ^= 1;
  EXPECT_NE(message([&] { a.load_from(bytes.data(), bytes.size()); }).find("checksum"), std::string::npos);
}

}  // namespace

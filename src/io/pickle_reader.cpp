// A reader of pickles that only knows data: a fixed list of opcodes and of names that stand for tensors, lists and
// dictionaries. No name can make it run anything; sizes, depths and references are checked, and errors say where.
#include <cstring>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"
#include "io/node.h"
#include "io/zip.h"

namespace wick::io {
namespace {

constexpr int kMaxDepth = 200;             // of containers within each other
constexpr uint64_t kMaxPickle = 1u << 30;  // bytes of data.pkl

struct StorageType { const char* name; ScalarType type; };
constexpr StorageType kStorages[] = {
    {"torch FloatStorage", kFloat}, {"torch DoubleStorage", kDouble}, {"torch HalfStorage", kHalf}, {"torch BFloat16Storage", kBFloat16},
    {"torch LongStorage", kLong}, {"torch IntStorage", kInt}, {"torch ShortStorage", kShort}, {"torch CharStorage", kChar}, {"torch ByteStorage", kByte},
    {"torch BoolStorage", kBool}, {"torch ComplexFloatStorage", kComplexFloat}, {"torch ComplexDoubleStorage", kComplexDouble}};
constexpr StorageType kDtypes[] = {
    {"torch float32", kFloat}, {"torch float64", kDouble}, {"torch float16", kHalf}, {"torch bfloat16", kBFloat16}, {"torch int64", kLong}, {"torch int32", kInt},
    {"torch int16", kShort}, {"torch int8", kChar}, {"torch uint8", kByte}, {"torch bool", kBool}, {"torch complex64", kComplexFloat}, {"torch complex128", kComplexDouble}};

// What containers are while they are read. One that was put into another or fetched from the memo is sealed: it may
// change no more. So nothing can contain itself, and depths are known for good.
struct Container { bool sealed = false; int depth = 1; };

struct Item {
  enum class Kind : uint8_t { value, global, storage, object, mark };
  Kind kind = Kind::value;
  IValue value;                          // global: its name; storage: [key, flat tensor]
  std::shared_ptr<Node> node;            // object
  std::shared_ptr<Container> container;
};

class Reader {
 public:
  Reader(const ZipReader& zip, std::string pickle, const std::optional<Device>& device) : zip_(zip), p_(std::move(pickle)), device_(device) {}

  Pickled run() {
    while (!done_) {
      op_ = at_;
      step(take(1)[0]);
    }
    if (stack_.size() != 1) fail(str("ends with ", stack_.size(), " values on the stack"));
    Item r = pop();
    if (r.kind == Item::Kind::object) return {{}, r.node};
    return {data(r), nullptr};
  }

 private:
  using Kind = Item::Kind;
  [[noreturn]] void fail(const std::string& why) const { throw Error(str(zip_.name(), ": data.pkl, byte ", op_, ": ", why)); }

  // Bytes and numbers of the pickle.
  const char* take(uint64_t n) {
    if (n > p_.size() - at_) fail(str("needs ", n, " bytes, ", p_.size() - at_, " are left"));
    at_ += n;
    return p_.data() + at_ - n;
  }
  uint64_t number(int n) {
    const char* b = take(static_cast<uint64_t>(n));
    uint64_t v = 0;
    for (int i = 0; i < n; ++i) v |= static_cast<uint64_t>(static_cast<uint8_t>(b[i])) << (8 * i);
    return v;
  }
  std::string text(uint64_t n) {
    const char* b = take(n);
    return std::string(b, n);
  }
  std::string line() {
    const size_t end = p_.find('\n', at_);
    if (end == std::string::npos) fail("a line has no end");
    std::string s = text(end - at_);
    ++at_;
    return s;
  }

  // The stack.
  void push(IValue v) { stack_.push_back({Kind::value, std::move(v), nullptr, nullptr}); }
  void push_container(IValue v, int depth = 1) {
    stack_.push_back({Kind::value, std::move(v), nullptr, std::make_shared<Container>()});
    stack_.back().container->depth = depth;
    if (depth > kMaxDepth) fail(str("containers stand more than ", kMaxDepth, " deep in each other"));
  }
  Item& top() {
    if (stack_.empty() || stack_.back().kind == Kind::mark) fail("takes a value, and there is none");
    return stack_.back();
  }
  Item pop() {
    Item r = std::move(top());
    stack_.pop_back();
    return r;
  }
  std::vector<Item> pop_to_mark() {
    size_t n = stack_.size();
    while (n > 0 && stack_[n - 1].kind != Kind::mark) --n;
    if (n == 0) fail("takes values to a mark, and there is none");
    std::vector<Item> r(std::make_move_iterator(stack_.begin() + static_cast<std::ptrdiff_t>(n)), std::make_move_iterator(stack_.end()));
    stack_.resize(n - 1);
    return r;
  }
  const IValue& data(const Item& i) const {
    if (i.kind == Kind::object) fail("a module stands where data is expected");
    if (i.kind != Kind::value) fail("a name or storage stands where data is expected");
    return i.value;
  }
  // Puts a value into a container.
  const IValue& put(const Item& i, Container& into) const {
    enclose(i, into);
    return data(i);
  }
  void enclose(const Item& i, Container& into) const {
    if (!i.container) return;
    i.container->sealed = true;
    into.depth = std::max(into.depth, i.container->depth + 1);
    if (into.depth > kMaxDepth) fail(str("containers stand more than ", kMaxDepth, " deep in each other"));
  }
  Container& open(Item& i, bool fits, const char* what) const {
    if (!fits || !i.container) fail(str("changes something that is no ", what));
    if (i.container->sealed) fail(str("changes a ", what, " that is in use already"));
    return *i.container;
  }

  void append(std::vector<Item> items) {
    Item& list = top();
    Container& c = open(list, list.kind == Kind::value && list.value.isList(), "list");
    const List<IValue> l = list.value.toList();
    for (const Item& i : items) l.push_back(put(i, c));
  }
  void set_items(std::vector<Item> items) {
    if (items.size() % 2) fail("a key has no value");
    Item& to = top();
    Container& c = open(to, to.kind == Kind::value && to.value.isGenericDict(), "dictionary");
    const Dict<IValue, IValue> d = to.value.toGenericDict();
    for (size_t i = 0; i < items.size(); i += 2) {
      const IValue& key = put(items[i], c);
      if (!key.isString() && !key.isInt() && !key.isDouble() && !key.isBool()) fail(str("a dictionary's key is a ", key.tagKind()));
      const Item& value = items[i + 1];
      if (value.kind != Kind::object) {
        d.insert_or_assign(key, put(value, c));
        continue;
      }
      // A module in what will be the state of another one.
      if (!key.isString()) fail("a module's key is no text");
      enclose(value, c);
      if (!to.node) to.node = std::make_shared<Node>();
      to.node->at(key.toStringRef()).child = value.node;
      d.insert_or_assign(key, IValue());
    }
  }

  void tuple(std::vector<Item> items) {
    Container c;
    std::vector<IValue> v;
    bool storage_id = false;
    for (const Item& i : items) {
      if (i.kind == Kind::global || i.kind == Kind::storage) {
        storage_id = true;  // only persistent ids and the arguments of _rebuild_tensor hold such
        break;
      }
      v.push_back(put(i, c));
    }
    if (storage_id) {
      stack_.push_back({Kind::storage, static_cast<int64_t>(parts_.size()), nullptr, nullptr});
      parts_.push_back(std::move(items));
      return;
    }
    push_container(ivalue::Tuple::create(std::move(v)), c.depth);
    stack_.back().container->sealed = true;
  }
  // What is copied again and again must stay in proportion to the pickle.
  void spend(size_t n) {
    copied_ += n;
    if (copied_ > 1024 + 16 * p_.size()) fail(str("lists unfold to more than ", copied_, " elements"));
  }
  // The members of a tuple of whatever kind.
  std::vector<Item> members(const Item& t) {
    if (t.kind == Kind::storage && t.value.isInt()) return parts_[static_cast<size_t>(t.value.toInt())];
    if (t.kind != Kind::value || !t.value.isTuple()) fail("takes a tuple");
    std::vector<Item> r;
    spend(t.value.toTupleRef().size());
    for (const IValue& v : t.value.toTupleRef().values) r.push_back({Kind::value, v, nullptr, nullptr});
    return r;
  }

  // Storages and tensors.
  void persistent() {
    const std::vector<Item> id = members(pop());
    if (id.size() != 5 || id[0].kind != Kind::value || !id[0].value.isString() || id[0].value.toStringRef() != "storage" || id[1].kind != Kind::global || id[2].kind != Kind::value ||
        !id[2].value.isString() || id[4].kind != Kind::value || !id[4].value.isInt())
      fail("a persistent id is not ('storage', type, key, device, size)");
    const std::string& type_name = id[1].value.toStringRef();
    for (const auto& s : kStorages)
      if (type_name == s.name) return storage(s.type, id[2].value.toStringRef(), id[4].value.toInt());
    fail("unknown storage type " + type_name);
  }
  void storage(ScalarType type, const std::string& key, int64_t numel) {
    const std::string record = "data/" + key;
    uint64_t bytes = 0;
    if (numel < 0 || __builtin_mul_overflow(static_cast<uint64_t>(numel), static_cast<uint64_t>(element_size(type)), &bytes)) fail(str("a storage of ", numel, " elements"));
    if (!zip_.has(record)) fail("there is no record " + record);
    if (zip_.size_of(record) != bytes) fail(str("record ", record, " has ", zip_.size_of(record), " bytes where ", numel, " of ", type, " need ", bytes));
    Tensor& flat = storages_[key];
    if (!flat.defined()) {
      flat = empty({numel}, type);
      zip_.read(record, flat.data_ptr());
      if (device_) flat = flat.to(*device_);
    }
    Tensor typed = flat.scalar_type() == type ? flat : flat.view(type);
    if (typed.is_cpu()) make_valid(typed);
    stack_.push_back({Kind::storage, std::move(typed), nullptr, nullptr});
  }
  std::vector<int64_t> ints(const Item& i, const char* what) {
    std::vector<int64_t> r;
    if (i.kind != Kind::value || !(i.value.isTuple() || i.value.isList())) fail(str(what, " of a tensor are no tuple"));
    for (const IValue& v : i.value.isTuple() ? i.value.toTupleRef().values : i.value.toListRef()) {
      if (!v.isInt() || v.toInt() < 0) fail(str(what, " of a tensor hold something else than whole numbers from 0"));
      r.push_back(v.toInt());
    }
    if (r.size() > 64) fail(str("a tensor has ", r.size(), " dimensions, more than 64"));
    return r;
  }
  void rebuild_tensor(const std::vector<Item>& a) {
    if (a.size() < 4 || a[0].kind != Kind::storage || !a[0].value.isTensor() || a[1].kind != Kind::value || !a[1].value.isInt()) fail("a tensor needs storage, offset, sizes and strides");
    const Tensor& flat = a[0].value.toTensor();
    const int64_t offset = a[1].value.toInt();
    const std::vector<int64_t> sizes = ints(a[2], "sizes"), strides = ints(a[3], "strides");
    if (sizes.size() != strides.size()) fail(str("a tensor has ", sizes.size(), " sizes and ", strides.size(), " strides"));
    int64_t last = offset, numel = 1;
    bool overflow = offset < 0, none = false;
    for (size_t d = 0; d < sizes.size(); ++d) {
      int64_t reach = 0;
      none = none || sizes[d] == 0;
      overflow = overflow || __builtin_mul_overflow(numel, std::max<int64_t>(sizes[d], 1), &numel);
      overflow = overflow || __builtin_mul_overflow(sizes[d] - 1, strides[d], &reach) || __builtin_add_overflow(last, std::max<int64_t>(reach, 0), &last);
    }
    if (overflow || (none ? offset > flat.numel() : last >= flat.numel()))
      fail(str("a tensor of sizes ", IntArrayRef(sizes), ", strides ", IntArrayRef(strides), " and offset ", offset, " lies outside its storage of ", flat.numel(), " elements"));
    Tensor t = make_alias(flat, sizes, strides, offset);
    if (a.size() > 4 && a[4].kind == Kind::value && a[4].value.isBool() && a[4].value.toBool() && (t.is_floating_point() || t.is_complex())) t.set_requires_grad(true);
    push(std::move(t));
  }

  // What a name makes of its arguments.
  void reduce() {
    const Item arguments = pop(), function = pop();
    if (function.kind != Kind::global) fail("calls something that is no name");
    const std::string& f = function.value.toStringRef();
    const std::vector<Item> a = members(arguments);
    const auto need = [&](size_t n) {
      if (a.size() < n) fail(str(f, " needs ", n, " arguments, got ", a.size()));
    };
    if (f == "torch._utils _rebuild_tensor_v2" || f == "torch._utils _rebuild_tensor") return rebuild_tensor(a);
    if (f == "torch._utils _rebuild_parameter") {
      need(1);
      if (!data(a[0]).isTensor()) fail("a parameter is no tensor");
      return push(a[0].value);
    }
    if (f == "collections OrderedDict") {
      if (!a.empty()) fail("an OrderedDict with arguments");
      return push_container(Dict<IValue, IValue>());
    }
    if (f == "torch Size") {
      need(1);
      return push(ints(a[0], "sizes"));
    }
    if (f == "torch device") {
      need(1);
      if (!data(a[0]).isString()) fail("a device is no text");
      return push(Device(a[0].value.toStringRef()));
    }
    if (f == "__builtin__ complex" || f == "builtins complex") {
      need(2);
      if (!data(a[0]).isDouble() || !data(a[1]).isDouble()) fail("a complex number is not made of two numbers");
      return push(std::complex<double>(a[0].value.toDouble(), a[1].value.toDouble()));
    }
    if (f == "torch.jit._pickle restore_type_tag") {
      need(1);
      push_container(data(a[0]), arguments.container ? arguments.container->depth : 1);
      stack_.back().container->sealed = true;
      return;
    }
    if (f.rfind("torch.jit._pickle build_", 0) == 0) {
      need(1);
      if (!data(a[0]).isList()) fail(f + " takes a list");
      return build_list(f.substr(24), a[0].value.toList());
    }
    fail("the name " + f + " is not allowed");
  }
  void build_list(const std::string& kind, const List<IValue>& l) {
    spend(l.size());
    const auto all = [&](auto list, auto fits, auto get) {
      for (const IValue& v : l) {
        if (!fits(v)) fail(str("a ", kind, " holds a ", v.tagKind()));
        list.push_back(get(v));
      }
      push(IValue(list));
    };
    if (kind == "intlist") return all(List<int64_t>(), [](const IValue& v) { return v.isInt(); }, [](const IValue& v) { return v.toInt(); });
    if (kind == "doublelist") return all(List<double>(), [](const IValue& v) { return v.isDouble(); }, [](const IValue& v) { return v.toDouble(); });
    if (kind == "boollist") return all(List<bool>(), [](const IValue& v) { return v.isBool(); }, [](const IValue& v) { return v.toBool(); });
    if (kind == "tensorlist")
      return all(List<Tensor>(), [](const IValue& v) { return v.isTensor() || v.isNone(); }, [](const IValue& v) { return v.isNone() ? Tensor() : v.toTensor(); });
    fail("the name torch.jit._pickle build_" + kind + " is not allowed");
  }

  void global(const std::string& name) {
    for (const auto& d : kDtypes)
      if (name == d.name) return push(d.type);
    stack_.push_back({Kind::global, name, nullptr, nullptr});
  }
  // A new object of a class of libtorch's modules: an empty node.
  void new_object() {
    const Item arguments = pop(), type = pop();
    if (type.kind != Kind::global) fail("makes an object of something that is no class");
    if (!members(arguments).empty()) fail("makes an object with arguments");
    const std::string& name = type.value.toStringRef();
    if (name.rfind("__torch__", 0) != 0) fail("the class " + name + " is not allowed");
    stack_.push_back({Kind::object, {}, std::make_shared<Node>(), std::make_shared<Container>()});
  }
  void build() {
    Item state = pop();
    Item& to = top();
    if (to.kind != Kind::object) {
      if (to.kind == Kind::value && to.value.isGenericDict()) return;  // notes on a state_dict
      fail("sets the state of something that is no module");
    }
    Container& c = open(to, true, "module");
    if (state.kind != Kind::value || !state.value.isGenericDict()) fail("a module's state is no dictionary");
    const Dict<IValue, IValue> d = state.value.toGenericDict();
    if (state.container) c.depth = std::max(c.depth, state.container->depth);
    for (const auto& e : d) {
      if (!e.key().isString()) fail("a module's key is no text");
      const std::string& key = e.key().toStringRef();
      Node::Entry& entry = to.node->at(key);
      const Node::Entry* module = state.node ? state.node->find(key) : nullptr;
      if (module) entry.child = module->child;
      else entry.value = e.value();
    }
  }

  // The memo.
  void remember(uint64_t index) {
    if (index > p_.size()) fail(str("memo ", index, " is beyond the pickle's size"));
    memo_[index] = top();
  }
  void recall(uint64_t index) {
    const auto i = memo_.find(index);
    if (i == memo_.end()) fail(str("memo ", index, " is empty"));
    if (i->second.container) i->second.container->sealed = true;
    stack_.push_back(i->second);
  }

  void long_integer(uint64_t n) {
    if (n > 8) fail(str("an integer of ", n, " bytes"));
    uint64_t v = number(static_cast<int>(n));
    if (n > 0 && n < 8 && (v >> (8 * n - 1) & 1)) v |= ~uint64_t{0} << (8 * n);
    push(static_cast<int64_t>(v));
  }
  void real() {
    const char* b = take(8);
    uint64_t v = 0;
    for (int i = 0; i < 8; ++i) v = v << 8 | static_cast<uint8_t>(b[i]);
    double d;
    std::memcpy(&d, &v, 8);
    push(d);
  }
  std::vector<Item> pop_n(size_t n) {
    std::vector<Item> r(n);
    while (n-- > 0) r[n] = pop();
    return r;
  }
  void list(std::vector<Item> items) {
    push_container(List<IValue>());
    append(std::move(items));
  }
  void dict(std::vector<Item> items) {
    push_container(Dict<IValue, IValue>());
    set_items(std::move(items));
  }
  void stack_global() {
    const std::vector<Item> n = pop_n(2);
    if (!data(n[0]).isString() || !data(n[1]).isString()) fail("a name is no text");
    global(n[0].value.toStringRef() + " " + n[1].value.toStringRef());
  }

  using Handler = void (*)(Reader&);
  struct Table { Handler of[256] = {}; };
  static const Table& table() {
    static const Table t = [] {
      Table r;
      const auto on = [&](char code, Handler h) { r.of[static_cast<uint8_t>(code)] = h; };
      on('\x80', [](Reader& x) { if (x.number(1) > 5) x.fail("a protocol above 5"); });
      on('\x95', [](Reader& x) { x.number(8); });
      on('.', [](Reader& x) { x.done_ = true; });
      on('(', [](Reader& x) { x.stack_.push_back({Kind::mark, {}, nullptr, nullptr}); });
      on('0', [](Reader& x) { x.pop(); });
      on('1', [](Reader& x) { x.pop_to_mark(); });
      on('N', [](Reader& x) { x.push(IValue()); });
      on('\x88', [](Reader& x) { x.push(true); });
      on('\x89', [](Reader& x) { x.push(false); });
      on('K', [](Reader& x) { x.push(static_cast<int64_t>(x.number(1))); });
      on('M', [](Reader& x) { x.push(static_cast<int64_t>(x.number(2))); });
      on('J', [](Reader& x) { x.push(static_cast<int64_t>(static_cast<int32_t>(x.number(4)))); });
      on('\x8a', [](Reader& x) { x.long_integer(x.number(1)); });
      on('G', [](Reader& x) { x.real(); });
      on('X', [](Reader& x) { x.push(x.text(x.number(4))); });
      on('\x8c', [](Reader& x) { x.push(x.text(x.number(1))); });
      on('\x8d', [](Reader& x) { x.push(x.text(x.number(8))); });
      on('U', [](Reader& x) { x.push(x.text(x.number(1))); });
      on('T', [](Reader& x) { x.push(x.text(x.number(4))); });
      on(']', [](Reader& x) { x.push_container(List<IValue>()); });
      on('}', [](Reader& x) { x.push_container(Dict<IValue, IValue>()); });
      on(')', [](Reader& x) { x.tuple({}); });
      on('l', [](Reader& x) { x.list(x.pop_to_mark()); });
      on('d', [](Reader& x) { x.dict(x.pop_to_mark()); });
      on('t', [](Reader& x) { x.tuple(x.pop_to_mark()); });
      on('\x85', [](Reader& x) { x.tuple(x.pop_n(1)); });
      on('\x86', [](Reader& x) { x.tuple(x.pop_n(2)); });
      on('\x87', [](Reader& x) { x.tuple(x.pop_n(3)); });
      on('a', [](Reader& x) { x.append(x.pop_n(1)); });
      on('e', [](Reader& x) { x.append(x.pop_to_mark()); });
      on('s', [](Reader& x) { x.set_items(x.pop_n(2)); });
      on('u', [](Reader& x) { x.set_items(x.pop_to_mark()); });
      on('c', [](Reader& x) { const std::string module = x.line(); x.global(module + " " + x.line()); });
      on('\x93', [](Reader& x) { x.stack_global(); });
      on('R', [](Reader& x) { x.reduce(); });
      on('\x81', [](Reader& x) { x.new_object(); });
      on('b', [](Reader& x) { x.build(); });
      on('Q', [](Reader& x) { x.persistent(); });
      on('q', [](Reader& x) { x.remember(x.number(1)); });
      on('r', [](Reader& x) { x.remember(x.number(4)); });
      on('\x94', [](Reader& x) { x.remember(x.memo_.size()); });
      on('h', [](Reader& x) { x.recall(x.number(1)); });
      on('j', [](Reader& x) { x.recall(x.number(4)); });
      return r;
    }();
    return t;
  }
  void step(char code) {
    const Handler h = table().of[static_cast<uint8_t>(code)];
    if (!h) fail(str("the opcode ", static_cast<int>(static_cast<uint8_t>(code)), " is not allowed"));
    h(*this);
  }

  const ZipReader& zip_;
  const std::string p_;
  const std::optional<Device> device_;
  uint64_t at_ = 0, op_ = 0;
  bool done_ = false;
  std::vector<Item> stack_;
  std::vector<std::vector<Item>> parts_;  // tuples that hold names or storages
  std::unordered_map<uint64_t, Item> memo_;
  uint64_t copied_ = 0;
  std::unordered_map<std::string, Tensor> storages_;
};

}  // namespace

Pickled read_pickle(const ZipReader& zip, const std::optional<Device>& device) {
  NoGradGuard off;
  if (zip.has("byteorder")) WICK_CHECK(zip.text("byteorder", 16) == "little", zip.name(), ": written on a big-endian machine, which is not supported");
  return Reader(zip, zip.text("data.pkl", kMaxPickle), device).run();
}

}  // namespace wick::io

// A reader of pickles that only knows data: a fixed list of opcodes and of names that stand for tensors, lists and
// dictionaries. No name can make it run anything; sizes, depths and references are checked, and errors say where.
#include <algorithm>
#include <cstring>
#include <map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/ops/sparse.h>

#include "core/tensor_impl.h"
#include "io/node.h"
#include "io/zip.h"

namespace wick::io {
namespace {

constexpr int kMaxDepth = 200;             // of containers within each other
constexpr uint64_t kMaxPickle = 1u << 30;  // bytes of data.pkl

struct TypeName { const char* name; ScalarType type; };
constexpr TypeName kStorages[] = {
    {"FloatStorage", kFloat}, {"DoubleStorage", kDouble}, {"HalfStorage", kHalf}, {"BFloat16Storage", kBFloat16}, {"LongStorage", kLong}, {"IntStorage", kInt}, {"ShortStorage", kShort},
    {"CharStorage", kChar}, {"ByteStorage", kByte}, {"BoolStorage", kBool}, {"ComplexFloatStorage", kComplexFloat}, {"ComplexDoubleStorage", kComplexDouble}, {"UntypedStorage", kByte}};
constexpr TypeName kDtypes[] = {
    {"float32", kFloat}, {"float64", kDouble}, {"float16", kHalf}, {"bfloat16", kBFloat16}, {"int64", kLong}, {"int32", kInt},
    {"int16", kShort}, {"int8", kChar}, {"uint8", kByte}, {"bool", kBool}, {"complex64", kComplexFloat}, {"complex128", kComplexDouble}};
// Types that no tensor of Wick's has, and the bytes of an element.
struct ForeignType { const char* name; ScalarType type; int64_t width; };
constexpr ForeignType kForeign[] = {
    {"uint16", kUInt16, 2}, {"uint32", kUInt32, 4}, {"uint64", kUInt64, 8}, {"float8_e4m3fn", kFloat8_e4m3fn, 1}, {"float8_e5m2", kFloat8_e5m2, 1},
    {"float8_e4m3fnuz", kFloat8_e4m3fnuz, 1}, {"float8_e5m2fnuz", kFloat8_e5m2fnuz, 1}, {"complex32", kComplexHalf, 4}};

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
  Reader(const PickleText& text, Storages* storages, const PickleOptions& options) : text_(text), p_(text.bytes), storages_(storages), options_(options) {}
  uint64_t end() const { return at_; }

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
  std::string at_place(const std::string& why) const { return str(text_.place, text_.first + op_, ": ", why); }
  [[noreturn]] void fail(const std::string& why) const { throw Error(at_place(why)); }
  [[noreturn]] void fail_type(const std::string& why) const { throw TypeError(at_place(why)); }
  static std::string dotted(std::string name) {
    if (name.size() > 200) name.resize(200);
    std::replace(name.begin(), name.end(), ' ', '.');
    return name;
  }
  [[noreturn]] void refuse(const std::string& name) const {
    fail_type("the name " + dotted(name) + " is not allowed: only tensors and plain data are read, nothing is run (in Python, save model.state_dict() instead of the model)");
  }

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
    if (end == std::string_view::npos) fail("a line has no end");
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
  const IValue& checked_key(const IValue& key) const {
    if (!key.isString() && !key.isInt() && !key.isDouble() && !key.isBool()) fail(str("a dictionary's key is a ", key.tagKind()));
    return key;
  }
  void set_items(std::vector<Item> items) {
    if (items.size() % 2) fail("a key has no value");
    Item& to = top();
    Container& c = open(to, to.kind == Kind::value && to.value.isGenericDict(), "dictionary");
    const Dict<IValue, IValue> d = to.value.toGenericDict();
    for (size_t i = 0; i < items.size(); i += 2) {
      const IValue& key = checked_key(put(items[i], c));
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
    if (t.kind == Kind::storage && t.value.isInt()) {
      const std::vector<Item>& parts = parts_[static_cast<size_t>(t.value.toInt())];
      spend(parts.size());
      return parts;
    }
    if (t.kind != Kind::value || !t.value.isTuple()) fail("takes a tuple");
    std::vector<Item> r;
    spend(t.value.toTupleRef().size());
    for (const IValue& v : t.value.toTupleRef().values) r.push_back({Kind::value, v, nullptr, nullptr});
    return r;
  }

  // Storages and tensors.
  static bool is(const Item& i, bool (IValue::*kind)() const) { return i.kind == Kind::value && (i.value.*kind)(); }
  void persistent() {
    const std::vector<Item> id = members(pop());
    // Files from before 1.6 have a view of the storage, too.
    if (!storages_ || (id.size() != 5 && id.size() != 6) || !is(id[0], &IValue::isString) || id[0].value.toStringRef() != "storage" || id[1].kind != Kind::global || !is(id[2], &IValue::isString) ||
        !is(id[4], &IValue::isInt))
      fail("a persistent id is not ('storage', type, key, device, size)");
    const std::string& type_name = id[1].value.toStringRef();
    const TypeName* type = storage_type(type_name);
    if (!type) fail("unknown storage type " + dotted(type_name));
    Tensor flat = storage(type->type, id[2].value.toStringRef(), id[4].value.toInt());
    if (id.size() == 6 && !is(id[5], &IValue::isNone)) {
      const std::vector<Item> view = members(id[5]);
      if (view.size() != 3 || !is(view[1], &IValue::isInt) || !is(view[2], &IValue::isInt)) fail("a view of a storage is not (key, offset, size)");
      const int64_t offset = view[1].value.toInt(), n = view[2].value.toInt();
      if (offset < 0 || n < 0 || offset > flat.numel() || n > flat.numel() - offset) fail(str("a view of ", n, " elements from ", offset, " lies outside its storage of ", flat.numel()));
      flat = make_alias(flat, {n}, {1}, flat.storage_offset() + offset);
    }
    stack_.push_back({Kind::storage, std::move(flat), nullptr, nullptr});
  }
  static const TypeName* storage_type(const std::string& name) {
    for (const char* room : {"torch ", "torch.cuda ", "torch.storage "})
      for (const TypeName& s : kStorages)
        if (name == std::string(room) + s.name) return &s;
    return nullptr;
  }
  Tensor storage(ScalarType type, const std::string& key, int64_t numel) {
    uint64_t bytes = 0;
    if (numel < 0 || __builtin_mul_overflow(static_cast<uint64_t>(numel), static_cast<uint64_t>(element_size(type)), &bytes)) fail(str("a storage of ", numel, " elements"));
    Tensor& flat = flats_[key];
    if (!flat.defined()) {
      if (const std::string why = storages_->problem(key, bytes); !why.empty()) fail(why + str(" where ", numel, " of ", type, " need ", bytes));
      flat = storages_->make(key, type, numel);
      if (options_.device) flat = flat.to(*options_.device);
    } else if (flat.nbytes() != bytes) {
      fail(str("storage ", key, " has ", flat.nbytes(), " bytes where ", numel, " of ", type, " need ", bytes));
    }
    return typed(flat, type);
  }
  // A storage with its elements as another type; made, and looked at, once.
  Tensor typed(const Tensor& flat, ScalarType type) {
    if (flat.scalar_type() == type) return flat;
    if (storages_->filled_later()) fail(str("a storage of ", flat.scalar_type(), " is used as ", type));
    Tensor& t = typed_[{flat.storage().unsafeGetStorageImpl(), type}];
    if (t.defined()) return t;
    t = flat.view(type);
    if (t.is_cpu()) make_valid(t);
    return t;
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
    if (a[0].kind != Kind::storage || !a[0].value.isTensor() || !is(a[1], &IValue::isInt)) fail("a tensor needs storage, offset, sizes and strides");
    view_of(a[0].value.toTensor(), a);
  }
  // The storage is of bytes, and the dtype is said.
  void rebuild_tensor_v3(const std::vector<Item>& a) {
    if (a[0].kind != Kind::storage || !a[0].value.isTensor() || !is(a[1], &IValue::isInt) || !is(a[6], &IValue::isInt)) fail("a tensor needs storage, offset, sizes, strides and dtype");
    Tensor flat = a[0].value.toTensor();
    const ScalarType type = a[6].value.toScalarType();
    const auto foreign = std::find_if(std::begin(kForeign), std::end(kForeign), [&](const ForeignType& f) { return f.type == type; });
    const bool known = std::any_of(std::begin(kDtypes), std::end(kDtypes), [&](const TypeName& d) { return d.type == type; });
    if (foreign != std::end(kForeign)) {
      if (!options_.unknown_as_bytes) fail_type(str("no tensor of Wick's has the dtype torch.", foreign->name, "; LoadOptions().unknown_as_bytes(true) gives the bytes"));
      return view_of(flat, a, foreign->width);
    }
    if (!known) fail("a tensor has no dtype");
    const int64_t rest = flat.numel() * static_cast<int64_t>(flat.itemsize()) % static_cast<int64_t>(element_size(type));
    if (rest) fail(str("a storage of ", flat.nbytes(), " bytes does not hold whole elements of ", type));
    view_of(typed(flat, type), a);
  }
  void rebuild_sparse(const std::vector<Item>& a) {
    const std::vector<Item> parts = members(a[1]);
    if (!is(a[0], &IValue::isString) || a[0].value.toStringRef() != "torch.sparse_coo") fail_type("only sparse tensors in coordinate form (torch.sparse_coo) are read");
    if (parts.size() < 3 || !is(parts[0], &IValue::isTensor) || !is(parts[1], &IValue::isTensor)) fail("a sparse tensor needs indices, values and sizes");
    try {
      // Each is checked and sorted: all of them together must stay in proportion to what is stored.
      size_t stored = 1024;
      for (const auto& [key, flat] : flats_) stored += flat.nbytes();
      sorted_ += parts[0].value.toTensor().nbytes();
      if (sorted_ > 4 * stored) fail("sparse tensors share their elements too often");
      const Tensor t = sparse_coo_tensor(parts[0].value.toTensor(), parts[1].value.toTensor(), ints(parts[2], "sizes"));
      push(parts.size() > 3 && is(parts[3], &IValue::isBool) && parts[3].value.toBool() ? t.coalesce() : t);
    } catch (const Error& e) { fail(e.msg()); }
  }
  // `width`: of elements that are given as bytes, in one more dimension unless it is 1.
  void view_of(const Tensor& flat, const std::vector<Item>& a, int64_t width = 1) {
    int64_t offset = a[1].value.toInt();
    std::vector<int64_t> sizes = ints(a[2], "sizes"), strides = ints(a[3], "strides");
    if (sizes.size() != strides.size()) fail(str("a tensor has ", sizes.size(), " sizes and ", strides.size(), " strides"));
    bool overflow = offset < 0, none = false;
    if (width > 1) {
      overflow = overflow || __builtin_mul_overflow(offset, width, &offset);
      for (int64_t& s : strides) overflow = overflow || __builtin_mul_overflow(s, width, &s);
      sizes.push_back(width);
      strides.push_back(1);
    }
    int64_t last = offset, numel = 1;
    for (size_t d = 0; d < sizes.size(); ++d) {
      int64_t reach = 0;
      none = none || sizes[d] == 0;
      overflow = overflow || __builtin_mul_overflow(numel, std::max<int64_t>(sizes[d], 1), &numel);
      overflow = overflow || __builtin_mul_overflow(sizes[d] - 1, strides[d], &reach) || __builtin_add_overflow(last, std::max<int64_t>(reach, 0), &last);
    }
    if (overflow || (none ? offset > flat.numel() : last >= flat.numel()))
      fail(str("a tensor of sizes ", IntArrayRef(sizes), ", strides ", IntArrayRef(strides), " and offset ", offset, " lies outside its storage of ", flat.numel(), " elements"));
    Tensor t = make_alias(flat, sizes, strides, flat.storage_offset() + offset);
    if (a.size() > 4 && a[4].kind == Kind::value && a[4].value.isBool() && a[4].value.toBool() && (t.is_floating_point() || t.is_complex())) t.set_requires_grad(true);
    push(std::move(t));
  }

  // What a name makes of its arguments.
  struct Function {
    const char* name;
    size_t least;  // arguments
    void (*call)(Reader&, const std::vector<Item>&, const Item& arguments);
  };
  static const Function* function_of(const std::string& name) {
    static constexpr Function kFunctions[] = {
        {"torch._utils _rebuild_tensor_v2", 4, [](Reader& x, const auto& a, const Item&) { x.rebuild_tensor(a); }},
        {"torch._utils _rebuild_tensor", 4, [](Reader& x, const auto& a, const Item&) { x.rebuild_tensor(a); }},
        {"torch._utils _rebuild_tensor_v3", 7, [](Reader& x, const auto& a, const Item&) { x.rebuild_tensor_v3(a); }},
        {"torch._utils _rebuild_parameter", 1, [](Reader& x, const auto& a, const Item&) { x.parameter(a); }},
        {"torch._utils _rebuild_parameter_with_state", 1, [](Reader& x, const auto& a, const Item&) { x.parameter(a); }},
        {"torch._utils _rebuild_sparse_tensor", 2, [](Reader& x, const auto& a, const Item&) { x.rebuild_sparse(a); }},
        {"torch._utils _rebuild_qtensor", 0, [](Reader& x, const auto&, const Item&) { x.fail_type("quantised tensors are not read: dequantize() them before saving"); }},
        {"torch._utils _rebuild_meta_tensor_no_storage", 0, [](Reader& x, const auto&, const Item&) { x.fail_type("a tensor on the device meta has no elements to read"); }},
        {"torch._tensor _rebuild_from_type_v2", 3, [](Reader& x, const auto& a, const Item&) { x.call(a[0], a[2]); }},
        {"torch.serialization _get_layout", 1, [](Reader& x, const auto& a, const Item&) { x.push(x.string_of(a[0], "a layout")); }},
        {"torch Size", 1, [](Reader& x, const auto& a, const Item&) { x.push(x.ints(a[0], "sizes")); }},
        {"torch device", 1, [](Reader& x, const auto& a, const Item&) { x.device(a); }},
        {"collections OrderedDict", 0, [](Reader& x, const auto& a, const Item& all) { x.ordered_dict(a, all); }},
        {"collections Counter", 0, [](Reader& x, const auto& a, const Item& all) { x.copy_of(a, all, &IValue::isGenericDict); }},
        {"builtins set", 0, [](Reader& x, const auto& a, const Item& all) { x.copy_of(a, all, &IValue::isList); }},
        {"__builtin__ set", 0, [](Reader& x, const auto& a, const Item& all) { x.copy_of(a, all, &IValue::isList); }},
        {"_codecs encode", 1, [](Reader& x, const auto& a, const Item&) { x.bytes(a); }},
        {"builtins bytearray", 0, [](Reader& x, const auto& a, const Item&) { x.bytes(a); }},
        {"__builtin__ bytearray", 0, [](Reader& x, const auto& a, const Item&) { x.bytes(a); }},
        {"builtins complex", 2, [](Reader& x, const auto& a, const Item&) { x.complex(a); }},
        {"__builtin__ complex", 2, [](Reader& x, const auto& a, const Item&) { x.complex(a); }},
        {"numpy dtype", 1, [](Reader& x, const auto& a, const Item&) { x.push(x.string_of(a[0], "a dtype")); }},
        {"numpy.core.multiarray scalar", 2, [](Reader& x, const auto& a, const Item&) { x.numpy_scalar(a); }},
        {"numpy._core.multiarray scalar", 2, [](Reader& x, const auto& a, const Item&) { x.numpy_scalar(a); }},
        {"torch.jit._pickle restore_type_tag", 1, [](Reader& x, const auto& a, const Item& all) { x.tagged(a, all); }},
        {"torch.jit._pickle build_intlist", 1, [](Reader& x, const auto& a, const Item&) { x.build_list("intlist", a); }},
        {"torch.jit._pickle build_doublelist", 1, [](Reader& x, const auto& a, const Item&) { x.build_list("doublelist", a); }},
        {"torch.jit._pickle build_boollist", 1, [](Reader& x, const auto& a, const Item&) { x.build_list("boollist", a); }},
        {"torch.jit._pickle build_tensorlist", 1, [](Reader& x, const auto& a, const Item&) { x.build_list("tensorlist", a); }},
    };
    for (const Function& f : kFunctions)
      if (name == f.name) return &f;
    return nullptr;
  }
  void reduce() {
    const Item arguments = pop(), function = pop();
    call(function, arguments);
  }
  void call(const Item& function, const Item& arguments) {
    if (function.kind != Kind::global) fail("calls something that is no name");
    const std::string& name = function.value.toStringRef();
    const Function* f = function_of(name);
    if (!f) refuse(name);
    const std::vector<Item> a = members(arguments);
    if (a.size() < f->least) fail(str(dotted(name), " needs ", f->least, " arguments, got ", a.size()));
    if (++calls_ > kMaxDepth) fail("names stand too deep in each other");
    f->call(*this, a, arguments);
    --calls_;
  }
  std::string string_of(const Item& i, const char* what) const {
    if (!data(i).isString()) fail(str(what, " is no text"));
    return i.value.toStringRef();
  }
  void parameter(const std::vector<Item>& a) {
    if (!data(a[0]).isTensor()) fail("a parameter is no tensor");
    const Tensor& t = a[0].value.toTensor();
    if (a.size() > 1 && is(a[1], &IValue::isBool) && a[1].value.toBool() && (t.is_floating_point() || t.is_complex())) t.set_requires_grad(true);
    push(t);
  }
  void device(const std::vector<Item>& a) {
    std::string name = string_of(a[0], "a device");
    if (a.size() > 1 && data(a[1]).isInt()) name += ":" + std::to_string(a[1].value.toInt());
    try {
      push(Device(name));
    } catch (const Error& e) { fail(e.msg()); }
  }
  // Python 2 writes an OrderedDict as a list of pairs.
  void ordered_dict(const std::vector<Item>& a, const Item& all) {
    push_container(Dict<IValue, IValue>(), all.container ? all.container->depth : 1);
    if (a.empty()) return;
    if (!data(a[0]).isList()) fail("an OrderedDict is made of no list");
    const Dict<IValue, IValue> d = stack_.back().value.toGenericDict();
    spend(a[0].value.toList().size());
    for (const IValue& pair : a[0].value.toListRef()) {
      if (!(pair.isTuple() ? pair.toTupleRef().size() == 2 : pair.isList() && pair.toList().size() == 2)) fail("an OrderedDict is made of something else than pairs");
      const std::vector<IValue> kv = pair.isTuple() ? pair.toTupleRef().values : pair.toListRef();
      d.insert_or_assign(checked_key(kv[0]), kv[1]);
    }
  }
  // Counters and sets, as dictionaries and lists.
  void copy_of(const std::vector<Item>& a, const Item& all, bool (IValue::*kind)() const) {
    push_container(kind == &IValue::isList ? IValue(List<IValue>()) : IValue(Dict<IValue, IValue>()), all.container ? all.container->depth : 1);
    if (a.empty()) return;
    if (!(data(a[0]).*kind)()) fail("a set or counter is made of no list or dictionary");
    stack_.back().value = a[0].value;
    stack_.back().container->sealed = true;
  }
  // Bytes that stand as text of Latin-1.
  void bytes(const std::vector<Item>& a) {
    if (a.size() < 2) return push(a.empty() ? std::string() : string_of(a[0], "what bytes are made of"));
    const std::string text = string_of(a[0], "what bytes are made of");
    std::string r;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<uint8_t>(text[i]);
      if (c >= 0x80 && (c > 0xC3 || c < 0xC2 || i + 1 == text.size())) fail("bytes stand as text that is not Latin-1");
      r += static_cast<char>(c < 0x80 ? c : (c & 3) << 6 | (static_cast<uint8_t>(text[++i]) & 0x3F));
    }
    push(std::move(r));
  }
  void complex(const std::vector<Item>& a) {
    if (!data(a[0]).isDouble() || !data(a[1]).isDouble()) fail("a complex number is not made of two numbers");
    push(std::complex<double>(a[0].value.toDouble(), a[1].value.toDouble()));
  }
  void numpy_scalar(const std::vector<Item>& a) {
    const std::string type = string_of(a[0], "a dtype"), raw = string_of(a[1], "a NumPy number");
    const auto as = [&](const char* name, auto zero) {
      if (type != name || raw.size() != sizeof zero) return false;
      std::memcpy(&zero, raw.data(), sizeof zero);
      if constexpr (std::is_floating_point_v<decltype(zero)>) push(static_cast<double>(zero));
      else push(static_cast<int64_t>(zero));
      return true;
    };
    if (type == "b1" && raw.size() == 1) return push(raw[0] != 0);
    if (!as("f8", 0.0) && !as("f4", 0.f) && !as("i8", int64_t{0}) && !as("i4", int32_t{0}) && !as("i2", int16_t{0}) && !as("i1", int8_t{0}) && !as("u1", uint8_t{0}) && !as("u2", uint16_t{0}) &&
        !as("u4", uint32_t{0}))
      fail_type("a NumPy number of dtype " + type.substr(0, 20) + " is not read");
  }
  void tagged(const std::vector<Item>& a, const Item& all) {
    push_container(data(a[0]), all.container ? all.container->depth : 1);
    stack_.back().container->sealed = true;
  }
  void build_list(const std::string& kind, const std::vector<Item>& a) {
    if (!data(a[0]).isList()) fail("build_" + kind + " takes a list");
    const List<IValue> l = a[0].value.toList();
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
  }

  void global(const std::string& name) {
    if (name.rfind("torch ", 0) == 0) {
      const std::string in_torch = name.substr(6);
      for (const auto& d : kDtypes)
        if (in_torch == d.name) return push(d.type);
      for (const auto& f : kForeign)
        if (in_torch == f.name) return push(f.type);
      if (in_torch[0] == 'Q' && in_torch.find("Storage") != std::string::npos) fail_type("quantised tensors (" + dotted(name) + ") are not read: dequantize() them before saving");
    }
    // Classes that stand as an argument and are not looked at, and those of libtorch's modules.
    const bool known = name == "torch Tensor" || name == "torch.nn.parameter Parameter" || name == "torch.storage TypedStorage" || name.rfind("__torch__", 0) == 0;
    if (!known && !storage_type(name) && !function_of(name)) refuse(name);
    stack_.push_back({Kind::global, name, nullptr, nullptr});
  }
  // A new object of a class of libtorch's modules: an empty node.
  void new_object() {
    const Item arguments = pop(), type = pop();
    if (type.kind != Kind::global) fail("makes an object of something that is no class");
    if (!members(arguments).empty()) fail("makes an object with arguments");
    const std::string& name = type.value.toStringRef();
    if (name.rfind("__torch__", 0) != 0) refuse(name);
    stack_.push_back({Kind::object, {}, std::make_shared<Node>(), std::make_shared<Container>()});
  }
  void build() {
    Item state = pop();
    Item& to = top();
    if (to.kind != Kind::object) {
      if (to.kind == Kind::value && (to.value.isGenericDict() || to.value.isTensor())) return;  // notes on a state_dict; attributes
      if (to.kind == Kind::value && to.value.isString() && is(state, &IValue::isTuple)) {       // a dtype of NumPy: version, byte order, ...
        const auto& v = state.value.toTupleRef().values;
        if (v.size() > 1 && v[1].isString() && v[1].toStringRef() == ">") fail_type("NumPy numbers of big-endian byte order are not read");
        return;
      }
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
      on('\x8b', [](Reader& x) { x.long_integer(x.number(4)); });
      on('G', [](Reader& x) { x.real(); });
      on('X', [](Reader& x) { x.push(x.text(x.number(4))); });
      on('\x8c', [](Reader& x) { x.push(x.text(x.number(1))); });
      on('\x8d', [](Reader& x) { x.push(x.text(x.number(8))); });
      on('U', [](Reader& x) { x.push(x.text(x.number(1))); });
      on('T', [](Reader& x) { x.push(x.text(x.number(4))); });
      on('B', [](Reader& x) { x.push(x.text(x.number(4))); });
      on('C', [](Reader& x) { x.push(x.text(x.number(1))); });
      on('\x8e', [](Reader& x) { x.push(x.text(x.number(8))); });
      on('\x96', [](Reader& x) { x.push(x.text(x.number(8))); });
      on('\x8f', [](Reader& x) { x.push_container(List<IValue>()); });
      on('\x90', [](Reader& x) { x.append(x.pop_to_mark()); });
      on('\x91', [](Reader& x) { x.list(x.pop_to_mark()); });
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

  const PickleText& text_;
  const std::string_view p_;
  Storages* const storages_;
  const PickleOptions& options_;
  uint64_t at_ = 0, op_ = 0;
  bool done_ = false;
  int calls_ = 0;
  std::vector<Item> stack_;
  std::vector<std::vector<Item>> parts_;  // tuples that hold names or storages
  std::unordered_map<uint64_t, Item> memo_;
  uint64_t copied_ = 0;
  std::unordered_map<std::string, Tensor> flats_;  // by key
  std::map<std::pair<const void*, ScalarType>, Tensor> typed_;
  size_t sorted_ = 0;
};

// Storages in records of the container.
class ZipStorages final : public Storages {
 public:
  ZipStorages(const ZipReader& zip, bool map, bool big_endian) : zip_(zip), mapping_(map ? zip.source().map() : nullptr), big_endian_(big_endian) {}
  std::string problem(const std::string& key, uint64_t bytes) override {
    const std::string record = "data/" + key;
    if (!zip_.has(record)) return "there is no record " + record;
    return zip_.size_of(record) == bytes ? "" : str("record ", record, " has ", zip_.size_of(record), " bytes");
  }
  Tensor make(const std::string& key, ScalarType type, int64_t numel) override {
    const std::string record = "data/" + key;
    const uint64_t at = mapping_ && numel > 0 ? zip_.position(record) : 0;
    Tensor t;
    if (at) {
      t = tensor_at(zip_.source(), mapping_, at, {numel}, type);
    } else {
      t = empty({numel}, type);
      zip_.read(record, t.data_ptr());
    }
    if (big_endian_) swap_bytes(t.data_ptr(), t.nbytes(), swap_width(type));
    return t;
  }

 private:
  const ZipReader& zip_;
  std::shared_ptr<Mapping> mapping_;
  bool big_endian_;
};

}  // namespace

Pickled read_pickle_text(const PickleText& text, Storages* storages, const PickleOptions& options, uint64_t* end) {
  NoGradGuard off;
  Reader reader(text, storages, options);
  Pickled p = reader.run();
  if (end) *end = reader.end();
  return p;
}

Pickled read_pickle(const ZipReader& zip, const PickleOptions& options) {
  WICK_CHECK(zip.has("data.pkl"), zip.name(), ": there is no record data.pkl: not an archive of PyTorch's kind");
  std::string order = zip.has("byteorder") ? zip.text("byteorder", 16) : "little";
  WICK_CHECK(order == "little" || order == "big", zip.name(), ": the record byteorder says neither little nor big");
  const std::string pickle = zip.text("data.pkl", kMaxPickle);
  ZipStorages storages(zip, options.map, order == "big");
  return read_pickle_text({pickle, zip.name() + ": data.pkl, byte ", 0}, &storages, options);
}

}  // namespace wick::io

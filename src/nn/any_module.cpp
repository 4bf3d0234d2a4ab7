#include <wick/nn/any_module.h>

#include <wick/core/str.h>
#include <wick/nn/container.h>

#include "nn/demangle.h"

namespace wick::nn::inline v1 {
namespace detail {

namespace {
AnyValue call_with_defaults(AnyCaller& caller, AnyValue* args, size_t n) {
  const size_t expected = caller.arity;
  const DefaultArguments defaults = caller.ref()._forward_default_args();
  const std::string type = demangle(caller.type);
  WICK_CHECK_TYPE(TypeError, !defaults.empty(), type, "'s forward() method expects ", expected, " argument(s), but received ", n, ".",
                  n < expected ? " If " + type + "'s forward() method has default arguments, please make sure the forward() method is declared with a "
                                        "corresponding `FORWARD_HAS_DEFAULT_ARGS` macro." : std::string());
  WICK_CHECK_TYPE(TypeError, n >= defaults.front().first && n <= expected, type, "'s forward() method expects at least ", defaults.front().first,
                  " argument(s) and at most ", expected, " argument(s), but received ", n, ".");
  std::vector<AnyValue> all(std::make_move_iterator(args), std::make_move_iterator(args + n));
  for (const auto& d : defaults)
    if (d.first >= n) all.push_back(d.second);
  WICK_CHECK_TYPE(TypeError, all.size() == expected, type, ": WICK_FORWARD_HAS_DEFAULT_ARGS does not fit its forward()");
  return caller.forward(all.data(), all.size());
}
AnyValue run_hooked(AnyCaller& caller, AnyValue* args, size_t n) {
  std::vector<Tensor*> found;
  for (size_t i = 0; i < n; ++i) TensorsIn<AnyValue>::find(args[i], found);
  HookedCall hooks(caller.ref(), found);
  AnyValue result = caller.run(args, n);
  found.clear();
  TensorsIn<AnyValue>::find(result, found);
  hooks.after(found);
  return result;
}
}  // namespace

AnyValue AnyCaller::forward(AnyValue* args, size_t n) {
  if (arity != kAny && n != arity) return call_with_defaults(*this, args, n);
  Call scope(ref());
  try {
    return scope.hooked ? run_hooked(*this, args, n) : run(args, n);
  } catch (Error& e) {
    scope.annotate(e);
    throw;
  }
}

void throw_argument(size_t index, const std::type_info& expected, const std::type_info& got) {
  throw TypeError(str("Expected argument #", index, " to be of type ", demangle(expected), ", but received value of type ", demangle(got)));
}

namespace {
// A Sequential in an AnyModule: its forward is a template, so it is called with what there is.
struct SequentialCaller final : AnyCaller {
  explicit SequentialCaller(std::shared_ptr<SequentialImpl> m) : AnyCaller(typeid(SequentialImpl), kAny), module(std::move(m)) {}
  AnyValue run(AnyValue* args, size_t n) override { return module->any_forward(args, n); }
  std::shared_ptr<Module> ptr() const override { return module; }
  Module& ref() const override { return *module; }
  AnyCaller* with(std::shared_ptr<Module> other) const override { return new SequentialCaller(std::dynamic_pointer_cast<SequentialImpl>(other)); }
  std::shared_ptr<SequentialImpl> module;
};
}  // namespace
}  // namespace detail

AnyModule::AnyModule(std::shared_ptr<SequentialImpl> sequential) : caller_(new detail::SequentialCaller(std::move(sequential))) {}

void AnyModule::check(const char* what) const { WICK_CHECK(caller_ != nullptr, "Cannot call ", what, "() on an empty AnyModule"); }

AnyValue AnyModule::call(AnyValue* values, size_t n) {
  check("forward");
  return caller_->forward(values, n);
}

AnyModule AnyModule::clone(std::optional<Device> device) const {
  AnyModule copy;
  if (caller_) copy.caller_.reset(caller_->with(caller_->ptr()->clone(device)));
  return copy;
}

}  // namespace wick::nn::inline v1

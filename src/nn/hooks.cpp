#include <wick/nn/hooks.h>

#include <algorithm>

#include <wick/autograd.h>
#include <wick/core/str.h>

#include "nn/extras.h"

namespace wick::nn::inline v1 {
namespace detail {

std::atomic<size_t> global_hooks{0};

namespace {

std::atomic<uint64_t> next_id{1};

const std::shared_ptr<HookTable>& global_table() {
  static const auto* table = new std::shared_ptr<HookTable>(std::make_shared<HookTable>());  // never destroyed: hooks may run at exit
  return *table;
}

void append(const HookTable& table, HookKind kind, std::vector<Hook>& list) {
  std::lock_guard<std::mutex> lock(table.mutex);
  for (const auto& e : table.entries)
    if (e.kind == kind) list.push_back(e.hook);
}

std::shared_ptr<HookTable> copy_of(const HookTable& table) {
  auto copy = std::make_shared<HookTable>();
  std::lock_guard<std::mutex> lock(table.mutex);
  copy->entries = table.entries;
  copy->size = table.entries.size();
  return copy;
}

using List = std::vector<Tensor>;

// Runs hooks one after the other; `list` takes what each returns.
void run_all(const std::vector<Hook>& hooks, const char* what, Module& module, List& list, const std::function<std::optional<List>(const HookFunction&)>& call) {
  for (const Hook& h : hooks) {
    std::optional<List> r = call(*h);
    if (!r) continue;
    WICK_CHECK(r->size() == list.size(), what, " of ", short_name(module), " returned ", r->size(), " tensors in place of ", list.size());
    list = std::move(*r);
  }
}

// Gradients of tensors that hooks replaced must fit the old ones.
void check_gradients(const char* what, const List& before, const List& after) {
  for (size_t i = 0; i < before.size(); ++i)
    if (before[i].defined() && after[i].defined())
      WICK_CHECK(before[i].sizes() == after[i].sizes(), what, " gave gradient ", i, " the shape ", after[i].sizes(), ", expected ", before[i].sizes());
}

// What hooks on the backward pass of one call share: one node behind the inputs, one behind the outputs.
struct Backward {
  std::shared_ptr<Module> keep;  // the module lives until backward has run
  Module* module = nullptr;
  std::vector<Hook> pre, hooks;
  std::vector<size_t> inputs, outputs;  // which of the tensors pass through the nodes
  size_t n_inputs = 0, n_outputs = 0;
  List grad_outputs;
  bool pending = false;  // the gradients of the outputs are there, those of the inputs are not

  // Spreads the gradients that a node saw over the places of all tensors, and back.
  static List spread(const List& grads, const std::vector<size_t>& places, size_t n) {
    List all(n);
    for (size_t i = 0; i < places.size(); ++i) all[places[i]] = grads[i];
    return all;
  }
  static List pick(const List& all, const std::vector<size_t>& places) {
    List grads;
    for (size_t i : places) grads.push_back(all[i]);
    return grads;
  }

  List at_outputs(const List& grads) {
    List seen = spread(grads, outputs, n_outputs);
    run_all(pre, "full backward pre-hook", *module, seen, [&](const HookFunction& h) { return h(*module, seen, {}); });
    check_gradients("full backward pre-hook", spread(grads, outputs, n_outputs), seen);
    if (inputs.empty()) {
      List none(n_inputs);
      run_all(hooks, "full backward hook", *module, none, [&](const HookFunction& h) { return h(*module, none, seen); });
      WICK_CHECK(std::none_of(none.begin(), none.end(), [](const Tensor& t) { return t.defined(); }),
                 "full backward hook of ", short_name(*module), " gave gradients for inputs, but no input requires grad");
    } else {
      grad_outputs = seen;
      pending = true;
    }
    return pick(seen, outputs);
  }
  List at_inputs(const List& grads) {
    if (!pending) return grads;  // the outputs played no part in this pass
    List seen = spread(grads, inputs, n_inputs);
    run_all(hooks, "full backward hook", *module, seen, [&](const HookFunction& h) { return h(*module, seen, grad_outputs); });
    check_gradients("full backward hook", spread(grads, inputs, n_inputs), seen);
    grad_outputs.clear();
    pending = false;
    return pick(seen, inputs);
  }
};

struct ModuleBackwardHook {};  // names the nodes

// Passes the tensors that require grad through one identity node; returns it, or null when there are none.
std::shared_ptr<autograd::Node> watch(List& list, std::vector<size_t>& places) {
  if (!GradMode::is_enabled()) return nullptr;
  List through;
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i].defined() && list[i].requires_grad()) {
      places.push_back(i);
      through.push_back(list[i]);
    }
  if (through.empty()) return nullptr;
  const auto same = [](autograd::AutogradContext* ctx, List g) {
    (void)ctx;
    return g;
  };
  const List out = autograd::detail::apply_function(typeid(ModuleBackwardHook).name(), same, [&](autograd::AutogradContext*) { return through; }, through,
                                                    std::vector<bool>(through.size(), true));
  for (size_t i = 0; i < places.size(); ++i) list[places[i]] = out[i];
  return out.front().grad_fn();
}

}  // namespace

ExtrasPtr::ExtrasPtr(const ExtrasPtr& other) : extras_(other.extras_ ? std::make_shared<Extras>(*other.extras_) : nullptr) {
  if (extras_ && extras_->hooks) extras_->hooks = copy_of(*extras_->hooks);
}
ExtrasPtr& ExtrasPtr::operator=(const ExtrasPtr& other) { return *this = ExtrasPtr(other); }
Extras& ExtrasPtr::make() {
  if (!extras_) extras_ = std::make_shared<Extras>();
  return *extras_;
}

RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, HookKind kind, HookFunction hook, bool prepend) {
  std::lock_guard<std::mutex> lock(table->mutex);
  HookTable::Entry entry{next_id++, kind, std::make_shared<const HookFunction>(std::move(hook))};
  const uint64_t id = entry.id;
  table->entries.insert(prepend ? table->entries.begin() : table->entries.end(), std::move(entry));
  table->size = table->entries.size();
  if (table == global_table()) global_hooks = table->entries.size();
  return RemovableHandle(table, id);
}
RemovableHandle add_global_hook(HookKind kind, HookFunction hook) { return add_hook(global_table(), kind, std::move(hook), false); }

struct HookedCall::State {
  Module& module;
  std::vector<Hook> forward;
  List inputs;
  std::shared_ptr<Backward> backward;
};

HookedCall::HookedCall(Module& module, const std::vector<Tensor*>& inputs) : state_(new State{module, {}, {}, nullptr}) {
  std::vector<Hook> pre, backward_pre, backward;
  const auto gather = [&](const HookTable& table) {
    append(table, HookKind::forward_pre, pre);
    append(table, HookKind::forward, state_->forward);
    append(table, HookKind::backward_pre, backward_pre);
    append(table, HookKind::backward, backward);
  };
  gather(*global_table());
  if (const Extras* e = module.extras_.get(); e && e->hooks) gather(*e->hooks);
  List& list = state_->inputs;
  for (const Tensor* t : inputs) list.push_back(*t);
  run_all(pre, "forward pre-hook", module, list, [&](const HookFunction& h) { return h(module, list, {}); });
  if (!backward_pre.empty() || !backward.empty()) {
    auto b = state_->backward = std::make_shared<Backward>();
    b->keep = module.weak_from_this().lock();
    b->module = &module;
    b->pre = std::move(backward_pre);
    b->hooks = std::move(backward);
    b->n_inputs = list.size();
    if (!b->hooks.empty())
      if (const auto node = watch(list, b->inputs)) node->add_post_hook([b](const List& out, const List&) { return b->at_inputs(out); });
  }
  for (size_t i = 0; i < inputs.size(); ++i) *inputs[i] = list[i];
}
HookedCall::~HookedCall() = default;

void HookedCall::after(const std::vector<Tensor*>& outputs, bool replaceable) {
  List list;
  for (const Tensor* t : outputs) list.push_back(*t);
  const List before = list;
  Module& module = state_->module;
  run_all(state_->forward, "forward hook", module, list, [&](const HookFunction& h) { return h(module, state_->inputs, list); });
  if (const auto& b = state_->backward) {
    b->n_outputs = list.size();
    if (const auto node = watch(list, b->outputs)) node->add_pre_hook([b](const List& grads) { return b->at_outputs(grads); });
  }
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_same(before[i])) continue;
    WICK_CHECK(replaceable, "a hook of ", short_name(module), " would replace its output, but its forward returns a reference: let it return a Tensor");
    *outputs[i] = list[i];
  }
}
Tensor call_hooked_tensor(Module& module, const Tensor& input, void* self, Tensor (*forward)(void*, Tensor&)) {
  Tensor held = input;
  HookedCall call(module, {&held});
  Tensor result = forward(self, held);
  call.after({&result});
  return result;
}

}  // namespace detail

void RemovableHandle::remove() {
  const auto table = table_.lock();
  table_.reset();
  if (!table) return;
  std::lock_guard<std::mutex> lock(table->mutex);
  auto& list = table->entries;
  list.erase(std::remove_if(list.begin(), list.end(), [&](const auto& e) { return e.id == id_; }), list.end());
  table->size = list.size();
  if (table == detail::global_table()) detail::global_hooks = list.size();
}

RemovableHandle Module::add_hook(detail::HookKind kind, detail::HookFunction hook, bool prepend) {
  auto& table = extras_.make().hooks;
  if (!table) table = std::make_shared<detail::HookTable>();
  return detail::add_hook(table, kind, std::move(hook), prepend);
}

}  // namespace wick::nn::inline v1

#include <algorithm>
#include <map>
#include <set>

#include <wick/core/grad_mode.h>
#include <wick/nn/fusion.h>
#include <wick/nn/hooks.h>

#include "models/build.h"
#include "nn/extras.h"

namespace wick::models::inline v1 {

namespace detail {
struct ModelState {
  const Architecture* architecture;
  ModelOptions options;
  std::vector<int64_t> head_inputs;  // of the last layers, for when they are gone
  std::string stem, head;
};
}  // namespace detail

namespace {

ModelOptions resolved(const Architecture& a, ModelOptions o) {
  if (!o.num_classes()) o.num_classes(&a.family == &cifar_resnet ? 10 : 1000);
  WICK_CHECK_TYPE(ValueError, *o.num_classes() > 0 && o.in_channels() > 0, a.name, ": num_classes and in_channels must be positive, got ", *o.num_classes(), " and ", o.in_channels());
  WICK_CHECK_TYPE(ValueError, !o.transform_input() || o.in_channels() == 3, a.name, ": transform_input is for pictures of 3 channels, in_channels is ", o.in_channels());
  return o;
}
std::shared_ptr<detail::ModelState> new_state(const std::string& name, const ModelOptions& options) {
  const Architecture& a = architecture(name);
  return std::make_shared<detail::ModelState>(detail::ModelState{&a, resolved(a, options), {}, a.family.stem, a.family.head[0]});
}
// Input features of a last layer, which may be a convolution.
int64_t inputs_of(const nn::Module& layer) {
  if (const auto* l = layer.as<nn::Linear>()) return l->options.in_features();
  if (const auto* c = layer.as<nn::Conv2d>()) return c->options.in_channels();
  return 0;
}
bool has_path(const nn::Module& m, const std::string& path) {
  const auto dot = path.find('.');
  const auto children = m.named_children();
  const auto* child = children.find(path.substr(0, dot));
  return child && (dot == std::string::npos || has_path(**child, path.substr(dot + 1)));
}

}  // namespace

ModelImpl::ModelImpl(std::shared_ptr<detail::ModelState> state) : ModelImpl(state->architecture->family.kind, state->architecture->family.forward, state) {
  std::optional<nn::init::SkipInit> off;
  if (!state_->options.init_weights()) off.emplace();
  const Family& family = state_->architecture->family;
  family.build(*this, state_->options, state_->architecture->numbers);
  for (const char* head : family.heads()) state_->head_inputs.push_back(has_path(*this, head) ? inputs_of(*get_submodule(head)) : 0);
}
ModelImpl::ModelImpl(std::string kind, Forward forward, std::shared_ptr<detail::ModelState> state) : BlockImpl(std::move(kind), forward) { state_ = std::move(state); }
ModelImpl::ModelImpl(const std::string& name, const ModelOptions& options) : ModelImpl(new_state(name, options)) {}
std::shared_ptr<nn::Module> ModelImpl::clone(const std::optional<Device>& device) const {
  return copy(std::shared_ptr<ModelImpl>(new ModelImpl(kind_, forward_, std::make_shared<detail::ModelState>(*state_))), device);
}

Tensor ModelImpl::forward(const Tensor& input) {
  const int64_t channels = state_->options.in_channels();
  WICK_CHECK_TYPE(ValueError, input.dim() == 4 && input.size(1) == channels, state_->architecture->name, " takes pictures [n, ", channels, ", height, width], got ", input.sizes());
  return BlockImpl::forward(input);
}
std::vector<Tensor> ModelImpl::outputs(const Tensor& input) {
  std::vector<Tensor> all;
  struct Scope {
    std::vector<Tensor>*& slot;
    ~Scope() { slot = nullptr; }
  } scope{auxiliary_};
  auxiliary_ = &all;
  Tensor logits = forward(input);
  all.insert(all.begin(), std::move(logits));
  return all;
}

const std::string& ModelImpl::stem_path() const { return state_->stem; }
const std::string& ModelImpl::classifier_path() const { return state_->head; }
const ModelOptions& ModelImpl::options() const { return state_->options; }
const std::string& ModelImpl::architecture() const { return info(state_->architecture->name).name; }

namespace {

// A first layer for another number of channels, from the weights of the old one.
nn::Conv2d adapted(const nn::Conv2dImpl& old, int64_t channels) {
  nn::Conv2d layer(std::dynamic_pointer_cast<nn::Conv2dImpl>(old.clone()));
  const int64_t had = old.options.in_channels();
  NoGradGuard off;
  Tensor w = old.weight.detach();
  if (channels == 1) {
    w = w.sum(IntArrayRef({1}), true);
  } else {
    w = w.repeat({1, (channels + had - 1) / had, 1, 1}).slice(1, 0, channels).mul(static_cast<double>(had) / static_cast<double>(channels));
  }
  layer->options.in_channels(channels);
  layer->weight.set_data(w.contiguous());
  return layer;
}

}  // namespace

void ModelImpl::reset_classifier(int64_t num_classes, std::optional<int64_t> in_channels) {
  ModelOptions& o = state_->options;
  WICK_CHECK_TYPE(ValueError, num_classes >= 0 && in_channels.value_or(1) > 0, "reset_classifier: num_classes must not be negative and in_channels be positive, got ", num_classes, " and ",
                  in_channels.value_or(1));
  WICK_CHECK_TYPE(ValueError, !o.transform_input() || in_channels.value_or(3) == 3, "reset_classifier: a model that transforms its input takes 3 channels, got ", *in_channels);
  const Family& family = state_->architecture->family;
  const Tensor like = parameters().front();
  for (size_t i = 0; i < family.heads().size(); ++i) {
    if (!state_->head_inputs[i] || !has_path(*this, family.head[i])) continue;
    const int64_t in = state_->head_inputs[i];
    if (num_classes == 0) {
      set_submodule(family.head[i], nn::Identity());
    } else if (&family == &squeezenet) {
      const nn::Conv2d layer = conv(in, num_classes, 1, 1, 1, true).get<nn::Conv2d>();
      layer.ptr()->to(like.device(), like.scalar_type());
      set_submodule(family.head[i], layer);
    } else {
      const nn::Linear layer(in, num_classes);
      layer.ptr()->to(like.device(), like.scalar_type());
      set_submodule(family.head[i], layer);
    }
    get_submodule(family.head[i])->train(is_training());
  }
  o.num_classes(num_classes);
  if (!in_channels || *in_channels == o.in_channels()) return;
  const auto stem = std::dynamic_pointer_cast<nn::Conv2dImpl>(get_submodule(state_->stem));
  WICK_CHECK(stem, "reset_classifier: the first layer, ", state_->stem, ", is no convolution any more");
  set_submodule(state_->stem, adapted(*stem, *in_channels));
  o.in_channels(*in_channels);
}

Model create(const std::string& name, const ModelOptions& options) { return Model(name, options); }

// --- Weights ---------------------------------------------------------------------------------------------------------

nn::IncompatibleKeys load_weights(Model model, const std::string& path, bool classifier, const io::LoadOptions& options) {
  io::KeyMap keys = options.keys();
  keys.strip_prefix("module.").replace("^(.*denselayer[0-9]+\\.(norm|relu|conv))\\.([12]\\.)", "\\1\\3");
  for (const char* n : {"1", "2"}) keys.replace(std::string("\\.mlp\\.linear_") + n + "\\.", std::string(".mlp.") + (*n == '1' ? "0." : "3."));
  const Family& family = architecture(model->architecture()).family;
  for (const char* head : family.heads()) {
    if (!classifier) keys.drop(std::string("^") + head + "\\.");
    else if (!has_path(*model, head) && head != family.head[0]) keys.drop("^" + std::string(head).substr(0, std::string(head).find('.')) + "\\.");
  }
  std::vector<std::pair<std::string, Tensor>> state;
  std::set<std::string> given;
  for (auto& item : io::load_tensors(path, io::LoadOptions(options).keys(keys))) {
    given.insert(item.first);
    state.emplace_back(item.first, std::move(item.second));
  }
  const auto has = [&](const std::string& name) { return given.count(name) != 0; };
  for (const auto& item : model->state_dict()) {
    const std::string& name = item.key();
    const size_t dot = name.rfind('.') + 1;
    const bool counts = name.compare(dot, std::string::npos, "num_batches_tracked") == 0 && has(name.substr(0, dot) + "running_mean");
    const bool head = !classifier && std::any_of(family.heads().begin(), family.heads().end(), [&](const std::string& h) { return name.compare(0, h.size() + 1, h + ".") == 0; });
    if (!has(name) && (counts || head)) state.emplace_back(name, item.value());
  }
  return nn::detail::load_state(*model, state, options.strict(), {"load: " + path.substr(path.rfind('/') + 1), "file", [](const auto&, const auto&) { return std::string(); }});
}

// --- Features --------------------------------------------------------------------------------------------------------

namespace {

struct Enough {};  // thrown when all that was asked for is there

struct Wanted {
  std::string path;
  int64_t call;
  size_t place;
};
Wanted parse(const nn::Module& m, const std::string& path, size_t place) {
  if (has_path(m, path)) return {path, 0, place};
  const auto bar = path.rfind('_');
  const bool numbered = bar != std::string::npos && bar + 1 < path.size() && path.size() - bar < 6 && path.find_first_not_of("0123456789", bar + 1) == std::string::npos;
  WICK_CHECK_TYPE(ValueError, numbered && has_path(m, path.substr(0, bar)), "features: there is no module '", path, "' in the model; its parts are ", [&] {
    std::string names;
    for (const auto& child : m.named_children()) names += (names.empty() ? "" : ", ") + child.key();
    return names;
  }());
  return {path.substr(0, bar), std::stoll(path.substr(bar + 1)), place};
}

}  // namespace

OrderedDict<std::string, Tensor> features(Model model, const Tensor& input, const std::vector<std::string>& paths) {
  std::map<std::string, std::vector<Wanted>> wanted;
  for (size_t i = 0; i < paths.size(); ++i) {
    Wanted w = parse(*model, paths[i], i);
    wanted[w.path].push_back(std::move(w));
  }
  std::vector<Tensor> found(paths.size());
  size_t missing = paths.size();
  std::vector<nn::ScopedHook> hooks;
  for (auto& [path, list] : wanted) {
    auto hook = [&found, &missing, &list = list, calls = int64_t{0}](nn::Module&, const std::vector<Tensor>&, const std::vector<Tensor>& results) mutable {
      for (const Wanted& w : list)
        if (w.call == calls && !results.empty() && !found[w.place].defined()) {
          // What follows may work in place.
          found[w.place] = --missing ? results[0].clone() : results[0];
        }
      ++calls;
      if (!missing) throw Enough();
    };
    hooks.emplace_back(model->get_submodule(path)->register_forward_hook(std::move(hook)));
  }
  if (missing) {
    try {
      model(input);
    } catch (const Enough&) {
    }
  }
  OrderedDict<std::string, Tensor> result;
  for (size_t i = 0; i < paths.size(); ++i) {
    WICK_CHECK_TYPE(ValueError, found[i].defined(), "features: '", paths[i], "' does not run, or not that often");
    result.insert(paths[i], found[i]);
  }
  return result;
}

// --- Folding ---------------------------------------------------------------------------------------------------------

namespace {

// One pair, if it is of these kinds.
template <class Layer, class Norm>
bool fold_pair(nn::Module& parent, const std::string& name, const std::shared_ptr<nn::Module>& layer, const std::string& norm_name, const std::shared_ptr<nn::Module>& next, bool transpose = false) {
  const auto conv = std::dynamic_pointer_cast<typename Layer::ContainedType>(layer);
  const auto norm = std::dynamic_pointer_cast<typename Norm::ContainedType>(next);
  if (!conv || !norm || !norm->running_mean.defined() || conv->options.out_channels() != norm->options.num_features()) return false;
  if (transpose && conv->options.groups() != 1) return false;  // its weight has the groups in another place
  parent.replace_module(name, nn::utils::fuse_conv_bn_eval(Layer(conv), Norm(norm), transpose));
  nn::Identity nothing;
  nothing->eval();
  parent.replace_module(norm_name, nothing);
  return true;
}

int64_t fold_children(nn::Module& parent) {
  int64_t pairs = 0;
  const auto children = parent.named_children();
  const bool follows = parent.as<nn::SequentialImpl>() || parent.as<BlockImpl>();
  for (size_t i = 0; i < children.size(); ++i) {
    const auto& [name, child] = children.items()[i].pair();
    pairs += fold_children(*child);
    if (!follows || i + 1 == children.size()) continue;
    const auto& [norm_name, next] = children.items()[i + 1].pair();
    pairs += fold_pair<nn::Conv2d, nn::BatchNorm2d>(parent, name, child, norm_name, next) || fold_pair<nn::Conv1d, nn::BatchNorm1d>(parent, name, child, norm_name, next) ||
             fold_pair<nn::Conv3d, nn::BatchNorm3d>(parent, name, child, norm_name, next) || fold_pair<nn::ConvTranspose2d, nn::BatchNorm2d>(parent, name, child, norm_name, next, true);
  }
  return pairs;
}

}  // namespace

int64_t fold(nn::Module& module) {
  module.eval();
  return fold_children(module);
}

}  // namespace wick::models::inline v1

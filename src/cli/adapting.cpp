// What `wick train images --mode` does with a network that was trained before.
#include <cstdio>

#include <wick/adapt/features.h>
#include <wick/adapt/lora.h>
#include <wick/core/str.h>
#include <wick/models.h>

#include "cli/pictures.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

models::Model model_of(const std::shared_ptr<nn::Module>& module) { return models::Model(std::dynamic_pointer_cast<models::ModelImpl>(module)); }

// Examples one by one.
struct OneByOne {
  Source source;
  Batch get(size_t i) {
    Batch b = source.get_batch(i);
    return {b.data.squeeze(0), b.target.squeeze(0)};
  }
  std::optional<size_t> size() const { return source.n; }
};

std::vector<std::string> files_of(const vision::ImageFolder& folder) {
  std::vector<std::string> files;
  for (const auto& f : folder.samples()) files.push_back(f.path);
  return files;
}

// The last layer, fitted at once to what the network in front of it gives.
void features(Task& t, const ImagesOptions& o, const PictureSets& sets, const Preparation& p) {
  t.how = {{"mode", "features: the last layer alone, by L-BFGS; weight decay chosen on what is held out"}};
  t.fit = [o, training = t.plain_training, held = t.held_out.source, training_files = files_of(sets.training), held_files = files_of(sets.validation), p, balanced = t.class_weights.defined()](
              Network& net, const std::string& dir) {
    const models::Model whole = model_of(net.module);
    const auto last = std::dynamic_pointer_cast<nn::LinearImpl>(whole->get_submodule(whole->classifier_path()));
    WICK_CHECK_TYPE(ValueError, last, "train images: --mode features needs a network that ends in a linear layer; ", o.model, " ends in ", whole->get_submodule(whole->classifier_path())->name());
    models::Model body = model_of(whole->clone());
    body->reset_classifier(0);
    const auto compute = [&](const Source& source, const std::vector<std::string>& files) {
      const Busy busy(o, str("features of ", train::thousands(static_cast<int64_t>(source.n)), " pictures"));
      return adapt::extract_features(body, OneByOne{source}, adapt::FeatureOptions().cache(dir + "/features").preprocessing(Json(p).dump()).files(files));
    };
    const adapt::Features a = compute(training, training_files), b = compute(held, held_files);
    WICK_CHECK_TYPE(ValueError, a.x.size(1) == last->weight.size(1), "train images: --mode features: ", o.model, " gives ", a.x.size(1), " features, its last layer takes ", last->weight.size(1));
    const adapt::LinearHead head = adapt::fit_linear(a.x, a.y, last->weight.size(0), adapt::LinearOptions().balanced(balanced), b.x, b.y);
    const NoGradGuard off;
    last->weight.copy_(head.layer->weight);
    last->bias.copy_(head.layer->bias);
    if (!o.quiet && !o.json) std::printf("features %lld of each picture%s; weight decay %g\n", static_cast<long long>(a.x.size(1)), a.cached && b.cached ? ", as kept" : "", head.weight_decay);
  };
}

// Small matrices beside the weights, which stay; merged into them in the end, and kept apart as well.
void lora(Task& t, const ImagesOptions& o) {
  t.how = {{"mode", str("LoRA of rank ", o.lora_rank, " and the last layer; merged into the weights in the end")}};
  t.prepare = [rank = o.lora_rank](Network& net) {
    adapt::add_lora(*net.module, adapt::LoraOptions().r(rank).alpha(static_cast<double>(rank)).modules_to_save({model_of(net.module)->classifier_path()}));
  };
  t.finished = [](Network& net, const std::string& dir) {
    adapt::save_lora(*net.module, dir + "/adapter");
    adapt::remove_lora(*net.module);
  };
  t.extra_files.push_back("adapter/");
}

}  // namespace

void adapt_task(Task& t, const ImagesOptions& o, const PictureSets& sets, const Preparation& p) {
  t.fixed += " --mode " + o.mode;
  if (o.mode == "features") return features(t, o, sets, p);
  if (o.mode == "lora") {
    t.fixed += str(" --lora-rank ", o.lora_rank);
    return lora(t, o);
  }
  t.depth_decay = o.depth_decay;
  if (o.depth_decay != 1) t.fixed += str(" --depth-decay ", o.depth_decay);
  t.how = {{"mode", o.depth_decay == 1 ? "fine-tuning of all layers" : str("fine-tuning; each part learns at ", o.depth_decay, " times the rate of the one behind it")}};
}

}  // namespace wick::cli

// Few labelled pictures: a network from scratch, features of a published one with two kinds of heads, fine-tuning and LoRA, with 10, 50 and all labels a class.
//
//   blood_cells [--data DIR] [--weights FILE] [--seeds 3] [--steps 200] [--plots DIR]
//
// DIR holds train/ and test/ with a folder of pictures for each class, FILE a ResNet-20 for CIFAR-10. Without them the network learns the even ones of the
// embedded digits first, and the odd ones are what it is carried to.
#include <filesystem>
#include <random>

#include "common.h"

using namespace wick;
using example::Set;

namespace {

struct Task {
  Set train, test;
  int64_t classes;
  std::string weights;
  int64_t pretrained_classes;
  example::Change augment;
};

Task blood_cells(const std::string& folder, const std::string& weights) {
  // As the network's own training pictures were made ready.
  const auto& published = models::info("resnet20").weights.front().preprocessing;
  const std::vector<double> mean(published.mean.begin(), published.mean.end()), std(published.std.begin(), published.std.end());
  using namespace vision::transforms;
  const Compose ready({Resize(32), ToDtype(kFloat, true), Normalize(mean, std)});
  const auto read = [&](const char* part) {
    return example::in_memory(vision::ImageFolder(folder + "/" + part, vision::ImageFolderOptions().transform([ready](const Tensor& x) { return ready(x); })));
  };
  // A cell looks the same from all sides.
  const Compose augment({RandomHorizontalFlip(), RandomVerticalFlip(), RandomCrop(32, {3}, false, 0, vision::PaddingMode::EDGE)});
  return {read("train"), read("test"), 3, weights, 10, [augment](const Tensor& x) { return augment(x); }};
}

// Digits with three channels, those of a parity alone, numbered from 0 to 4.
Set half_of_the_digits(bool train, int64_t parity) {
  const auto [x, y] = data::datasets::digits(train);
  const Tensor picked = y.remainder(2).eq(parity).nonzero().flatten();
  return {x.index_select(0, picked).expand({-1, 3, -1, -1}).contiguous(), y.index_select(0, picked).floor_divide(2)};
}

Task odd_digits(const std::string& file) {
  const Set even = half_of_the_digits(true, 0);
  manual_seed(0);
  models::Model net = models::create("resnet20", models::ModelOptions().num_classes(5));
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(1e-2));
  example::Shuffled order(even.x.size(0), 64, 0);
  for (int step = 0; step < 60; ++step) {
    const Set b = example::batch_of(even, order.next());
    optimizer.zero_grad();
    cross_entropy_loss(net(b.x), b.y).backward();
    optimizer.step();
  }
  io::save_tensors(file, io::NamedTensors([&] {
    io::NamedTensors all;
    for (const auto& item : net->state_dict()) all.emplace_back(item.key(), item.value());
    return all;
  }()));
  return {half_of_the_digits(true, 1), half_of_the_digits(false, 1), 5, file, 5, nullptr};
}

models::Model published(const Task& task) {
  models::Model net = models::create("resnet20", models::ModelOptions().num_classes(task.pretrained_classes));
  models::load_weights(net, task.weights);
  return net;
}

// The same loop for all networks that are trained: warm-up, then down in a cosine.
void train(models::Model net, optim::Optimizer& optimizer, const Task& task, const Set& labelled, int64_t steps, uint64_t seed) {
  const int64_t warmup = steps / 10;
  const auto cosine = std::make_shared<optim::CosineAnnealingLR>(optimizer, steps - warmup);
  const auto schedule = optim::lr_scheduler::with_warmup(optimizer, warmup, cosine);
  example::Shuffled order(labelled.x.size(0), 32, seed);
  net->train();
  for (int64_t step = 0; step < steps; ++step) {
    const Set b = example::batch_of(labelled, order.next(), task.augment);
    optimizer.zero_grad();
    cross_entropy_loss(net(b.x), b.y).backward();
    optimizer.step();
    schedule->step();
  }
  net->eval();
}

example::Change classifier(models::Model net) {
  return [net](const Tensor& x) mutable { return net(x); };
}

example::Change from_scratch(const Task& task, const Set& labelled, int64_t steps, uint64_t seed) {
  models::Model net = models::create("resnet20", models::ModelOptions().num_classes(task.classes));
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(3e-3).weight_decay(0.02));
  train(net, optimizer, task, labelled, steps, seed);
  return classifier(net);
}

// What the last stage gives, a mean of each channel: 64 numbers a picture.
struct Whole : data::datasets::Dataset<Whole> {
  explicit Whole(Set s) : set(std::move(s)) {}
  data::Example<> get(size_t i) override { return {set.x[static_cast<int64_t>(i)], set.y[static_cast<int64_t>(i)]}; }
  std::optional<size_t> size() const override { return static_cast<size_t>(set.x.size(0)); }
  Set set;
};
adapt::Features features(models::Model net, const Set& set) { return adapt::extract_features(net, Whole(set), adapt::FeatureOptions().path("layer3")); }

example::Change linear(const Task& task, const Set& labelled) {
  models::Model net = published(task);
  const adapt::Features known = features(net, labelled);
  adapt::LinearHead head = adapt::fit_linear(known.x, known.y, task.classes, adapt::LinearOptions().balanced(true));
  return [=](const Tensor& x) mutable { return head.layer(features(net, {x, zeros({x.size(0)}, kLong)}).x); };
}
example::Change neighbours(const Task& task, const Set& labelled) {
  models::Model net = published(task);
  const adapt::Features known = features(net, labelled);
  const adapt::KnnHead head(known.x, known.y, task.classes, 5);
  return [=](const Tensor& x) { return head(features(net, {x, zeros({x.size(0)}, kLong)}).x).log(); };
}

example::Change fine_tuned(const Task& task, const Set& labelled, int64_t steps, uint64_t seed) {
  models::Model net = published(task);
  net->reset_classifier(task.classes);
  optim::AdamW optimizer(adapt::layer_wise_groups(net, optim::AdamWOptions(3e-3).weight_decay(0.02), 0.8));
  train(net, optimizer, task, labelled, steps, seed);
  return classifier(net);
}

example::Change with_lora(const Task& task, const Set& labelled, int64_t steps, uint64_t seed) {
  models::Model net = published(task);
  net->reset_classifier(task.classes);
  adapt::add_lora(net, adapt::LoraOptions({"layer*conv*"}).r(4).alpha(8).modules_to_save({"linear"}));
  std::vector<Tensor> learn;
  for (const Tensor& p : net->parameters())
    if (p.requires_grad()) learn.push_back(p);
  optim::AdamW optimizer(learn, optim::AdamWOptions(5e-3).weight_decay(0.02));
  train(net, optimizer, task, labelled, steps, seed);
  adapt::merge_lora(*net);
  return classifier(net);
}

}  // namespace

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"weights", ""}, {"seeds", "0"}, {"steps", "0"}, {"plots", ""}});
  const bool real = !args["data"].empty();
  const std::string file = (std::filesystem::temp_directory_path() / ("wick_even_digits_" + std::to_string(std::random_device()()) + ".safetensors")).string();
  const Task task = real ? blood_cells(args["data"], args["weights"]) : odd_digits(file);
  const int64_t seeds = args.number("seeds") ? args.number("seeds") : real ? 3 : 1, steps = args.number("steps") ? args.number("steps") : real ? 200 : 20;
  std::printf("%s: %lld training pictures, %lld for the test, %lld classes; %lld steps of 32; means of %lld seeds\n", real ? "blood cells" : "odd digits, weights from even ones",
              static_cast<long long>(task.train.x.size(0)), static_cast<long long>(task.test.x.size(0)), static_cast<long long>(task.classes), static_cast<long long>(steps), static_cast<long long>(seeds));
  std::printf("                      test accuracy (balanced), seconds, with that many labels a class\n");

  const std::vector<int64_t> counts = real ? std::vector<int64_t>{10, 50, 0} : std::vector<int64_t>{10, 0};
  struct Method { std::string name; std::function<example::Change(const Set&, uint64_t)> fit; };
  const std::vector<Method> methods = {
      {"from scratch", [&](const Set& s, uint64_t seed) { return from_scratch(task, s, steps, seed); }}, {"features, linear", [&](const Set& s, uint64_t) { return linear(task, s); }},
      {"features, 5 nearest", [&](const Set& s, uint64_t) { return neighbours(task, s); }},              {"fine-tuning", [&](const Set& s, uint64_t seed) { return fine_tuned(task, s, steps, seed); }},
      {"LoRA, rank 4", [&](const Set& s, uint64_t seed) { return with_lora(task, s, steps, seed); }}};
  std::printf("%-20s", "");
  for (const int64_t n : counts) n ? std::printf("%25lld", static_cast<long long>(n)) : std::printf("%25s", "all");
  std::printf("\n");
  logging::Figure chart(example::axes("Test accuracy by labels", "labels of a class", "balanced accuracy, %").log_x(true));
  const double all = static_cast<double>(task.train.x.size(0)) / static_cast<double>(task.classes);
  double best = 0;
  for (const Method& m : methods) {
    std::printf("%-20s", m.name.c_str());
    std::vector<double> x, y;
    for (const int64_t n : counts) {
      std::vector<example::Score> scores;
      double trained = 0;
      for (int64_t seed = 1; seed <= seeds; ++seed) {
        const auto start = example::Clock::now();
        manual_seed(static_cast<uint64_t>(seed));
        const example::Change classify = m.fit(example::some_of_each(task.train, task.classes, n, static_cast<uint64_t>(seed)), static_cast<uint64_t>(seed));
        trained += example::seconds_since(start);
        scores.push_back(example::score(example::logits_of(classify, task.test.x), task.test.y));
      }
      const example::Score s = example::mean(scores);
      best = std::max(best, s.balanced);
      std::printf("   %5.1f %% (%4.1f %%) %5.1f s", s.accuracy, s.balanced, trained / static_cast<double>(seeds));
      std::fflush(stdout);
      x.push_back(n ? static_cast<double>(n) : all);
      y.push_back(s.balanced);
    }
    std::printf("\n");
    chart.line(x, y, m.name);
  }
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  args.save("transfer_labels.svg", {chart});
  example::require(best > 80, "nothing learnt what it should");
}

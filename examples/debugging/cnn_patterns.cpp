// What a CNN sees: its filters, its maps by depth, the pictures that excite its units most, where it found what speaks for its answer, and units that do nothing.
//
//   cnn_patterns [--data DIR] [--weights FILE] [--steps 60] [--plots DIR]
//
// DIR holds train/ and test/ with a folder of pictures for each class, FILE a ResNet-20 for CIFAR-10, which is fine-tuned. Without them it learns the embedded digits.
#include <wick/adapt.h>
#include <wick/models.h>

#include "common.h"

using namespace wick;
using namespace example;

namespace {

struct Task {
  Set train, test;            // normalised
  Tensor pictures;            // of the test, from 0 to 1
  std::vector<std::string> classes;
};

Set read(const std::string& folder, std::vector<std::string>& classes) {
  vision::ImageFolder all(folder, vision::ImageFolderOptions().transform([](const Tensor& x) { return vision::transforms::ToDtype(kFloat, true)(x); }));
  classes = all.classes();
  std::vector<Tensor> x, y;
  for (size_t i = 0; i < all.samples().size(); ++i) {
    auto e = all.get(i);
    x.push_back(e.data);
    y.push_back(e.target.to(kLong));
  }
  return {stack(x), stack(y)};
}
// As the published network's own pictures were made ready.
Tensor normalised(const Tensor& x) {
  const auto& p = models::info("resnet20").weights.front().preprocessing;
  return vision::functional::normalize(x, {p.mean.begin(), p.mean.end()}, {p.std.begin(), p.std.end()});
}

Task task(const std::string& folder) {
  Task t;
  if (folder.empty()) {
    t.train = images("", true), t.test = images("", false);
    for (Set* s : {&t.train, &t.test}) s->x = vision::functional::resize(s->x, {16, 16}).expand({-1, 3, -1, -1}).contiguous();
    for (int digit = 0; digit < 10; ++digit) t.classes.push_back(std::to_string(digit));
  } else {
    t.train = read(folder + "/train", t.classes), t.test = read(folder + "/test", t.classes);
  }
  t.pictures = t.test.x;
  t.train.x = normalised(t.train.x), t.test.x = normalised(t.test.x);
  return t;
}

models::Model fine_tuned(const Task& task, const std::string& weights, int64_t steps) {
  manual_seed(1);
  models::Model net = models::create("resnet20");
  if (!weights.empty()) models::load_weights(net, weights);
  net->reset_classifier(static_cast<int64_t>(task.classes.size()));
  optim::AdamW optimizer(adapt::layer_wise_groups(net, optim::AdamWOptions(weights.empty() ? 1e-2 : 3e-3), 0.8));
  Batches order(task.train, 32);
  for (int64_t step = 0; step < steps; ++step) {
    const Set b = order.next();
    optimizer.zero_grad();
    cross_entropy_loss(net(b.x), b.y).backward();
    optimizer.step();
  }
  net->eval();
  return net;
}

// The first pictures of each class, by class.
std::vector<int64_t> some(const Task& task, int64_t each) {
  std::vector<int64_t> all;
  for (size_t c = 0; c < task.classes.size(); ++c)
    for (const double i : values(task.test.y.eq(static_cast<int64_t>(c)).nonzero().flatten().slice(0, 0, each))) all.push_back(static_cast<int64_t>(i));
  return all;
}

// Pictures and maps, uint8 or from 0 to 1, as squares of one size in rows.
Tensor mosaic(const std::vector<std::vector<Tensor>>& rows, int64_t size = 64) {
  std::vector<Tensor> lines;
  for (const auto& row : rows) {
    std::vector<Tensor> tiles;
    for (const Tensor& t : row) {
      const Tensor bytes = t.scalar_type() == kByte ? t : (t * 255).round().to(kByte);
      tiles.push_back(vision::functional::pad(vision::functional::resize(bytes, {size, size}, vision::InterpolationMode::NEAREST), {2, 2}, 255));
    }
    lines.push_back(cat(tiles, 2));
  }
  return cat(lines, 1);
}

// Maps [n, h, w] as means over squares of pixels, at most 16 on a side.
Tensor coarse(const Tensor& maps) {
  return nn::functional::adaptive_avg_pool2d(maps, nn::functional::AdaptiveAvgPool2dFuncOptions({std::min<int64_t>(16, maps.size(1)), std::min<int64_t>(16, maps.size(2))}));
}

// Pictures, and of each depth the two maps that vary most from place to place.
void by_depth(const Args& args, models::Model& net, const Task& task) {
  const NoGradGuard off;
  const std::vector<std::string> depths = {"conv1", "layer1", "layer2", "layer3"};
  debug::ActivationRecorder seen(net, depths, debug::RecorderOptions().gradients(false));
  std::vector<std::vector<Tensor>> rows;
  for (const int64_t i : some(task, 1)) {
    net(task.test.x[i].unsqueeze(0));
    auto& row = rows.emplace_back(std::vector<Tensor>{task.pictures[i]});
    for (const auto& path : depths) {
      const Tensor maps = seen.value(path)[0], order = coarse(maps).flatten(1).std(1).argsort(0, true);
      for (const int64_t rank : {0, 1}) row.push_back(debug::heat(maps[order[rank].item<int64_t>()]));
    }
  }
  show(args, "cnn_depth.png", mosaic(rows));
}

// The mean of each unit of the last layer for each test picture, [pictures, units].
Tensor excitement(models::Model& net, const Task& task) {
  const NoGradGuard off;
  debug::ActivationRecorder seen(net, {"layer3"}, debug::RecorderOptions().gradients(false));
  std::vector<Tensor> all;
  for (const Tensor& x : task.test.x.split(64)) {
    net(x);
    all.push_back(seen.value("layer3").mean(IntArrayRef({2, 3})));
  }
  return cat(all);
}

// What a unit would like best, from grey: a picture from 0 to 1.
Tensor ideal(models::Model& net, const Task& task, int64_t unit) {
  const Tensor low = normalised(zeros_like(task.pictures[0])), high = normalised(ones_like(task.pictures[0]));
  const auto scores = [&](const Tensor& v) { return net(low + v * (high - low)); };
  manual_seed(3);
  const Tensor start = 0.5 + 0.05 * randn(task.pictures.slice(0, 0, 1).sizes());
  return debug::maximise(*net, "layer3", unit, scores, start, debug::MaximiseOptions().steps(60).jitter(2))[0];
}

// For each class the unit that tells it apart best, what it would like best, and the pictures that excite it most.
void favourites(const Args& args, models::Model& net, const Task& task, const Tensor& units) {
  std::printf("\n%-12s %6s %18s   %s\n", "class", "unit", "mean, of others", "of the 10 test pictures that excite it most");
  std::vector<std::vector<Tensor>> rows;
  for (size_t c = 0; c < task.classes.size(); ++c) {
    const Tensor in = task.test.y.eq(static_cast<int64_t>(c));
    const Tensor mine = units.index_select(0, in.nonzero().flatten()).mean(0), others = units.index_select(0, in.logical_not().nonzero().flatten()).mean(0);
    const int64_t unit = ((mine - others) / (units.std(0) + 1e-6)).argmax().item<int64_t>();
    const Tensor best = units.select(1, unit).argsort(0, true).slice(0, 0, 10);
    const auto of_class = in.index_select(0, best).sum().item<int64_t>();
    std::printf("%-12s %6d %10.2f, %.2f %5s %d are of the class\n", task.classes[c].c_str(), static_cast<int>(unit), mine[unit].item<double>(), others[unit].item<double>(), "",
                static_cast<int>(of_class));
    expect(of_class >= 5, "the unit that tells " + task.classes[c] + " apart is excited by its pictures");
    auto& row = rows.emplace_back();
    if (!args["plots"].empty()) row.push_back(ideal(net, task, unit));
    for (const double i : values(best.slice(0, 0, 7))) row.push_back(task.pictures[static_cast<int64_t>(i)]);
  }
  show(args, "cnn_units.png", mosaic(rows));
}

// Pictures with Grad-CAM, SmoothGrad and integrated gradients, two of each class in a row; the latter two as means over some pixels.
void explain(const Args& args, models::Model& net, const Task& task) {
  std::vector<std::vector<Tensor>> rows;
  const auto scores = [&](const Tensor& v) { return net(v); };
  int64_t count = 0;
  for (const int64_t i : some(task, 2)) {
    const Tensor x = task.test.x[i].unsqueeze(0), y = task.test.y[i].unsqueeze(0), picture = task.pictures[i];
    const Tensor cam = debug::grad_cam(net, "layer3", x, y)[0];
    const Tensor smooth = debug::smooth_grad(scores, x, y, debug::SmoothGradOptions().samples(20), make_generator(1)).abs().sum(1);
    const Tensor integrated = debug::integrated_gradients(scores, x, y).abs().sum(1);
    if (count++ % 2 == 0) rows.emplace_back();
    for (const Tensor& tile : {picture, debug::overlay(picture, cam, 0.5), debug::heat(coarse(smooth)[0]), debug::heat(coarse(integrated)[0])})
      rows.back().push_back(tile);
  }
  show(args, "cnn_explained.png", mosaic(rows));
}

// The class's mean probability when the quarter of each picture is made grey that a map calls most important, or least.
double without(models::Model& net, const Task& task, const Tensor& maps, bool most) {
  const NoGradGuard off;
  const std::vector<int64_t> size = {task.test.x.size(2), task.test.x.size(3)};
  const Tensor fine = nn::functional::interpolate(maps.unsqueeze(1), nn::functional::InterpolateFuncOptions().size(size).mode(kBilinear).align_corners(false)), flat = fine.flatten(1);
  const Tensor keep = ones_like(flat).scatter_(1, flat.argsort(1, most).slice(1, 0, flat.size(1) / 4), 0).view_as(fine);
  return net(task.test.x * keep).softmax(1).gather(1, task.test.y.unsqueeze(1)).mean().item<double>();
}

void check_maps(models::Model& net, const Task& task) {
  std::vector<Tensor> maps;
  for (int64_t at = 0; at < task.test.x.size(0); at += 64)
    maps.push_back(debug::grad_cam(net, "layer3", task.test.x.slice(0, at, at + 64), task.test.y.slice(0, at, at + 64)));
  const Tensor all = cat(maps);
  const double most = without(net, task, all, true), least = without(net, task, all, false);
  std::printf("\nprobability of the class with a quarter of each picture made grey: where Grad-CAM is highest %.1f %%, where it is lowest %.1f %%\n", 100 * most, 100 * least);
  expect(most < least, "what Grad-CAM shows matters more than what it does not");
}

void idle(models::Model& net, const Task& task) {
  const NoGradGuard off;
  debug::UnitActivity units(net, {"layer1.0", "layer1.1", "layer1.2", "layer2.0", "layer2.1", "layer2.2", "layer3.0", "layer3.1", "layer3.2"});
  net(task.test.x.slice(0, 0, 256));
  std::printf("\n%s", units.table().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const Args args(argc, argv, {{"data", ""}, {"weights", ""}, {"steps", "60"}, {"plots", ""}});
  const Task t = task(args["data"]);
  models::Model net = fine_tuned(t, args["weights"], args.number("steps"));
  {
    const NoGradGuard off;
    const double right = 100 * net(t.test.x).argmax(1).eq(t.test.y).to(kDouble).mean().item<double>();
    std::printf("%d training pictures, %d for the test, %d classes; %.1f %% right after %s steps\n", static_cast<int>(t.train.x.size(0)), static_cast<int>(t.test.x.size(0)),
                static_cast<int>(t.classes.size()), right, args["steps"].c_str());
    expect(right > 80, "the network has learnt");
  }
  show(args, "cnn_filters.png", debug::filters(net->get_submodule("conv1")->named_parameters()["weight"], debug::GridOptions().scale(16).columns(8)));
  by_depth(args, net, t);
  const Tensor units = excitement(net, t);
  favourites(args, net, t, units);
  explain(args, net, t);
  check_maps(net, t);
  idle(net, t);
  if (!args["plots"].empty()) args.save("cnn_features.svg", {debug::figure_embedding(debug::tsne(units), t.test.y, "What layer3 makes of the test pictures, t-SNE")});
}

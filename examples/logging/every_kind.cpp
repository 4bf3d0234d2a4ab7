// Every kind of event that TensorBoard shows, of a network that learns digits: every_kind [FOLDER]
#include <filesystem>
#include <iostream>

#include <wick/log.h>
#include <wick/wick.h>

using namespace wick;
using logging::Figure;
using logging::FigureOptions;
using logging::SummaryWriter;

struct NetImpl : nn::Module {
  nn::Conv2d conv{register_module("conv", nn::Conv2d(nn::Conv2dOptions(1, 8, 3).padding(1)))};
  nn::Linear hidden{register_module("hidden", nn::Linear(8 * 4 * 4, 32))}, out{register_module("out", nn::Linear(32, 10))};
  Tensor forward(Tensor x) { return out(features(x)); }
  Tensor features(const Tensor& x) { return relu(hidden(max_pool2d(relu(conv(x)), 2).flatten(1))); }
};
WICK_MODULE(Net);

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : (std::filesystem::temp_directory_path() / ("wick_every_kind_" + std::to_string(time(nullptr)))).string();
  manual_seed(1);
  const auto [images, labels] = data::datasets::digits(true);
  const auto [test_images, test_labels] = data::datasets::digits(false);
  Net net;
  optim::Adam optimizer(net->parameters(), 3e-3);

  SummaryWriter writer(folder);
  writer.add_text("about", "A convolution and two linear layers on **digits** of 8x8 pixels.", 0);
  writer.add_images("samples", images.slice(0, 0, 32), 0);
  writer.add_graph(net, images.slice(0, 0, 4));
  writer.add_custom_scalars({{"quality", {{"loss of both", logging::Chart::multiline, {"loss/training", "loss/test"}}}}});

  const int64_t steps = 200;
  double test_loss = 0, accuracy = 0;
  std::vector<double> curve;
  for (int64_t step = 0; step <= steps; ++step) {
    const Tensor picked = randint(images.size(0), {64});
    const Tensor loss = cross_entropy_loss(net(images.index_select(0, picked)), labels.index_select(0, picked));
    optimizer.zero_grad();
    loss.backward();
    writer.add_scalar("loss/training", loss, step);
    curve.push_back(loss.item<double>());
    if (step % 50 == 0) {
      for (const auto& p : net->named_parameters()) {
        writer.add_histogram("parameters/" + p.key(), p.value(), step);
        writer.add_histogram("gradients/" + p.key(), p.value().grad(), step);
      }
      const NoGradGuard off;
      const Tensor scores = net(test_images);
      test_loss = cross_entropy_loss(scores, test_labels).item<double>();
      accuracy = scores.argmax(1).eq(test_labels).to(kFloat).mean().item<double>();
      writer.add_scalar("loss/test", test_loss, step);
      writer.add_scalars("accuracy", {{"test", accuracy}, {"chance", 0.1}}, step);
      writer.add_pr_curve("is it a three?", test_labels.eq(3), scores.softmax(1).select(1, 3), step);
      const Tensor shown = net->conv->weight.detach();
      writer.add_images("filters", (shown - shown.min()) / (shown.max() - shown.min()), step);
    }
    optimizer.step();
  }

  const NoGradGuard off;
  // What the hidden layer makes of test pictures, in the projector.
  std::vector<std::string> names;
  for (int64_t i = 0; i < 200; ++i) names.push_back(std::to_string(test_labels[i].item<int64_t>()));
  writer.add_embedding(net->features(test_images.slice(0, 0, 200)), names, test_images.slice(0, 0, 200), steps, "hidden");
  // Plots.
  const Tensor predicted = net(test_images).argmax(1);
  Tensor confusion = zeros({10, 10});
  for (int64_t i = 0; i < predicted.numel(); ++i) confusion[test_labels[i].item<int64_t>()][predicted[i].item<int64_t>()] += 1;
  writer.add_figure("confusion", Figure(FigureOptions().title("digits that were taken for others").x_label("predicted").y_label("actual")).heatmap(confusion, {}, {}, true), steps);
  const Tensor x = arange(static_cast<int64_t>(curve.size()));
  writer.add_figure("curve", Figure(FigureOptions().title("loss").x_label("step").log_y(true)).line(x, wick::tensor(curve), "training"), steps);
  // Boxes, a film, a sound, points in space, a tensor.
  writer.add_image_with_boxes("boxes", nn::functional::interpolate(images.slice(0, 0, 1), nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>{96, 96}).mode(kNearest))[0].clamp(0, 1),
                              wick::tensor({10.0, 10.0, 80.0, 85.0}).reshape({1, 4}), steps, {}, 1, "CHW", {"a digit"});
  writer.add_video("film", images.slice(0, 0, 40).reshape({4, 10, 1, 8, 8}).repeat_interleave(8, 3).repeat_interleave(8, 4), steps, 4);
  const Tensor t = arange(8000).to(kFloat) / 8000;
  writer.add_audio("tone", sin(t * 2 * 3.14159 * 440) * exp(-t * 3) * 0.8, steps, 8000);
  const Tensor points = randn({1, 500, 3});
  writer.add_mesh("cloud", points, (points.abs() * 100).clamp(0, 255).to(kInt), {}, "{}", steps);
  writer.add_tensor("confusion_counts", confusion, steps);
  writer.add_hparams({{"lr", 3e-3}, {"batch", 64}, {"optimizer", "Adam"}}, {{"hparam/accuracy", accuracy}, {"hparam/loss", test_loss}}, {}, "hparams");
  writer.close();

  logging::LogFolder logs(folder);
  logs.refresh();
  for (const auto& [name, run] : logs.runs())
    for (const auto& tag : run->tags()) std::cout << name << "  " << tag.tag << "  " << name_of(tag.kind) << "  " << tag.count << "\n";
  std::cout << "tensorboard --logdir " << folder << "\n";
  if (argc <= 1) std::filesystem::remove_all(folder);
}

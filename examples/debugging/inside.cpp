// Looking inside: a small network learns the embedded digits, then we see what its filters are, what they find, what speaks for an answer, how its
// gradients flowed, which units do nothing, how its features lie, how far its confidence can be trusted; and how much gradient is left after 200 steps of
// an RNN, an LSTM and a GRU. With --plots DIRECTORY all of it is written as PNG files.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <wick/debug.h>
#include <wick/vision.h>
#include <wick/wick.h>

using namespace wick;

struct NetImpl : nn::Module {
  nn::Conv2d conv1{reg("conv1", nn::Conv2d(nn::Conv2dOptions(1, 8, 3).padding(1)))}, conv2{reg("conv2", nn::Conv2d(nn::Conv2dOptions(8, 16, 3).padding(1)))};
  nn::ReLU relu1{reg("relu1", nn::ReLU())}, relu2{reg("relu2", nn::ReLU())};
  nn::Linear fc1{reg("fc1", nn::Linear(16 * 4 * 4, 32))}, fc2{reg("fc2", nn::Linear(32, 10))};
  nn::Tanh tanh{reg("tanh", nn::Tanh())};
  Tensor features(const Tensor& x) { return tanh(fc1(max_pool2d(relu2(conv2(relu1(conv1(x)))), {2, 2}).flatten(1))); }
  Tensor forward(const Tensor& x) { return fc2(features(x)); }
};
WICK_MODULE(Net);

std::string folder;
void show(const std::string& name, const Tensor& picture) {
  if (!folder.empty() && vision::has_png()) vision::write_png(picture, folder + "/inside-" + name + ".png");
}
// A claim of this program that is checked.
void expect(bool holds, const char* what) {
  if (!holds) std::printf("not as expected: %s\n", what), std::exit(1);
}

void train(Net& net, const Tensor& x, const Tensor& y) {
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(3e-3));
  debug::GradientFlow flow(net, {"weight"});
  for (int epoch = 0; epoch < 6; ++epoch)
    for (const Tensor& picked : randperm(x.size(0)).split(64)) {
      optimizer.zero_grad();
      nn::functional::cross_entropy(net(x.index_select(0, picked)), y.index_select(0, picked)).backward();
      flow.after_backward();
      optimizer.step();
      flow.after_step();
    }
  std::printf("gradient flow at the last step\n%s\n", flow.table().c_str());
  show("gradients", debug::plot(flow));
  show("updates", debug::plot(flow, true));
}

void look(Net& net, const Tensor& x, const Tensor& y) {
  const Tensor one = x.slice(0, 0, 1);
  debug::ActivationRecorder seen(net, {"conv*", "fc1"}, debug::RecorderOptions().bins(20));
  debug::UnitActivity units(net);
  nn::functional::cross_entropy(net(x), y).backward();
  std::printf("activations and their gradients\n%s\nunits\n%s\n", seen.table().c_str(), units.table().c_str());
  show("filters", debug::filters(net->conv1->weight, debug::GridOptions().scale(16).symmetric(true)));
  show("activations", debug::feature_maps(seen.value("conv2")[0], debug::GridOptions().scale(10)));
  show("histogram", debug::plot(seen.records().back().value_statistics, "fc1"));
  show("units", debug::plot(units.layers()));
  expect(seen.gradient("conv2").defined(), "gradients are recorded");
}

void explain(Net& net, const Tensor& x, const Tensor& y) {
  const auto scores = [&](const Tensor& v) { return net(v); };
  const Tensor some = x.slice(0, 0, 6), target = y.slice(0, 0, 6);
  const Tensor cam = debug::grad_cam(net, "conv2", some, target), plain = debug::saliency(scores, some, target).abs().amax({1});
  const Tensor smooth = debug::smooth_grad(scores, some, target).abs().amax({1}), integrated = debug::integrated_gradients(scores, some, target);
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < 6; ++i) {
    std::vector<Tensor> row;
    row.push_back(debug::overlay(some[i], cam[i], 0, 12));
    for (const Tensor& map : {cam[i], plain[i], smooth[i], integrated[i].sum(0).abs()}) row.push_back(debug::overlay(some[i], map, 0.6, 12));
    rows.push_back(cat(row, 2));
  }
  show("explained", cat(rows, 1));
  const Tensor difference = scores(some).gather(1, target.unsqueeze(1)).sum() - scores(zeros_like(some)).gather(1, target.unsqueeze(1)).sum();
  std::printf("integrated gradients add up to %.3f; the scores differ by %.3f\n", integrated.sum().item<double>(), difference.item<double>());
  expect(std::abs(integrated.sum().item<double>() - difference.item<double>()) < 0.05 * std::abs(difference.item<double>()), "attributions add up");
  std::vector<Tensor> liked;
  for (int64_t c = 0; c < 10; ++c)
    liked.push_back(debug::maximise([&](const Tensor& v) { return net(v)[0][c]; }, full({1, 1, 8, 8}, 0.3), debug::MaximiseOptions().steps(60))[0]);
  show("liked", debug::grid(stack(liked), debug::GridOptions().scale(10).columns(5).each(false)));
}

void measure(Net& net, const Tensor& x, const Tensor& y) {
  const NoGradGuard off;
  const Tensor p = net(x).softmax(1);
  const auto calibration = debug::calibration(p, y, 10);
  std::printf("accuracy %.1f %%, expected calibration error %.3f\n", 100 * p.argmax(1).eq(y).to(kDouble).mean().item<double>(), calibration.ece);
  show("calibration", debug::plot(calibration));
  Tensor counts = zeros({10, 10}, kLong);
  counts.view({-1}).index_add_(0, y * 10 + p.argmax(1), ones_like(y));
  show("confusion", debug::plot_confusion(counts));
  const Tensor features = net->features(x);
  show("pca", debug::plot_embedding(debug::pca(features).projected, y, "PCA of fc1"));
  show("tsne", debug::plot_embedding(debug::tsne(features, debug::TsneOptions().iterations(500)), y, "t-SNE of fc1"));
  const Tensor few = x.slice(0, 0, 100), labels = y.slice(0, 0, 100);
  const auto loss = [&] { return nn::functional::cross_entropy(net(few), labels).item<double>(); };
  const auto plane = debug::loss_plane(*net, loss, debug::LossSliceOptions().steps(15));
  show("landscape", debug::plot(plane));
  std::printf("loss %.4f here, up to %.2f around\n\n", plane.loss[7][7].item<double>(), plane.loss.max().item<double>());
}

void through_time() {
  const Tensor x = randn({200, 8, 4}, kDouble);
  const auto last = [](const Tensor& out) { return out[-1].square().mean(); };
  nn::RNN rnn(nn::RNNOptions(4, 32));
  nn::LSTM lstm(nn::LSTMOptions(4, 32)), open(nn::LSTMOptions(4, 32));
  nn::GRU gru(nn::GRUOptions(4, 32));
  for (nn::Module* m : {static_cast<nn::Module*>(rnn.get()), static_cast<nn::Module*>(lstm.get()), static_cast<nn::Module*>(open.get()), static_cast<nn::Module*>(gru.get())}) m->to(kDouble);
  {
    const NoGradGuard off;
    for (auto& p : open->named_parameters())
      if (p.key() == "bias_ih_l0") p.value().slice(0, 32, 64).fill_(5);  // forget gates that stay open
  }
  const std::vector<std::pair<std::string, debug::TimeFlow>> flows = {{"RNN", debug::time_flow(rnn, x, last)}, {"LSTM", debug::time_flow(lstm, x, last)},
                                                                       {"LSTM, forget bias 5", debug::time_flow(open, x, last)}, {"GRU", debug::time_flow(gru, x, last)}};
  std::printf("norm of dL/dh, 200 steps: at the last, 50 before, at the first\n");
  for (const auto& [name, flow] : flows)
    std::printf("%-20s %9.2g %9.2g %9.2g\n", name.c_str(), flow.hidden[0][199].item<double>(), flow.hidden[0][149].item<double>(), flow.hidden[0][0].item<double>());
  show("time", debug::plot(flows));
  expect(flows[2].second.hidden[0][0].item<double>() > 1e3 * flows[0].second.hidden[0][0].item<double>(), "open forget gates keep gradients that an RNN loses");
}

int main(int argc, char** argv) {
  const std::string option = "plots";
  if (argc == 3 && argv[1] == "--" + option) folder = argv[2];
  manual_seed(1);
  const auto [x, y] = data::datasets::digits(true);
  const auto [test_x, test_y] = data::datasets::digits(false);
  Net net;
  train(net, x, y);
  net->eval();
  look(net, test_x, test_y);
  explain(net, test_x, test_y);
  measure(net, test_x, test_y);
  through_time();
}

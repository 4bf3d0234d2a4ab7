// A libtorch program that averages gradients by hand over c10d::ProcessGroupMPI. All ranks must end with the same parameters.
#include <torch/torch.h>
#include <torch/csrc/distributed/c10d/ProcessGroupMPI.hpp>

#include <iostream>

struct Model : torch::nn::Module {
  torch::nn::Linear fc1{register_module("fc1", torch::nn::Linear(20, 32))}, fc2{register_module("fc2", torch::nn::Linear(32, 10))};
  torch::Tensor forward(torch::Tensor x) { return torch::log_softmax(fc2(torch::relu(fc1(x))), 1); }
};

void wait_all(c10::intrusive_ptr<c10d::ProcessGroupMPI> pg, std::vector<c10::intrusive_ptr<c10d::Work>> works) {
  for (auto& work : works) {
    try {
      work->wait();
    } catch (const std::exception& e) {
      std::cerr << "Exception received: " << e.what() << "\n";
      pg->abort();
    }
  }
}

int main() {
  auto pg = c10d::ProcessGroupMPI::createProcessGroupMPI();
  const auto ranks = pg->getSize(), rank = pg->getRank();
  torch::manual_seed(0);
  auto model = std::make_shared<Model>();
  torch::optim::SGD optimizer(model->parameters(), 0.05);
  torch::manual_seed(10 + rank);
  float first = 0, last = 0;
  for (int step = 0; step < 30; ++step) {
    auto x = torch::randn({16, 20});
    auto y = x.slice(1, 0, 10).argmax(1);
    optimizer.zero_grad();
    auto loss = torch::nll_loss(model->forward(x), y);
    loss.backward();
    std::vector<c10::intrusive_ptr<c10d::Work>> works;
    for (auto& param : model->named_parameters()) {
      std::vector<torch::Tensor> tmp = {param.value().grad()};
      auto work = pg->allreduce(tmp);
      works.push_back(std::move(work));
    }
    wait_all(pg, works);
    for (auto& param : model->named_parameters()) param.value().grad().data() = param.value().grad().data() / ranks;
    optimizer.step();
    (step == 0 ? first : last) = loss.item<float>();
  }
  for (auto& param : model->parameters()) {
    std::vector<torch::Tensor> low = {param.detach().clone()}, high = {param.detach().clone()};
    c10d::AllreduceOptions least, most;
    least.reduceOp = c10d::ReduceOp::MIN;
    most.reduceOp = c10d::ReduceOp::MAX;
    pg->allreduce(low, least)->wait();
    pg->allreduce(high, most)->wait();
    if (!torch::equal(low[0], high[0])) return std::cerr << "the ranks differ\n", 1;
  }
  std::vector<std::vector<torch::Tensor>> all(1);
  for (int i = 0; i < ranks; ++i) all[0].push_back(torch::zeros({1}));
  std::vector<torch::Tensor> mine = {torch::full({1}, static_cast<float>(rank))};
  pg->allgather(all, mine)->wait();
  if (all[0][ranks - 1].item<float>() != ranks - 1) return 2;
  return ranks >= 2 && last < first ? 0 : 3;
}

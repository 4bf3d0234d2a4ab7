// Graphs of models.
#include <map>

#include "support.h"

namespace {

using namespace wick;
using namespace wick::test;
using logging::GraphNode;
using logging::SummaryWriter;

struct BlockImpl : nn::Module {
  nn::Linear first{register_module("first", nn::Linear(4, 8))}, second{register_module("second", nn::Linear(8, 4))};
  Tensor forward(Tensor x) { return x + second(relu(first(x))); }
};
WICK_MODULE(Block);
struct NetImpl : nn::Module {
  nn::Embedding table{register_module("table", nn::Embedding(10, 4))};
  Block block{register_module("block", Block())};
  nn::Dropout dropout{register_module("dropout", nn::Dropout(0.5))};
  std::tuple<Tensor, Tensor> forward(Tensor words, Tensor more) {
    const Tensor x = block(dropout(block(table(words) + more)));
    return {x.mean(1), x.argmax(1)};
  }
};
WICK_MODULE(Net);

TEST(Graph, OperationsWithinModulesWithShapes) {
  const TempDir dir;
  Net net;
  net->train();
  net->block->first->weight.requires_grad_(false);
  {
    SummaryWriter w(dir.path());
    w.add_graph(net, wick::tensor({1, 2, 3}, kLong), ones({3, 4}));
  }
  EXPECT_TRUE(net->is_training() && net->dropout->is_training());
  EXPECT_FALSE(net->block->first->weight.requires_grad());
  EXPECT_FALSE(net->table->weight.grad().defined());

  logging::RunLog log(dir.path());
  log.refresh();
  std::map<std::string, GraphNode> nodes;
  for (const GraphNode& n : log.graph()) EXPECT_TRUE(nodes.emplace(n.name, n).second) << n.name;
  for (const auto& [name, n] : nodes)
    for (const std::string& i : n.inputs) EXPECT_TRUE(nodes.count(i.substr(0, i.rfind(':') == std::string::npos ? i.size() : i.rfind(':')))) << name << " <- " << i;
  const auto shape = [&](const char* name) { return nodes.at(name).shapes.at(0); };
  EXPECT_EQ(shape("input/input.1"), (std::vector<int64_t>{3}));
  EXPECT_EQ(shape("input/input.2"), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(nodes.at("Net/Embedding[table]/Embedding").inputs, (std::vector<std::string>{"input/input.1", "Net/Embedding[table]/weight"}));
  EXPECT_EQ(nodes.at("Net/Embedding[table]/weight").op, "Parameter");
  EXPECT_EQ(shape("Net/Embedding[table]/Embedding"), (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(shape("Net/Block[block]/Linear[first]/weight"), (std::vector<int64_t>{8, 4}));
  EXPECT_EQ(shape("Net/Block[block]/Relu"), (std::vector<int64_t>{3, 8}));
  EXPECT_EQ(nodes.at("Net/Block[block]/Relu_1").op, "Relu");  // the second call of the block
  EXPECT_EQ(nodes.at("Net/Add").inputs.size(), 2u);
  EXPECT_EQ(nodes.at("output/output.1").inputs, (std::vector<std::string>{"Net/Mean"}));
  EXPECT_TRUE(nodes.at("output/output.2").inputs.empty());  // argmax has no derivative
}

TEST(Graph, ErrorsLeaveTheModelAsItWas) {
  const TempDir dir;
  Net net;
  net->table->weight.requires_grad_(false);
  SummaryWriter w(dir.path());
  EXPECT_TRUE(contains(error_of([&] { w.add_graph(net, wick::tensor({1, 2}, kLong), ones({5, 4})); }), "2"));
  EXPECT_FALSE(net->table->weight.requires_grad());
  EXPECT_TRUE(net->is_training());
  const Tensor y = std::get<0>(net(wick::tensor({1}, kLong), ones({1, 4})));  // no hooks are left
  EXPECT_EQ(y.sizes(), IntArrayRef({1}));
}

}  // namespace

// Graphs of models.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <wick/log/event_reader.h>
#include <wick/nn/module.h>

namespace wick::logging {

std::vector<GraphNode> record_graph(nn::Module& model, const std::vector<Tensor>& inputs, const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& forward);
std::string graph_message(const std::vector<GraphNode>& nodes);

}  // namespace wick::logging

#include <wick/nn/parallel.h>

#include "nn/common.h"

namespace wick::nn::parallel::inline v1::detail {
namespace {

void follow(OrderedDict<std::string, Tensor> copies, const OrderedDict<std::string, Tensor>& originals) {
  for (auto& item : copies) {
    const Tensor& original = originals[item.key()];
    if (!original.requires_grad()) continue;
    item.value().set_requires_grad(false);
    item.value().copy_(original);  // recorded: a leaf no more
  }
}

}  // namespace

void follow(Module& replica, const Module& original) {
  follow(replica.named_parameters(), original.named_parameters());
  follow(replica.named_buffers(), original.named_buffers());
}

std::vector<Tensor> scatter(const Tensor& input, const std::vector<Device>& devices, int64_t dim) {
  std::vector<Tensor> pieces = input.chunk(static_cast<int64_t>(devices.size()), dim);
  for (size_t i = 0; i < pieces.size(); ++i) pieces[i] = pieces[i].to(devices[i]);
  return pieces;
}
Tensor gather(const std::vector<Tensor>& outputs, Device device, int64_t dim) {
  std::vector<Tensor> there;
  for (const Tensor& t : outputs) there.push_back((t.dim() == 0 ? t.unsqueeze(0) : t).to(device));
  return wick::cat(there, dim);
}

}  // namespace wick::nn::parallel::inline v1::detail

// Where a model's adapters are, or may be.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <wick/adapt/finetune.h>
#include <wick/adapt/lora.h>
#include <wick/nn/attention.h>
#include <wick/nn/container.h>
#include <wick/nn/conv.h>
#include <wick/nn/linear.h>
#include <wick/nn/parametrize.h>

namespace wick::adapt::inline v1 {

struct AdapterPlace {
  std::string path, tensor;
  std::shared_ptr<LoraImpl> lora;
  std::shared_ptr<nn::utils::parametrize::ParametrizationListImpl> list;
};
std::vector<AdapterPlace> adapters(const nn::Module& model);
bool has_adapter(const std::vector<AdapterPlace>& all, const std::string& path, const std::string& tensor);

// Whether the layer can have one, on which tensor, and whether that is [in, out].
bool is_adaptable(const nn::Module& layer, std::string* tensor, bool* transposed);
// The modules that match, without those within others. Errors: a pattern that none matches.
std::vector<std::string> saved_modules(const nn::Module& model, const std::vector<std::string>& patterns);
void only_adapters_learn(nn::Module& model, const std::vector<std::string>& saved);

}  // namespace wick::adapt::inline v1

// CIFAR's binary files, of ten classes and of a hundred.
#include <wick/data/cifar.h>

#include <filesystem>

#include "fuzz.h"

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const std::string& labels : {std::string("\x3"), std::string("\x9"), std::string("\x13\x63"), std::string("\0\0", 2)}) {
    std::string record = labels;
    for (int i = 0; i < 3072; ++i) record += static_cast<char>(i * 31);
    seeds.push_back(record);
    seeds.push_back(record + record);
  }
  return seeds;
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  using namespace wick::data::datasets;
  static const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("wick_fuzz_cifar_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  for (const char* name : {"test_batch.bin", "test.bin"}) {
    std::FILE* f = std::fopen((folder / name).c_str(), "wb");
    if (!f || std::fwrite(data, 1, size, f) != size || std::fclose(f) != 0) std::abort();
  }
  const auto read = [&](auto set) {
    for (size_t i = 0; i < *set.size(); ++i) {
      const auto e = set.get(i);
      fuzz::use(e.data);
      if (e.target.template item<int64_t>() < 0 || e.target.template item<int64_t>() > 99) std::abort();
    }
  };
  const std::string ten = fuzz::outcome(size, 12, [&] { read(CIFAR10(folder.string(), CIFAR10::Mode::kTest)); });
  const std::string hundred = fuzz::outcome(size, 6, [&] { read(CIFAR100(folder.string(), CIFAR100::Mode::kTest, wick::kByte)); });
  std::filesystem::remove_all(folder);
  return ten.empty() || hundred.empty() ? "" : ten + hundred;
}

// Loaders over small images in memory, and photos from JPEG files to batches. libtorch has no pictures: data.py is their peer.
// usage: data [FOLDER of photos]      data --make FOLDER FILE.jpg…  writes 500 x 375 photos of about 100 kB, as ImageNet's are, made of those given
#include "bench.h"

#include <filesystem>

#if __has_include(<wick/vision.h>)
#include <wick/vision.h>
#endif

using namespace torch::data;
using torch::Tensor;

struct Images : datasets::Dataset<Images> {
  Images(Tensor x, Tensor y) : x(std::move(x)), y(std::move(y)) {}
  Example<> get(size_t i) override { return {x[static_cast<int64_t>(i)], y[static_cast<int64_t>(i)]}; }
  torch::optional<size_t> size() const override { return static_cast<size_t>(x.size(0)); }
  Tensor x, y;
};

// Median items a second of f, which makes n.
template <class F>
void rate(const std::string& name, size_t n, F&& f, int rounds = 5) {
  std::vector<double> all;
  f();
  for (int k = 0; k < rounds; ++k) {
    const double t = bench::now();
    f();
    all.push_back(static_cast<double>(n) / (bench::now() - t));
  }
  std::nth_element(all.begin(), all.begin() + rounds / 2, all.end());
  bench::line(name, all[static_cast<size_t>(rounds) / 2], "images/s");
}
template <class D>
void epochs(const std::string& name, size_t n, D dataset, DataLoaderOptions options, int rounds = 5) {
  auto loader = make_data_loader(std::move(dataset), options);
  rate(name + (options.workers() ? ", " + std::to_string(options.workers()) + (options.workers() > 1 ? " workers" : " worker") : ""), n, [&] {
    for (auto& batch : *loader) (void)batch;
  }, rounds);
}

void in_memory() {
  const size_t n = 50000;
  const Tensor digits = torch::rand({50000, 1, 28, 28}), colours = torch::randint(256, {50000, 3, 32, 32}, torch::kByte), labels = torch::randint(10, {50000}, torch::kLong);
  for (const size_t workers : {0, 2}) {
    const auto options = DataLoaderOptions(128).workers(workers);
    epochs("50,000 float 28x28, TensorDataset", n, datasets::TensorDataset(digits).map(transforms::Stack<TensorExample>()), options);
    epochs("50,000 float 28x28, a Dataset's get", n, Images(digits, labels).map(transforms::Stack<>()), options);
    epochs("50,000 uint8 3x32x32, a Dataset's get", n, Images(colours, labels).map(transforms::Stack<>()), options);
  }
}

#if __has_include(<wick/vision.h>)
namespace V = wick::vision;

int make(const std::string& folder, const std::vector<std::string>& from) {
  std::filesystem::create_directories(folder + "/all");
  double bytes = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const Tensor photo = V::functional::resize(V::decode_image(from[i], V::ImageReadMode::RGB), {375, 500}, V::InterpolationMode::LANCZOS);
    const Tensor sharp = V::functional::adjust_sharpness(photo, 3), file = V::encode_jpeg(sharp, 96);
    V::write_file(folder + "/all/" + std::to_string(1000 + i) + ".jpg", file);
    bytes += static_cast<double>(file.numel());
  }
  std::fprintf(stderr, "%zu photos of %.0f kB in %s\n", from.size(), bytes / static_cast<double>(from.size()) / 1e3, folder.c_str());
  return 0;
}

void photos(const std::string& folder) {
  const V::ImageFolder files(folder);
  const size_t n = *files.size();
  std::vector<Tensor> bytes;
  for (const auto& f : files.samples()) bytes.push_back(V::read_file(f.path));
  torch::set_num_threads(1);
  const V::transforms::Compose augment({V::transforms::RandomResizedCrop(224), V::transforms::RandomHorizontalFlip()});
  const V::transforms::Normalize normalize({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
  const auto decode = [](const Tensor& b) { return V::decode_image(b, V::ImageReadMode::RGB); };
  rate("decode a photo of 500x375", n, [&] { for (const Tensor& b : bytes) decode(b); });
  rate("decode it at 1/2", n, [&] { for (const Tensor& b : bytes) V::decode_image(b, V::DecodeOptions(V::ImageReadMode::RGB).enough_height(188).enough_width(250)); });
  rate("decode, RandomResizedCrop(224), flip, normalise", n, [&] { for (const Tensor& b : bytes) normalize(augment(decode(b))); });
  const auto batches = [&](size_t workers) {
    epochs("the same in a loader of batches of 32", n,
         V::ImageFolder(files.with_transform([&augment](const Tensor& x) { return augment(x); })).map(V::transforms::StackImages({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225})),
         DataLoaderOptions(32).workers(workers), 3);
  };
  for (const size_t workers : {0, 1, 2}) batches(workers);
}
#endif

int main(int argc, char** argv) {
#if __has_include(<wick/vision.h>)
  if (argc > 2 && std::string(argv[1]) == "--make") return make(argv[2], {argv + 3, argv + argc});
#endif
  torch::set_num_threads(1);
  in_memory();
#if __has_include(<wick/vision.h>)
  if (argc > 1) photos(argv[1]);
#endif
}

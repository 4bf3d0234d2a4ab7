#include <cstring>

#include <wick/core/generator.h>
#include <wick/core/str.h>
#include <wick/data/dataloader.h>
#include <wick/io/archive.h>

#include "io/node.h"

namespace wick::data::inline v1::detail {
namespace {

// splitmix64: neighbouring numbers give seeds that have nothing in common.
uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
uint64_t hash(const Tensor& bytes) {
  const auto* p = static_cast<const uint8_t*>(bytes.data_ptr());
  uint64_t h = 0;
  for (int64_t i = 0; i + 8 <= bytes.numel(); i += 8) {
    uint64_t word;
    std::memcpy(&word, p + i, 8);
    h = mixed(h ^ word);
  }
  return h;
}

}  // namespace

struct EpochPlace::Start {
  Tensor generator;
  serialize::OutputArchive sampler;
};

EpochPlace::EpochPlace() = default;
EpochPlace::~EpochPlace() = default;

void EpochPlace::begin(const Save& save_sampler, const Load& load_sampler, const std::function<void()>& reset) {
  asked_ = 0;
  if (!loaded_) {
    start_ = std::make_unique<Start>();
    taken_ = 0;
    start_->generator = default_generator().get_state();
    numbers_ = mixed(hash(start_->generator) + epochs_++);
    save_sampler(start_->sampler);
    return reset();
  }
  // The numbers that the epoch began with, and then again those of now.
  Generator g = default_generator();
  struct Restore {
    Generator& g;
    Tensor state = g.get_state();
    ~Restore() { g.set_state(state); }
  } restore{g};
  g.set_state(start_->generator);
  numbers_ = mixed(hash(start_->generator) + epochs_ - 1);
  serialize::InputArchive sampler = io::Access::input(start_->sampler);
  load_sampler(sampler);
  loaded_ = false;
  reset();
}

uint64_t EpochPlace::next_seed() { return mixed(numbers_ + asked_++); }

void EpochPlace::end() {
  start_.reset();
  taken_ = 0;
}

void EpochPlace::save(serialize::OutputArchive& archive, size_t batch_size) const {
  archive.write("under_way", IValue(start_ != nullptr));
  archive.write("epochs", IValue(epochs_));
  if (!start_) return;
  archive.write("batch_size", IValue(batch_size));
  archive.write("taken", IValue(taken_));
  archive.write("generator", start_->generator, true);
  serialize::OutputArchive sampler = io::Access::share(start_->sampler);
  archive.write("sampler", sampler);
}

void EpochPlace::load(serialize::InputArchive& archive, size_t batch_size) {
  IValue under_way, size, taken, epochs(int64_t{1});
  archive.read("under_way", under_way);
  archive.try_read("epochs", epochs);  // older files have none
  WICK_CHECK(epochs.toInt() >= under_way.toBool(), "DataLoader::load: ", epochs.toInt(), " epochs were begun");
  if (!under_way.toBool()) {
    epochs_ = static_cast<size_t>(epochs.toInt());
    loaded_ = false;
    return end();
  }
  auto start = std::make_unique<Start>();
  archive.read("batch_size", size);
  archive.read("taken", taken);
  archive.read("generator", start->generator, true);
  serialize::InputArchive sampler;
  archive.read("sampler", sampler);
  WICK_CHECK_TYPE(ValueError, size.toInt() == static_cast<int64_t>(batch_size), "DataLoader::load: the epoch was begun with batches of ", size.toInt(), ", this loader has batches of ", batch_size);
  WICK_CHECK(taken.toInt() >= 0, "DataLoader::load: ", taken.toInt(), " batches were taken");
  make_generator().set_state(start->generator);  // throws if it is none
  start->sampler = io::Access::output(sampler);
  start_ = std::move(start);
  taken_ = static_cast<size_t>(taken.toInt());
  epochs_ = static_cast<size_t>(epochs.toInt());
  loaded_ = true;
}

}  // namespace wick::data::inline v1::detail

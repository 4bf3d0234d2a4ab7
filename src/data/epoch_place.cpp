#include <wick/core/generator.h>
#include <wick/core/str.h>
#include <wick/data/dataloader.h>
#include <wick/io/archive.h>

#include "io/node.h"

namespace wick::data::inline v1::detail {

struct EpochPlace::Start {
  Tensor generator;
  serialize::OutputArchive sampler;
};

EpochPlace::EpochPlace() = default;
EpochPlace::~EpochPlace() = default;

void EpochPlace::begin(const Save& save_sampler, const Load& load_sampler, const std::function<void()>& reset) {
  if (!loaded_) {
    start_ = std::make_unique<Start>();
    taken_ = 0;
    start_->generator = default_generator().get_state();
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
  serialize::InputArchive sampler = io::Access::input(start_->sampler);
  load_sampler(sampler);
  loaded_ = false;
  reset();
}

void EpochPlace::end() {
  start_.reset();
  taken_ = 0;
}

void EpochPlace::save(serialize::OutputArchive& archive, size_t batch_size) const {
  archive.write("under_way", IValue(start_ != nullptr));
  if (!start_) return;
  archive.write("batch_size", IValue(batch_size));
  archive.write("taken", IValue(taken_));
  archive.write("generator", start_->generator, true);
  serialize::OutputArchive sampler = io::Access::share(start_->sampler);
  archive.write("sampler", sampler);
}

void EpochPlace::load(serialize::InputArchive& archive, size_t batch_size) {
  IValue under_way, size, taken;
  archive.read("under_way", under_way);
  if (!under_way.toBool()) {
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
  loaded_ = true;
}

}  // namespace wick::data::inline v1::detail

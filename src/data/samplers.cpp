#include <wick/data/samplers.h>

#include <algorithm>
#include <numeric>
#include <random>

#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

namespace wick::data::samplers::inline v1 {

// Numbers are kept as tensors, as libtorch does.
static void write_number(serialize::OutputArchive& archive, const char* key, size_t value) { archive.write(key, tensor(static_cast<int64_t>(value)), true); }
static size_t read_number(serialize::InputArchive& archive, const char* key, size_t limit) {
  Tensor t;
  archive.read(key, t, true);
  const int64_t v = t.item<int64_t>();
  WICK_CHECK(v >= 0 && static_cast<uint64_t>(v) <= limit, "load: the sampler's ", key, " is ", v, ", expected 0 to ", limit);
  return static_cast<size_t>(v);
}
constexpr size_t kAny = static_cast<size_t>(INT64_MAX);

RandomSampler::RandomSampler(int64_t size, ScalarType index_dtype) : indices_(randperm(size, index_dtype)) {}
RandomSampler::~RandomSampler() = default;
void RandomSampler::reset(std::optional<size_t> new_size) {
  indices_ = randperm(new_size ? static_cast<int64_t>(*new_size) : indices_.numel(), indices_.scalar_type());
  index_ = 0;
}
std::optional<std::vector<size_t>> RandomSampler::next(size_t batch_size) {
  if (index_ < 0) reset(std::nullopt);
  const int64_t n = std::min(static_cast<int64_t>(batch_size), indices_.numel() - index_);
  if (n <= 0) return std::nullopt;
  const Tensor part = indices_.slice(0, index_, index_ + n).to(kLong).contiguous();
  index_ += n;
  const int64_t* p = part.data_ptr<int64_t>();
  return std::vector<size_t>(p, p + n);
}

void RandomSampler::save(serialize::OutputArchive& archive) const {
  write_number(archive, "index", index());
  archive.write("indices", indices_, true);
}
void RandomSampler::load(serialize::InputArchive& archive) {
  Tensor indices;
  archive.read("indices", indices, true);
  WICK_CHECK(indices.dim() == 1 && isIntegralType(indices.scalar_type()), "load: the sampler's indices are a ", indices.scalar_type(), " ", indices.sizes(), ", expected integers [n]");
  const Tensor wide = indices.to(kLong);
  const int64_t population = population_ < 0 ? wide.numel() : population_;
  WICK_CHECK(wide.numel() == 0 || (wide.min().item<int64_t>() >= 0 && wide.max().item<int64_t>() < population), "load: the sampler's indices are not all within 0 to ", population - 1);
  index_ = static_cast<int64_t>(read_number(archive, "index", static_cast<size_t>(indices.numel())));
  indices_ = indices;
}

void detail::throw_empty_batches() { throw ValueError("BatchSampler: batch_size must be positive, got 0"); }

WeightedRandomSampler::WeightedRandomSampler(const std::vector<double>& weights, size_t num_samples, bool replacement, std::optional<Generator> generator)
    : RandomSampler(empty({0}, kLong), static_cast<int64_t>(weights.size())), weights_(tensor(weights)), num_samples_(static_cast<int64_t>(num_samples)), replacement_(replacement),
      generator_(std::move(generator)) {
  WICK_CHECK_TYPE(ValueError, num_samples > 0, "WeightedRandomSampler: num_samples must be positive, got 0");
}
void WeightedRandomSampler::reset(std::optional<size_t> new_size) {
  if (new_size) num_samples_ = static_cast<int64_t>(*new_size);
  indices_ = num_samples_ == 0 ? empty({0}, kLong) : multinomial(weights_, num_samples_, replacement_, generator_);
  index_ = 0;
}
std::vector<double> WeightedRandomSampler::balanced(const Tensor& labels) {
  WICK_CHECK_TYPE(TypeError, labels.defined() && labels.dim() == 1 && isIntegralType(labels.scalar_type()), "WeightedRandomSampler::balanced: labels are integers [n]");
  const Tensor wide = labels.to(kLong).contiguous();
  const Tensor counts = bincount(wide).to(kDouble);
  const auto* classes = static_cast<const int64_t*>(wide.data_ptr());
  std::vector<double> weights;
  for (int64_t i = 0; i < wide.numel(); ++i) weights.push_back(1 / static_cast<const double*>(counts.data_ptr())[classes[i]]);
  return weights;
}

SubsetRandomSampler::SubsetRandomSampler(const std::vector<size_t>& indices, std::optional<Generator> generator)
    : RandomSampler(empty({0}, kLong), INT64_MAX), members_(empty({static_cast<int64_t>(indices.size())}, kLong)), generator_(std::move(generator)) {
  std::copy(indices.begin(), indices.end(), members_.data_ptr<int64_t>());
}
void SubsetRandomSampler::reset(std::optional<size_t> new_size) {
  WICK_CHECK_TYPE(ValueError, !new_size || static_cast<int64_t>(*new_size) == members_.numel(), "SubsetRandomSampler: it has ", members_.numel(), " numbers, ", *new_size, " are wanted");
  indices_ = members_.index_select(0, randperm(members_.numel(), generator_));
  index_ = 0;
}

SequentialSampler::SequentialSampler(size_t size) : size_(size) {}
SequentialSampler::~SequentialSampler() = default;
void SequentialSampler::reset(std::optional<size_t> new_size) {
  if (new_size) size_ = *new_size;
  index_ = 0;
}
std::optional<std::vector<size_t>> SequentialSampler::next(size_t batch_size) {
  const size_t n = std::min(batch_size, size_ - std::min(index_, size_));  // a loaded index may lie beyond what this sampler covers
  if (n == 0) return std::nullopt;
  std::vector<size_t> r(n);
  std::iota(r.begin(), r.end(), index_);
  index_ += n;
  return r;
}

void SequentialSampler::save(serialize::OutputArchive& archive) const { write_number(archive, "index", index_); }
void SequentialSampler::load(serialize::InputArchive& archive) { index_ = read_number(archive, "index", kAny); }

StreamSampler::StreamSampler(size_t epoch_size) : epoch_size_(epoch_size) {}
StreamSampler::~StreamSampler() = default;
void StreamSampler::reset(std::optional<size_t> new_size) {
  examples_retrieved_so_far_ = 0;
  if (new_size) epoch_size_ = *new_size;
}
std::optional<BatchSize> StreamSampler::next(size_t batch_size) {
  const size_t n = std::min(batch_size, epoch_size_ - std::min(examples_retrieved_so_far_, epoch_size_));
  if (n == 0) return std::nullopt;
  examples_retrieved_so_far_ += n;
  return BatchSize(n);
}

void StreamSampler::save(serialize::OutputArchive& archive) const { write_number(archive, "examples_retrieved_so_far", examples_retrieved_so_far_); }
void StreamSampler::load(serialize::InputArchive& archive) { examples_retrieved_so_far_ = read_number(archive, "examples_retrieved_so_far", kAny); }

void detail::check_rank(size_t replicas, size_t rank) {
  WICK_CHECK_TYPE(ValueError, replicas > 0 && rank < replicas, "DistributedSampler: rank must be below num_replicas, got ", rank, " of ", replicas);
}

// A place that another rank has saved, perhaps: how far it was in its share is how far this one is in its own.
static size_t in_share(serialize::InputArchive& archive, size_t index, size_t begin, size_t end) {
  Tensor saved;
  if (!archive.try_read("begin_index_", saved, true)) return index;
  const auto theirs = saved.item<int64_t>();
  WICK_CHECK(theirs >= 0 && static_cast<size_t>(theirs) <= index, "load: the sampler's share begins at ", theirs, ", its sample_index_ is ", index);
  return std::min(begin + index - static_cast<size_t>(theirs), end);
}

DistributedRandomSampler::DistributedRandomSampler(size_t size, size_t num_replicas, size_t rank, bool allow_duplicates)
    : DistributedSampler(size, num_replicas, rank, allow_duplicates) {
  detail::check_rank(num_replicas, rank);
  reset(size);
}
DistributedRandomSampler::~DistributedRandomSampler() = default;
void DistributedRandomSampler::reset(std::optional<size_t> new_size) {
  if (num_replicas_ > 1 && !warned_ && end_index_ > begin_index_ && sample_index_ == end_index_ && drawn_ == epoch_) {
    warned_ = true;
    warn(str("DistributedRandomSampler: an epoch begins in the order of the one before; call set_epoch(epoch) before each epoch (it is ", epoch_, " still)"));
  }
  drawn_ = epoch_;
  size_ = new_size.value_or(size_);
  const size_t local = local_sample_count(), total = num_replicas_ == 1 ? size_ : local * num_replicas_;
  all_indices_.resize(total);
  for (size_t i = 0; i < total; ++i) all_indices_[i] = i % size_;  // some twice, so that all shares are equal
  std::mt19937 random(static_cast<std::mt19937::result_type>(epoch_));
  std::shuffle(all_indices_.begin(), all_indices_.end(), random);
  begin_index_ = sample_index_ = rank_ * local;
  end_index_ = begin_index_ + local;
}
std::optional<std::vector<size_t>> DistributedRandomSampler::next(size_t batch_size) {
  const size_t n = std::min(batch_size, end_index_ - sample_index_);
  if (n == 0) return std::nullopt;
  const auto at = all_indices_.begin() + static_cast<std::ptrdiff_t>(sample_index_);
  sample_index_ += n;
  return std::vector<size_t>(at, at + static_cast<std::ptrdiff_t>(n));
}

void DistributedRandomSampler::save(serialize::OutputArchive& archive) const {
  write_number(archive, "sample_index_", sample_index_);
  write_number(archive, "epoch_", epoch_);
  write_number(archive, "begin_index_", begin_index_);
}
void DistributedRandomSampler::load(serialize::InputArchive& archive) {
  size_t index = read_number(archive, "sample_index_", kAny);
  const size_t epoch = read_number(archive, "epoch_", kAny);
  epoch_ = epoch;
  sample_index_ = begin_index_;
  reset(size_);
  index = in_share(archive, index, begin_index_, end_index_);
  WICK_CHECK(index >= begin_index_ && index <= end_index_, "load: the sampler's sample_index_ is ", index, ", expected ", begin_index_, " to ", end_index_);
  sample_index_ = index;
  if (index == end_index_) drawn_ = kUnknown;  // the next epoch begins, in the order that set_epoch said before the place was saved
}

DistributedSequentialSampler::DistributedSequentialSampler(size_t size, size_t num_replicas, size_t rank, bool allow_duplicates)
    : DistributedSampler(size, num_replicas, rank, allow_duplicates) {
  detail::check_rank(num_replicas, rank);
  populate_indices();
}
DistributedSequentialSampler::~DistributedSequentialSampler() = default;
void DistributedSequentialSampler::populate_indices() {
  begin_index_ = sample_index_ = rank_ * local_sample_count();
  end_index_ = begin_index_ + local_sample_count();
}
void DistributedSequentialSampler::reset(std::optional<size_t> new_size) {
  size_ = new_size.value_or(size_);
  populate_indices();
}
std::optional<std::vector<size_t>> DistributedSequentialSampler::next(size_t batch_size) {
  const size_t n = std::min(batch_size, end_index_ - sample_index_);
  if (n == 0) return std::nullopt;
  std::vector<size_t> r(n);
  for (size_t i = 0; i < n; ++i) r[i] = (sample_index_ + i) % size_;
  sample_index_ += n;
  return r;
}

void DistributedSequentialSampler::save(serialize::OutputArchive& archive) const {
  write_number(archive, "sample_index_", sample_index_);
  write_number(archive, "epoch_", epoch_);
  write_number(archive, "begin_index_", begin_index_);
}
void DistributedSequentialSampler::load(serialize::InputArchive& archive) {
  const size_t epoch = read_number(archive, "epoch_", kAny), index = in_share(archive, read_number(archive, "sample_index_", kAny), begin_index_, end_index_);
  WICK_CHECK(index <= end_index_, "load: the sampler's sample_index_ is ", index, ", expected ", begin_index_, " to ", end_index_);
  WICK_CHECK(index >= begin_index_, "load: the sampler's sample_index_ is ", index, ", expected ", begin_index_, " to ", end_index_);
  epoch_ = epoch;
  sample_index_ = index;
}

}  // namespace wick::data::samplers::inline v1

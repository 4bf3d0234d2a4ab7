// Programs over torch::data, in one: what it prints with libtorch 2.13 is dataloader.txt, and with Wick the same.
//   g++ -std=c++17 -I$TORCH/include -I$TORCH/include/torch/csrc/api/include dataloader.cpp -L$TORCH/lib -ltorch -ltorch_cpu -lc10 && ./a.out > dataloader.txt
#include <torch/data.h>
#include <torch/data/detail/data_shuttle.h>
#include <torch/data/detail/sequencers.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace torch::data;
using torch::Tensor;
using Ints = std::vector<int>;

// ---- what is printed

static void say(const std::string& s) { std::cout << s << '\n'; }
template <class T>
std::string text(const std::vector<T>& v) {
  std::ostringstream o;
  o << '[';
  for (size_t i = 0; i < v.size(); ++i) o << (i ? " " : "") << v[i];
  o << ']';
  return o.str();
}
static std::string text(const Tensor& t) {
  std::ostringstream o;
  o << t.scalar_type() << ' ' << t.sizes() << ' ' << t.strides() << ':';
  const Tensor flat = t.to(torch::kDouble).reshape(-1);
  for (int64_t i = 0; i < flat.numel() && i < 12; ++i) o << ' ' << flat[i].item<double>();
  return o.str();
}
template <class S>
std::string drained(S& sampler, size_t n) {
  std::string r;
  while (auto batch = sampler.next(n)) r += text(*batch);
  return r;
}
// What was thrown; the parts of libtorch's texts that stand in one line.
template <class F>
void thrown(const char* what, const F& f) {
  try {
    f();
    say(std::string(what) + ": nothing thrown");
  } catch (const c10::Error& e) {
    say(std::string(what) + ": c10::Error " + std::string(e.what_without_backtrace()).substr(0, 70));
  } catch (const WorkerException& e) {
    say(std::string(what) + ": WorkerException " + e.what());
  } catch (const std::exception& e) {
    say(std::string(what) + ": " + e.what());
  }
}

// ---- datasets as programs have them

struct Counted : datasets::Dataset<Counted, int> {
  explicit Counted(size_t n = 10) : n(n) {}
  int get(size_t i) override { return static_cast<int>(i) * 10; }
  torch::optional<size_t> size() const override { return n; }
  size_t n;
};
class Rows : public datasets::Dataset<Rows> {
 public:
  Example<> get(size_t index) override { return {x_[index], torch::tensor(static_cast<int64_t>(index), torch::kInt64)}; }
  std::optional<size_t> size() const override { return x_.size(0); }

 private:
  Tensor x_ = torch::arange(40, torch::kFloat32).view({10, 2, 2});
};
struct Named : datasets::Dataset<Named, Example<Tensor, std::string>> {
  Example<Tensor, std::string> get(size_t i) override { return {torch::full({2}, static_cast<double>(i)), "no. " + std::to_string(i)}; }
  std::optional<size_t> size() const override { return 5; }
};
struct Pairs { Tensor left, right; };
struct OwnExample : datasets::Dataset<OwnExample, Pairs> {
  Pairs get(size_t i) override { return {torch::ones({2}) * static_cast<int64_t>(i), torch::zeros({1})}; }
  std::optional<size_t> size() const override { return 4; }
};
namespace torch {
namespace data {
namespace transforms {
template <>
struct Stack<Pairs> : public Collation<Pairs> {
  Pairs apply_batch(std::vector<Pairs> examples) override {
    std::vector<Tensor> l, r;
    for (auto& e : examples) l.push_back(e.left), r.push_back(e.right);
    return {torch::stack(l), torch::stack(r)};
  }
};
}  // namespace transforms
}  // namespace data
}  // namespace torch
struct Stream : datasets::StreamDataset<Stream, Ints> {
  Ints get_batch(size_t n) override {
    Ints r(n);
    std::iota(r.begin(), r.end(), at);
    at += static_cast<int>(n);
    return r;
  }
  std::optional<size_t> size() const override { return std::nullopt; }
  int at = 0;
};
struct Span : samplers::CustomBatchRequest {
  Span(size_t first, size_t last) : first(first), last(last) {}
  size_t size() const override { return last - first; }
  size_t first, last;
};
struct Spans : samplers::Sampler<Span> {
  explicit Spans(size_t n) : n(n) {}
  void reset(std::optional<size_t> size = std::nullopt) override { at = 0, n = size.value_or(n); }
  std::optional<Span> next(size_t batch) override {
    if (at == n) return std::nullopt;
    const size_t from = at;
    at = std::min(n, at + batch);
    return Span(from, at);
  }
  void save(torch::serialize::OutputArchive& archive) const override { archive.write("at", torch::tensor(static_cast<int64_t>(at)), true); }
  void load(torch::serialize::InputArchive& archive) override {
    Tensor t;
    archive.read("at", t, true);
    at = static_cast<size_t>(t.item<int64_t>());
  }
  size_t n, at = 0;
};
struct SpanSet : datasets::BatchDataset<SpanSet, std::string, Span> {
  std::string get_batch(Span s) override { return std::to_string(s.first) + "-" + std::to_string(s.last); }
  std::optional<size_t> size() const override { return 7; }
};
struct Finite : datasets::StatefulDataset<Finite, Ints, size_t> {
  std::optional<Ints> get_batch(size_t n) override {
    if (left < n) return std::nullopt;
    left -= n;
    return Ints(n, static_cast<int>(left));
  }
  void reset() override { left = 7; }
  std::optional<size_t> size() const override { return 7; }
  void save(torch::serialize::OutputArchive& archive) const override { archive.write("left", torch::tensor(static_cast<int64_t>(left)), true); }
  void load(torch::serialize::InputArchive& archive) override {
    Tensor t;
    archive.read("left", t, true);
    left = static_cast<size_t>(t.item<int64_t>());
  }
  size_t left = 0;
};
struct Reader : datasets::ChunkDataReader<int> {
  using BatchType = datasets::ChunkDataReader<int>::ChunkType;
  using DataType = datasets::ChunkDataReader<int>::ExampleType;
  BatchType read_chunk(size_t c) override {
    if (c == bad) throw std::runtime_error("chunk " + std::to_string(c) + " is lost");
    BatchType r(3 + 2 * c);
    std::iota(r.begin(), r.end(), static_cast<int>(100 * c));
    return r;
  }
  size_t chunk_count() override { return 4; }
  void reset() override {}
  size_t bad = 99;
};

// ---- programs

static void samplers_() {
  samplers::SequentialSampler in_order(7);
  say("sequential " + drained(in_order, 3));
  in_order.reset(4);
  say("sequential " + drained(in_order, 3) + " index " + std::to_string(in_order.index()));
  torch::manual_seed(5);
  samplers::RandomSampler random(9), narrow(6, torch::kInt32);
  say("random " + drained(random, 4));
  random.reset();
  say("random " + drained(random, 4) + " index " + std::to_string(random.index()));
  random.reset(3);
  say("random " + drained(random, 4));
  say("random " + drained(narrow, 6));
  samplers::StreamSampler stream(10);
  std::string sizes;
  while (auto n = stream.next(4)) sizes += " " + std::to_string(n->size()) + "/" + std::to_string(static_cast<size_t>(*n));
  say("stream" + sizes);
  for (const bool duplicates : {true, false})
    for (size_t rank = 0; rank < 3; ++rank) {
      samplers::DistributedRandomSampler shuffled(10, 3, rank, duplicates);
      samplers::DistributedSequentialSampler ordered(10, 3, rank, duplicates);
      std::string line = "shares " + drained(shuffled, 3);
      shuffled.set_epoch(2);
      shuffled.reset();
      line += " epoch " + std::to_string(shuffled.epoch()) + " " + drained(shuffled, 3) + " " + drained(ordered, 2);
      ordered.reset(5);
      say(line + " " + drained(ordered, 9) + " index " + std::to_string(ordered.index()));
    }
  samplers::DistributedRandomSampler a(10, 2, 1), b(10, 2, 1);
  a.set_epoch(4);
  a.reset();
  a.next(2);
  std::stringstream file;
  torch::save(a, file);
  torch::load(b, file);
  say("went on " + drained(a, 2) + drained(b, 2));
}

static void maps() {
  say(text(Counted().get_batch({1, 2, 3})));
  say(text(Counted().map(transforms::Lambda<int, std::string>([](int i) { return "<" + std::to_string(i) + ">"; })).get_batch({4, 5})));
  struct Twice : transforms::Transform<int, double> {
    double apply(int i) override { return 2.5 * i; }
  };
  Counted counted;
  auto twice = counted.map(Twice());
  say(text(twice.get_batch({4, 5})) + " of " + std::to_string(twice.size().value()) + " " + std::to_string(twice.dataset().n));
  struct Sum : transforms::Collation<int> {
    int apply_batch(Ints v) override { return std::accumulate(v.begin(), v.end(), 0); }
  };
  say(std::to_string(Counted().map(Sum()).get_batch({1, 2, 3})));
  say(std::to_string(Counted().map(transforms::Collate<int>([](Ints v) { return static_cast<int>(v.size()); })).get_batch({1, 2, 3})));
  say(text(Counted().map(transforms::BatchLambda<Ints, Ints>([](Ints v) { return Ints(v.rbegin(), v.rend()); })).get_batch({1, 2, 3})));
  auto named = Named().map(transforms::TensorLambda<std::string>([](Tensor t) { return t + 0.5; })).map(transforms::Normalize<std::string>(1.0, 2.0)).get_batch({3, 1});
  for (const auto& e : named) say(text(e.data) + " " + e.target);
  auto rows = Rows().map(transforms::Normalize<>({1., 2.}, {0.5, 4.})).map(transforms::Stack<>());
  const Example<> batch = rows.get_batch({9, 0, 9});
  say(text(batch.data) + " | " + text(batch.target));
  Pairs pairs = OwnExample().map(transforms::Stack<Pairs>()).get_batch({3, 1});
  say(text(pairs.left) + " | " + text(pairs.right));
  datasets::TensorDataset eye(torch::eye(3)), list(std::vector<Tensor>{torch::ones({2}), torch::zeros({2})});
  Tensor row = eye.get(1);
  say(text(row) + " " + std::to_string(list.size().value()) + " " + text(list.tensor));
  TensorExample stacked = eye.map(transforms::Stack<TensorExample>()).get_batch({2, 2});
  say(text(stacked.data));
  auto shared = datasets::make_shared_dataset<Counted>(6);
  auto copy = shared;
  copy->n = 8;
  say(std::to_string((*shared).n) + " " + std::to_string(*shared.size()) + " " + text(shared.get_batch({1, 5})));
  auto deep = datasets::map(datasets::map(Counted(), transforms::Lambda<int>([](int i) { return i + 1; })), transforms::Lambda<int>([](int i) { return -i; }));
  say(text(deep.get_batch(7)));
}

template <class Loader>
void walk(const char* what, Loader& loader) {
  std::string line = what;
  for (auto& batch : *loader) line += " " + text(batch);
  say(line);
}

static void loaders() {
  const DataLoaderOptions defaults;
  const FullDataLoaderOptions full(defaults), some(DataLoaderOptions(32).workers(10).timeout(std::chrono::milliseconds(7)));
  say("options " + std::to_string(full.batch_size) + std::to_string(full.workers) + std::to_string(full.max_jobs) + std::to_string(full.timeout.has_value()) +
      std::to_string(full.enforce_ordering) + std::to_string(full.drop_last) + " " + std::to_string(some.max_jobs) + " " + std::to_string(some.timeout->count()));
  torch::manual_seed(8);
  auto shuffled = make_data_loader(Counted(), 4);
  walk("shuffled", shuffled);
  walk("shuffled", shuffled);
  auto workers = make_data_loader(Counted(), DataLoaderOptions(4).workers(2).max_jobs(3));
  walk("workers", workers);
  walk("workers", workers);
  say("next number " + std::to_string(torch::rand({1}).item<float>()));
  auto ordered = make_data_loader<samplers::SequentialSampler>(Counted(), DataLoaderOptions().batch_size(4).drop_last(true));
  walk("ordered", ordered);
  auto given = make_data_loader(Counted(), samplers::DistributedSequentialSampler(10, 2, 1, false), DataLoaderOptions(3).workers(1));
  walk("given", given);
  auto stream = make_data_loader(Stream(), samplers::StreamSampler(8), 3);
  walk("stream", stream);
  walk("stream", stream);
  auto spans = make_data_loader(SpanSet(), Spans(7), DataLoaderOptions(3).workers(3));
  std::string line = "spans";
  for (const std::string& s : *spans) line += " " + s;
  say(line);
  auto finite = make_data_loader(datasets::make_shared_dataset<Finite>(), 2);
  walk("stateful", finite);
  walk("stateful", finite);
  auto mapped = make_data_loader(Finite().map(transforms::Lambda<int>([](int i) { return i * i; })), DataLoaderOptions(3).workers(1));
  walk("stateful and mapped", mapped);
  auto batches = make_data_loader<samplers::SequentialSampler>(Rows().map(transforms::Stack<>()), 6);
  for (auto& b : *batches) say(text(b.data) + " | " + text(b.target));
  std::vector<Ints> copied;
  auto again = make_data_loader<samplers::SequentialSampler>(Counted(), 5);
  std::copy(again->begin(), again->end(), std::back_inserter(copied));
  say("copied " + std::to_string(copied.size()) + " " + text(copied[1]));
  auto loose = make_data_loader(Counted(30), DataLoaderOptions(1).workers(4).enforce_ordering(false));
  std::set<int> seen;
  for (auto& b : *loose) seen.insert(b[0]);
  say("unordered " + std::to_string(seen.size()) + " " + std::to_string(*seen.rbegin()));
  loose->join();
  loose->join();
}

static void iterators() {
  auto loader = make_data_loader<samplers::SequentialSampler>(Counted(), 6);
  auto i = loader->begin(), j = i, end = loader->end();
  say("same " + std::to_string(i == j) + std::to_string(i != end) + std::to_string(end == loader->end()) + " " + std::to_string(i->size()));
  ++j;
  say("shared " + text(*i) + std::to_string(i == end));
  ++i;
  say("over " + std::to_string(i == end) + std::to_string(j == end));
  thrown("increment", [&] { ++i; });
  thrown("dereference", [&] { *j; });
  thrown("increment the end", [&] { ++end; });
  thrown("dereference the end", [&] { *end; });
  auto busy = make_data_loader(Counted(), DataLoaderOptions(1).workers(2));
  auto first = busy->begin();
  thrown("begin twice", [&] { busy->begin(); });
  struct Endless : Counted {
    std::optional<size_t> size() const override { return std::nullopt; }
  };
  thrown("no size", [] { make_data_loader<samplers::RandomSampler, Endless>(Endless()); });
}

static void errors() {
  struct Bad : datasets::Dataset<Bad, int> {
    int get(size_t i) override {
      if (i == 5) throw std::invalid_argument("number five");
      TORCH_CHECK_VALUE(i != 7, "number seven");
      return static_cast<int>(i);
    }
    std::optional<size_t> size() const override { return 9; }
  };
  auto here = make_data_loader<samplers::SequentialSampler>(Bad(), 3);
  thrown("here", [&] { for (auto& b : *here) say(text(b)); });
  auto workers = make_data_loader<samplers::SequentialSampler>(Bad(), DataLoaderOptions(3).workers(2));
  auto it = workers->begin();
  thrown("worker", [&] { ++it; });
  try {
    auto other = make_data_loader<samplers::SequentialSampler>(Bad(), DataLoaderOptions(6).workers(1));
    *other->begin();
  } catch (const WorkerException& e) {
    thrown("original", [&] { std::rethrow_exception(e.original_exception); });
    say(e.message);
  }
  struct Slow : Counted {
    std::vector<int> get_batch(torch::ArrayRef<size_t>) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      return {1};
    }
  };
  auto slow = make_data_loader<samplers::SequentialSampler>(Slow(), DataLoaderOptions(1).workers(1).max_jobs(1).timeout(std::chrono::milliseconds(10)));
  thrown("slow", [&] { *slow->begin(); });
}

template <class Set>
std::string emptied(Set& set) {
  std::string r;
  while (auto b = set.get_batch()) r += text(*b);
  return r;
}
static void chunks() {
  using InOrder = samplers::SequentialSampler;
  using Set = datasets::ChunkDataset<Reader, InOrder, InOrder>;
  datasets::ChunkDatasetOptions options(1, 5);
  options.cache_size(10);
  Set plain(Reader(), InOrder(0), InOrder(0), options, [](Ints& v) { for (int& i : v) i = -i; });
  thrown("no reset", [&] { plain.get_batch(); });
  plain.reset();
  say("chunks " + emptied(plain));
  plain.reset();
  thrown("another size", [&] { plain.get_batch(4); });
  say("chunks " + emptied(plain));
  torch::manual_seed(3);
  using Random = datasets::ChunkDataset<Reader>;
  Random random(Reader(), samplers::RandomSampler(0), samplers::RandomSampler(0), datasets::ChunkDatasetOptions(1, 4, 2048, 2));
  random.reset();
  say("random chunks " + emptied(random));
  auto shared = datasets::make_shared_dataset<Set>(Reader(), InOrder(0), InOrder(0), datasets::ChunkDatasetOptions(2, 3, 6));
  auto loader = make_data_loader(shared, DataLoaderOptions(3).workers(0));
  for (int epoch = 0; epoch < 2; ++epoch) {
    Ints all;
    for (auto& b : *loader) all.insert(all.end(), b.begin(), b.end());
    std::sort(all.begin(), all.end());
    say("loaded " + text(all));
  }
  auto mapped = make_data_loader(shared.map(transforms::BatchLambda<Ints, size_t>([](Ints v) { return v.size(); })), DataLoaderOptions(3));
  size_t n = 0;
  for (size_t k : *mapped) n += k;
  say("mapped " + std::to_string(n));
  Reader broken;
  broken.bad = 1;
  Set lost(broken, InOrder(0), InOrder(0), datasets::ChunkDatasetOptions(1, 3));
  lost.reset();
  say(text(*lost.get_batch()));
  thrown("lost", [&] { lost.get_batch(); });
  Set one(Reader(), InOrder(0), InOrder(0), datasets::ChunkDatasetOptions(1, 3, 3));
  one.chunk_sampler().reset(4);
  one.chunk_sampler().next(2);
  std::stringstream file;
  torch::save(one, file);
  Set two(Reader(), InOrder(0), InOrder(0), datasets::ChunkDatasetOptions(1, 3));
  two.chunk_sampler().reset(4);
  torch::load(two, file);
  two.reset();
  say("went on " + emptied(two));
  for (const auto& o : {std::array<size_t, 4>{0, 1, 1, 1}, {1, 0, 1, 1}, {1, 1, 0, 1}, {1, 9, 5, 1}, {1, 1, 1, 0}}) thrown("options", [&] { datasets::ChunkDatasetOptions(o[0], o[1], o[2], o[3]); });
}

static void parts() {
  using namespace torch::data::detail;
  Queue<int> queue;
  queue.push(1);
  queue.push(2);
  std::string line = "queue " + std::to_string(queue.pop());
  line += std::to_string(queue.clear());
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    queue.push(5);
  });
  line += std::to_string(queue.pop());
  late.join();
  say(line);
  thrown("empty", [&] { queue.pop(std::chrono::milliseconds(5)); });
  DataShuttle<int, int> shuttle;
  shuttle.push_job(1);
  shuttle.push_job(2);
  shuttle.push_result(shuttle.pop_job() * 10);
  line = "shuttle " + std::to_string(shuttle.in_flight_jobs());
  line += std::to_string(*shuttle.pop_result());
  line += std::to_string(shuttle.in_flight_jobs());
  shuttle.drain();
  say(line + std::to_string(shuttle.in_flight_jobs()) + std::to_string(shuttle.pop_result().has_value()));
  struct Numbered { size_t sequence_number; };
  sequencers::OrderedSequencer<Numbered> ordered(3);
  sequencers::NoSequencer<Numbered> any;
  std::vector<size_t> order{1, 2, 0}, left = order;
  const auto take = [&]() -> std::optional<Numbered> {
    if (left.empty()) return std::nullopt;
    const size_t n = left.front();
    left.erase(left.begin());
    return Numbered{n};
  };
  line = "sequencers ";
  while (auto r = ordered.next(take)) line += std::to_string(r->sequence_number);
  left = order;
  while (auto r = any.next(take)) line += std::to_string(r->sequence_number);
  say(line);
}

static void digits(const std::string& folder) {
  const auto number = [](uint32_t n) { return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)}; };
  const auto write = [&](const std::string& name, const std::string& bytes) { std::ofstream(folder + "/" + name, std::ios::binary) << bytes; };
  const uint32_t n = 10000;  // libtorch knows how many there are
  std::string pixels(n * 784, '\0'), labels(n, '\0');
  for (uint32_t i = 0; i < n; ++i) {
    pixels[i * 784 + i % 784] = static_cast<char>(i % 256);
    labels[i] = static_cast<char>(i % 10);
  }
  write("t10k-images-idx3-ubyte", number(2051) + number(n) + number(28) + number(28) + pixels);
  write("t10k-labels-idx1-ubyte", number(2049) + number(n) + labels);
  datasets::MNIST set(folder, datasets::MNIST::Mode::kTest);
  const Example<> e = set.get(200);
  say("digits " + std::to_string(set.is_train()) + " " + std::to_string(*set.size()) + " " + std::to_string(set.images().sum().item<float>()) + " " + std::to_string(set.targets().sum().item<int64_t>()) + " " +
      std::to_string(e.data[0][200 / 28][200 % 28].item<float>()) + " " + std::to_string(e.target.item<int64_t>()));
  auto loader = make_data_loader<samplers::SequentialSampler>(set.map(transforms::Normalize<>(0.1307, 0.3081)).map(transforms::Stack<>()), DataLoaderOptions().batch_size(64).workers(2));
  double sum = 0;
  size_t batches = 0;
  for (auto& batch : *loader) sum += batch.data.mean().item<double>() + static_cast<double>(batch.target.sum().item<int64_t>()), ++batches;
  say("digits " + std::to_string(batches) + " " + std::to_string(sum).substr(0, 8));
}

int main(int argc, char** argv) {
  samplers_();
  maps();
  loaders();
  iterators();
  errors();
  chunks();
  parts();
  digits(argc > 1 ? argv[1] : ".");
}

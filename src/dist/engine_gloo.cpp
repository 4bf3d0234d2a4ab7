// Gloo: TCP between all ranks, no launcher needed.
#include <csignal>
#include <cstring>
#include <random>

#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/alltoall.h>
#include <gloo/barrier.h>
#include <gloo/broadcast.h>
#include <gloo/gather.h>
#include <gloo/reduce.h>
#include <gloo/scatter.h>
#include <gloo/transport/tcp/device.h>
#include <gloo/transport/unbound_buffer.h>

#include "dist/gloo_waits.h"
#include "dist/reduce.h"

namespace {

using namespace wick;
using namespace wick::distributed;

struct Keys : gloo::rendezvous::Store {
  Keys(EngineStart start, std::string prefix) : start(std::move(start)), prefix(std::move(prefix)) {}
  void set(const std::string& key, const std::vector<char>& data) override { start.set(prefix + key, std::string(data.begin(), data.end())); }
  std::vector<char> get(const std::string& key) override {
    const std::string value = start.get(prefix + key);
    return {value.begin(), value.end()};
  }
  void wait(const std::vector<std::string>& keys) override { for (const auto& key : keys) start.get(prefix + key); }
  EngineStart start;
  std::string prefix;
};

// Gloo writes to sockets whose other end may be gone: no SIGPIPE for this thread, nor for those it starts.
struct Quiet {
  Quiet() {
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
  }
  ~Quiet() {
    const timespec none{};
    if (!sigismember(&before, SIGPIPE)) while (sigtimedwait(&pipe, nullptr, &none) == SIGPIPE) {}
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  sigset_t pipe, before;
};

// Errors of Gloo's as the groups know them. Gloo says "Timed out" in the text.
template <class F>
void guarded(F f) {
  const Quiet quiet;
  try {
    f();
  } catch (const std::exception& e) {
    const std::string what = e.what();
    if (what.find("imed out") != std::string::npos) throw TimedOut(what);
    throw std::runtime_error(what.substr(what.rfind("] ") == std::string::npos ? 0 : what.rfind("] ") + 2));  // without the source line
  }
}

struct Message : Transfer {
  Message(std::unique_ptr<gloo::transport::UnboundBuffer> buffer, bool receives) : buffer(std::move(buffer)), receives(receives) {}
  void wait(const Limit& limit) override {
    guarded([&] { receives ? buffer->waitRecv(limit.timeout) : buffer->waitSend(limit.timeout); });
  }
  std::unique_ptr<gloo::transport::UnboundBuffer> buffer;
  bool receives;
};

struct Gloo : Engine {
  Gloo(const EngineStart& start_, const std::string& prefix) : start(start_) {
    rank = start.rank;
    size = start.size;
    marks = marks_messages = true;
    const Quiet quiet;
    gloo::transport::tcp::attr attr(start.address.c_str());
    auto device = gloo::transport::tcp::CreateDevice(attr);
    auto made = std::make_shared<GlooContext>(rank, size);
    made->setTimeout(start.timeout);
    Keys keys(start, prefix);
    guarded([&] { made->connectFullMesh(keys, device); });
    made->watch_waits();
    context = made;
    if (start.prove) check_peers();
  }
  // This Gloo believes whoever connects. Before anything else each end of a connection answers the other's number with what only processes of this job can know.
  void check_peers() {
    struct Peer {
      uint64_t mine, theirs, proof, answer;
      std::unique_ptr<gloo::transport::UnboundBuffer> out, in;
    };
    std::vector<Peer> peers(static_cast<size_t>(size));
    std::random_device random;
    const auto number = [](uint64_t nonce, int from, int to) { return nonce ^ (static_cast<uint64_t>(from) << 32 | static_cast<uint64_t>(to + 1)) * 0x9e3779b97f4a7c15ull; };
    const auto exchange = [&](uint64_t slot, uint64_t Peer::* send, uint64_t Peer::* recv) {
      for (int r = 0; r < size; ++r) {
        if (r == rank) continue;
        Peer& p = peers[static_cast<size_t>(r)];
        p.in = context->createUnboundBuffer(&(p.*recv), 8);
        p.in->recv(r, slot, 0, 8);
        p.out = context->createUnboundBuffer(&(p.*send), 8);
        p.out->send(r, slot, 0, 8);
      }
      for (int r = 0; r < size; ++r) {
        if (r == rank) continue;
        Peer& p = peers[static_cast<size_t>(r)];
        try {
          p.out->waitSend(start.timeout);
          p.in->waitRecv(start.timeout);
        } catch (const std::exception& e) {
          throw std::runtime_error("the process at the other end of the connection to rank " + std::to_string(r) + " has not shown that it belongs to this job (" + e.what() + ")");
        }
      }
    };
    for (Peer& p : peers) p.mine = uint64_t{random()} << 32 | random();
    guarded([&] {
      exchange(kProofs, &Peer::mine, &Peer::theirs);
      for (int r = 0; r < size; ++r) peers[static_cast<size_t>(r)].proof = start.prove(number(peers[static_cast<size_t>(r)].theirs, rank, r));
      exchange(kProofs + 1, &Peer::proof, &Peer::answer);
      for (int r = 0; r < size; ++r)
        if (r != rank && peers[static_cast<size_t>(r)].answer != start.prove(number(peers[static_cast<size_t>(r)].mine, r, rank)))
          throw std::runtime_error("the process at the other end of the connection to rank " + std::to_string(r) + " does not belong to this job");
    });
  }

  // Options are named alike: O(context), a tag (only calls of the same meet), a time limit.
  template <class O>
  O options(const Limit& limit) {
    O o(context);
    o.setTag(limit.mark);
    o.setTimeout(limit.timeout);
    return o;
  }
  // Elements as raw units of their size: Gloo only needs that, and the function.
  template <class O, class F>
  static void sized(ScalarType t, O&, const F& f) {
    switch (element_size(t)) {
      case 1: return f(static_cast<uint8_t*>(nullptr));
      case 2: return f(static_cast<uint16_t*>(nullptr));
      case 4: return f(static_cast<uint32_t*>(nullptr));
      case 8: return f(static_cast<uint64_t*>(nullptr));
      default: return f(static_cast<std::complex<double>*>(nullptr));
    }
  }

  void all_reduce(void* data, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    if (size == 1) return;
    auto o = options<gloo::AllreduceOptions>(limit);
    sized(t, o, [&](auto* unit) { o.setOutput(static_cast<decltype(unit)>(data), n); });
    o.setReduceFunction(reduce_function(t, op));
    guarded([&] { gloo::allreduce(o); });
  }
  void reduce(void* data, size_t n, ScalarType t, Reduction op, int root, const Limit& limit) override {
    if (size == 1) return;
    auto o = options<gloo::ReduceOptions>(limit);
    std::vector<char> spare(rank == root ? 0 : n * element_size(t));
    sized(t, o, [&](auto* unit) {
      using P = decltype(unit);
      o.setInput(static_cast<P>(data), n);
      o.setOutput(rank == root ? static_cast<P>(data) : reinterpret_cast<P>(spare.data()), n);
    });
    o.setRoot(root);
    o.setReduceFunction(reduce_function(t, op));
    guarded([&] { gloo::reduce(o); });
  }
  void reduce_scatter(void* in, void* out, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    all_reduce(in, n * static_cast<size_t>(size), t, op, limit);  // this Gloo has none for any number of ranks
    std::memcpy(out, static_cast<char*>(in) + n * element_size(t) * static_cast<size_t>(rank), n * element_size(t));
  }
  void broadcast(void* data, size_t bytes, int root, const Limit& limit) override {
    auto o = options<gloo::BroadcastOptions>(limit);
    o.setOutput(static_cast<char*>(data), bytes);
    o.setRoot(root);
    guarded([&] { gloo::broadcast(o); });
  }
  void all_gather(const void* in, void* out, size_t bytes, const Limit& limit) override {
    auto o = options<gloo::AllgatherOptions>(limit);
    o.setInput(static_cast<char*>(const_cast<void*>(in)), bytes);
    o.setOutput(static_cast<char*>(out), bytes * static_cast<size_t>(size));
    guarded([&] { gloo::allgather(o); });
  }
  void gather(const void* in, void* out, size_t bytes, int root, const Limit& limit) override {
    auto o = options<gloo::GatherOptions>(limit);
    o.setInput(static_cast<char*>(const_cast<void*>(in)), bytes);
    if (rank == root) o.setOutput(static_cast<char*>(out), bytes * static_cast<size_t>(size));
    o.setRoot(root);
    guarded([&] { gloo::gather(o); });
  }
  void scatter(const void* in, void* out, size_t bytes, int root, const Limit& limit) override {
    auto o = options<gloo::ScatterOptions>(limit);
    if (rank == root) {
      std::vector<char*> parts;
      for (int i = 0; i < size; ++i) parts.push_back(static_cast<char*>(const_cast<void*>(in)) + bytes * static_cast<size_t>(i));
      o.setInputs(parts, bytes);
    }
    o.setOutput(static_cast<char*>(out), bytes);
    o.setRoot(root);
    guarded([&] { gloo::scatter(o); });
  }
  void all_to_all(const void* in, void* out, size_t bytes, const Limit& limit) override {
    auto o = options<gloo::AlltoallOptions>(limit);
    o.setInput(static_cast<char*>(const_cast<void*>(in)), bytes * static_cast<size_t>(size));
    o.setOutput(static_cast<char*>(out), bytes * static_cast<size_t>(size));
    guarded([&] { gloo::alltoall(o); });
  }
  void barrier(const Limit& limit) override {
    auto o = options<gloo::BarrierOptions>(limit);
    guarded([&] { gloo::barrier(o); });
  }
  std::unique_ptr<Transfer> send(const void* data, size_t bytes, int to, int tag_) override {
    auto message = std::make_unique<Message>(context->createUnboundBuffer(const_cast<void*>(data), bytes), false);
    guarded([&] { message->buffer->send(to, kMessages + static_cast<uint64_t>(tag_)); });
    return message;
  }
  std::unique_ptr<Transfer> recv(void* data, size_t bytes, int from, int tag_) override {
    auto message = std::make_unique<Message>(context->createUnboundBuffer(data, bytes), true);
    guarded([&] { message->buffer->recv(from, kMessages + static_cast<uint64_t>(tag_)); });
    return message;
  }
  std::unique_ptr<Engine> split(const std::vector<int>& ranks, const std::string& name) override {
    EngineStart part = start;
    part.rank = static_cast<int>(std::find(ranks.begin(), ranks.end(), rank) - ranks.begin());
    part.size = static_cast<int>(ranks.size());
    return std::make_unique<Gloo>(part, "gloo/" + name + "/");
  }
  void abort() override {
    const Quiet quiet;
    context->end_waits();
  }

  static constexpr uint64_t kMessages = 1ull << 60;  // collectives' numbers are below
  static constexpr uint64_t kProofs = 1ull << 61;
  EngineStart start;
  std::shared_ptr<GlooContext> context;
};

}  // namespace

__attribute__((visibility("default"))) wick::distributed::Engine* wick::distributed::make_engine(const EngineStart& start) { return new Gloo(start, "gloo/"); }

// Gloo's waits, made so that they can be ended. Gloo itself wakes nobody whose message lies in a connection's queue when that connection fails (its Pair::signalException
// knows only the other messages), and such a call would wait until its time limit. So all buffers of a group are made here, known, and woken one by one.
#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>

#include <gloo/rendezvous/context.h>
#include <gloo/transport/context.h>
#include <gloo/transport/unbound_buffer.h>

namespace wick::distributed {

class GlooContext : public gloo::rendezvous::Context {
 public:
  using gloo::rendezvous::Context::Context;
  // After connecting: from now on waits can be ended.
  void watch_waits() {
    inner_ = transportContext_;
    transportContext_ = std::make_shared<Transport>(*this);
  }
  // Connections are closed, which takes a wait that ends too late; then those are woken who wait all the same.
  void end_waits() {
    char nothing = 0;
    try {
      inner_->createUnboundBuffer(&nothing, 1)->waitRecv(nullptr, std::chrono::milliseconds(1));
    } catch (const std::exception&) {
    }
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    for (Buffer* b = first_; b; b = b->next) {
      b->real->abortWaitRecv();
      b->real->abortWaitSend();
    }
  }

 private:
  using Base = gloo::transport::UnboundBuffer;
  struct Buffer : Base {
    Buffer(GlooContext& c_, void* p, size_t n) : Base(p, n), c(c_), real(c.inner_->createUnboundBuffer(p, n)) {
      std::lock_guard<std::mutex> lock(c.mutex_);
      check(!c.ended_);
      next = c.first_;
      if (next) next->before = this;
      c.first_ = this;
    }
    ~Buffer() override {
      std::lock_guard<std::mutex> lock(c.mutex_);
      (before ? before->next : c.first_) = next;
      if (next) next->before = before;
    }
    static void check(bool goes_on) { if (!goes_on) throw std::runtime_error("ended"); }
    bool waitRecv(int* rank, std::chrono::milliseconds timeout) override { return check(real->waitRecv(rank, timeout)), true; }
    bool waitSend(int* rank, std::chrono::milliseconds timeout) override { return check(real->waitSend(rank, timeout)), true; }
    void abortWaitRecv() override { real->abortWaitRecv(); }
    void abortWaitSend() override { real->abortWaitSend(); }
    void send(int to, uint64_t slot, size_t offset, size_t bytes) override { real->send(to, slot, offset, bytes); }
    void recv(int from, uint64_t slot, size_t offset, size_t bytes) override { real->recv(from, slot, offset, bytes); }
    void recv(std::vector<int> from, uint64_t slot, size_t offset, size_t bytes) override { real->recv(std::move(from), slot, offset, bytes); }
    GlooContext& c;
    std::unique_ptr<Base> real;
    Buffer *next = nullptr, *before = nullptr;
  };
  struct Transport : gloo::transport::Context {
    explicit Transport(GlooContext& c) : Context(c.rank, c.size), c(c) {}
    std::unique_ptr<gloo::transport::Pair>& getPair(int rank) override { return c.inner_->getPair(rank); }
    std::unique_ptr<gloo::transport::Pair>& createPair(int rank) override { return c.inner_->createPair(rank); }
    std::unique_ptr<Base> createUnboundBuffer(void* p, size_t n) override { return std::make_unique<Buffer>(c, p, n); }
    GlooContext& c;
  };

  std::shared_ptr<gloo::transport::Context> inner_;
  std::mutex mutex_;
  Buffer* first_ = nullptr;
  bool ended_ = false;
};

}  // namespace wick::distributed

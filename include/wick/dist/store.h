// Stores: small values that the processes of a job share while they find each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <wick/core/error.h>

namespace wick {
inline namespace v1 {
/// What went wrong between processes: an engine's failure, a peer that is gone, calls that do not fit each other.
class DistError : public Error { public: using Error::Error; };
/// A call took longer than its time limit.
class TimeoutError : public DistError { public: using DistError::DistError; };
}  // namespace v1
namespace distributed {
inline namespace v1 {

/// The errors of this room.
using wick::DistError;
using wick::TimeoutError;

/// Keys and values that all processes of a job see. `get` and `wait` wait until the keys are there, at most `timeout` (by default the store's own): a
/// TimeoutError names the keys. `add` counts (from 0) and returns the sum; `compare_set` sets `desired` where `expected` stands (or nothing, if `expected` is
/// empty) and returns what stands there now. (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.Store)
class Store {
 public:
  virtual ~Store() = default;
  virtual void set(const std::string& key, const std::string& value) = 0;
  virtual std::string get(const std::string& key) = 0;
  virtual int64_t add(const std::string& key, int64_t amount) = 0;
  virtual std::string compare_set(const std::string& key, const std::string& expected, const std::string& desired) = 0;
  virtual bool check(const std::vector<std::string>& keys) = 0;
  virtual void wait(const std::vector<std::string>& keys, std::chrono::milliseconds timeout) = 0;
  void wait(const std::vector<std::string>& keys) { wait(keys, timeout_); }
  virtual bool delete_key(const std::string& key) = 0;
  std::chrono::milliseconds timeout() const { return timeout_; }
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

 protected:
  std::chrono::milliseconds timeout_ = std::chrono::minutes(5);
};

/// Where a TCPStore's server is, and how to reach it. Port 0 of a server: any that is free (`TCPStore::port` tells which). Only clients that know
/// `secret` are let in. With a rank the server watches the process: when it ends without a goodbye, or is silent for `silence`, all others are told; and each process finds out when
/// the server is silent for so long (0: never).
struct TCPStoreOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 29500;
  bool is_server = false;
  std::string secret;
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
  std::chrono::milliseconds silence = std::chrono::seconds(8);
};

/// A store in the memory of one process, the server (usually rank 0), that the others reach over TCP. Errors: a port in use, a host that does not resolve or
/// does not answer in time, another secret.
/// (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.TCPStore)
class TCPStore : public Store {
 public:
  explicit TCPStore(const TCPStoreOptions& options);
  ~TCPStore() override;
  using Store::wait;
  void set(const std::string& key, const std::string& value) override;
  std::string get(const std::string& key) override;
  int64_t add(const std::string& key, int64_t amount) override;
  std::string compare_set(const std::string& key, const std::string& expected, const std::string& desired) override;
  bool check(const std::vector<std::string>& keys) override;
  void wait(const std::vector<std::string>& keys, std::chrono::milliseconds timeout) override;
  bool delete_key(const std::string& key) override;

  /// The server's port, and this machine's address on the way to the server.
  uint16_t port() const;
  std::string local_address() const;
  /// What a watched process hears and tells, on a thread of the store's. `lost`: a sentence about the first process (its rank is given) that is gone, or has failed;
  /// with `left`, it has ended without a word but nothing more. `waits`: the operations that this process has waited in for long, in the form that groups compare
  /// them. `stands`: where it stands in a group.
  struct Watcher {
    std::function<void(int rank, const std::string& what, bool left)> lost;
    std::function<std::string()> waits;
    std::function<std::string(const std::string& group)> stands;
  };
  /// Registers this process as `rank`. `goodbye` says that this process leaves; the server waits for the others' goodbyes, `patience` at most. When it is not
  /// `in_order`, others are told that it has left.
  void watch(int rank, Watcher watcher);
  void goodbye(std::chrono::milliseconds patience = std::chrono::seconds(10), bool in_order = true);
  /// Tells all other watched processes why this one has failed.
  void tell(const std::string& what);
  /// Where processes stand in a group, one text each; empty for those that have not answered within `patience`.
  std::vector<std::string> ask_stands(const std::string& group, const std::vector<int>& ranks, std::chrono::milliseconds patience);

 private:
  struct Server;
  struct Client;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

/// A store in a file that all processes can reach; it must be new or empty at the start of a job. Errors: a file that cannot be opened.
/// (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.FileStore)
class FileStore : public Store {
 public:
  explicit FileStore(std::string path, std::chrono::milliseconds timeout = std::chrono::minutes(5));
  ~FileStore() override;
  using Store::wait;
  void set(const std::string& key, const std::string& value) override;
  std::string get(const std::string& key) override;
  int64_t add(const std::string& key, int64_t amount) override;
  std::string compare_set(const std::string& key, const std::string& expected, const std::string& desired) override;
  bool check(const std::vector<std::string>& keys) override;
  void wait(const std::vector<std::string>& keys, std::chrono::milliseconds timeout) override;
  bool delete_key(const std::string& key) override;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// Another store's keys below a prefix.
class PrefixStore : public Store {
 public:
  PrefixStore(std::string prefix, std::shared_ptr<Store> store) : prefix_(std::move(prefix) + "/"), store_(std::move(store)) { timeout_ = store_->timeout(); }
  using Store::wait;
  void set(const std::string& key, const std::string& value) override { store_->set(prefix_ + key, value); }
  std::string get(const std::string& key) override { return store_->get(prefix_ + key); }
  int64_t add(const std::string& key, int64_t amount) override { return store_->add(prefix_ + key, amount); }
  std::string compare_set(const std::string& key, const std::string& expected, const std::string& desired) override { return store_->compare_set(prefix_ + key, expected, desired); }
  bool check(const std::vector<std::string>& keys) override { return store_->check(prefixed(keys)); }
  void wait(const std::vector<std::string>& keys, std::chrono::milliseconds timeout) override { store_->wait(prefixed(keys), timeout); }
  bool delete_key(const std::string& key) override { return store_->delete_key(prefix_ + key); }

 private:
  std::vector<std::string> prefixed(const std::vector<std::string>& keys) const {
    std::vector<std::string> all;
    for (const auto& key : keys) all.push_back(prefix_ + key);
    return all;
  }
  std::string prefix_;
  std::shared_ptr<Store> store_;
};

}  // namespace v1
}  // namespace distributed
}  // namespace wick

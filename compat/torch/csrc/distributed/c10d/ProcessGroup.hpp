// libtorch's process groups over Wick's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/util/intrusive_ptr.h>
#include <wick/dist/process_group.h>

namespace c10d {

using wick::distributed::Store;
using wick::distributed::TCPStore;
using wick::distributed::TCPStoreOptions;
using wick::distributed::FileStore;
using wick::distributed::PrefixStore;

/// The reductions there are, in a wrapper as libtorch's is.
struct ReduceOp {
  enum RedOpType : uint8_t { SUM = 0, AVG = 1, PRODUCT = 2, MIN = 3, MAX = 4 };
  ReduceOp(RedOpType op = SUM) : op_(op) {}
  operator RedOpType() const { return op_; }
  RedOpType op_;
};

constexpr auto kUnsetTimeout = std::chrono::milliseconds(-1);
struct AllreduceOptions { ReduceOp reduceOp = ReduceOp::SUM; std::chrono::milliseconds timeout = kUnsetTimeout; };
struct ReduceOptions { ReduceOp reduceOp = ReduceOp::SUM; int64_t rootRank = 0; int64_t rootTensor = 0; std::chrono::milliseconds timeout = kUnsetTimeout; };
struct BroadcastOptions { int64_t rootRank = 0; int64_t rootTensor = 0; std::chrono::milliseconds timeout = kUnsetTimeout; };
struct GatherOptions { int64_t rootRank = 0; std::chrono::milliseconds timeout = kUnsetTimeout; };
struct ScatterOptions { int64_t rootRank = 0; std::chrono::milliseconds timeout = kUnsetTimeout; };
struct ReduceScatterOptions { ReduceOp reduceOp = ReduceOp::SUM; std::chrono::milliseconds timeout = kUnsetTimeout; };
struct AllgatherOptions { std::chrono::milliseconds timeout = kUnsetTimeout; };
struct AllToAllOptions { std::chrono::milliseconds timeout = kUnsetTimeout; };
struct BarrierOptions { std::chrono::milliseconds timeout = kUnsetTimeout; };

/// An operation under way, and the tensors it gives.
class Work : public c10::intrusive_ptr_target {
 public:
  Work(std::shared_ptr<wick::distributed::Work> work, std::vector<at::Tensor> result) : work_(std::move(work)), result_(std::move(result)) {}
  bool wait(std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) { return work_->wait(timeout); }
  bool isCompleted() const { return work_->is_completed(); }
  bool isSuccess() const { return work_->is_success(); }
  std::exception_ptr exception() const { return work_->exception(); }
  std::vector<at::Tensor> result() const { return result_; }
  void synchronize() { wait(); }

 private:
  std::shared_ptr<wick::distributed::Work> work_;
  std::vector<at::Tensor> result_;
};

/// Collective operations take lists with one tensor, as all of libtorch's CPU groups do.
class ProcessGroup : public c10::intrusive_ptr_target {
 public:
  using Work = ::c10d::Work;
  using Tensors = std::vector<at::Tensor>;
  explicit ProcessGroup(wick::distributed::Group group) : group_(std::move(group)) {}
  int getRank() const { return group_->rank(); }
  int getSize() const { return group_->size(); }
  std::string getBackendName() const { return group_->backend(); }
  const wick::distributed::Group& group() const { return group_; }

  c10::intrusive_ptr<Work> broadcast(Tensors& t, const BroadcastOptions& o = {}) { return made(wick::distributed::broadcast(one(t), static_cast<int>(o.rootRank), group_, true), t); }
  c10::intrusive_ptr<Work> allreduce(Tensors& t, const AllreduceOptions& o = {}) { return made(wick::distributed::all_reduce(one(t), op(o.reduceOp), group_, true), t); }
  c10::intrusive_ptr<Work> reduce(Tensors& t, const ReduceOptions& o = {}) { return made(wick::distributed::reduce(one(t), static_cast<int>(o.rootRank), op(o.reduceOp), group_, true), t); }
  c10::intrusive_ptr<Work> allgather(std::vector<Tensors>& out, Tensors& in, const AllgatherOptions& = {}) { return made(wick::distributed::all_gather(one(out), one(in), group_, true), one(out)); }
  c10::intrusive_ptr<Work> gather(std::vector<Tensors>& out, Tensors& in, const GatherOptions& o = {}) {
    const Tensors to = out.empty() ? Tensors() : out[0];
    return made(wick::distributed::gather(one(in), to, static_cast<int>(o.rootRank), group_, true), to);
  }
  c10::intrusive_ptr<Work> scatter(Tensors& out, std::vector<Tensors>& in, const ScatterOptions& o = {}) {
    return made(wick::distributed::scatter(one(out), in.empty() ? Tensors() : in[0], static_cast<int>(o.rootRank), group_, true), out);
  }
  c10::intrusive_ptr<Work> reduce_scatter(Tensors& out, std::vector<Tensors>& in, const ReduceScatterOptions& o = {}) { return made(wick::distributed::reduce_scatter(one(out), one(in), op(o.reduceOp), group_, true), out); }
  c10::intrusive_ptr<Work> alltoall(Tensors& out, Tensors& in, const AllToAllOptions& = {}) { return made(wick::distributed::all_to_all(out, in, group_, true), out); }
  c10::intrusive_ptr<Work> barrier(const BarrierOptions& = {}) { return made(wick::distributed::barrier(group_, true), {}); }
  c10::intrusive_ptr<Work> send(Tensors& t, int dst, int tag) { return made(wick::distributed::isend(one(t), dst, group_, tag), t); }
  c10::intrusive_ptr<Work> recv(Tensors& t, int src, int tag) { return made(wick::distributed::irecv(one(t), src, group_, tag), t); }
  /// Ends the process, so that its peers are told.
  void abort() { std::abort(); }

 protected:
  template <class T>
  static T& one(std::vector<T>& list) {
    if (list.size() != 1) throw wick::ValueError("ProcessGroup: expected one tensor in each list, got " + std::to_string(list.size()));
    return list[0];
  }
  static wick::distributed::ReduceOp op(ReduceOp o) { return static_cast<wick::distributed::ReduceOp>(o.op_); }
  static c10::intrusive_ptr<Work> made(std::shared_ptr<wick::distributed::Work> work, Tensors result) { return c10::make_intrusive<Work>(std::move(work), std::move(result)); }
  /// The job's group, started at the first call, or one of some ranks.
  static wick::distributed::Group start(const std::string& backend, const std::vector<int>& ranks) {
    const auto all = wick::distributed::is_initialized() ? wick::distributed::default_group() : wick::distributed::init_process_group(backend);
    return ranks.empty() ? all : wick::distributed::new_group(ranks);
  }
  wick::distributed::Group group_;
};

}  // namespace c10d

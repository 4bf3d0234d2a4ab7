// Process groups: collective operations between the processes of a job.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/dist/store.h>
#include <wick/tensor.h>

namespace wick {
namespace distributed {
inline namespace v1 {

/// How values of the ranks become one. For bool, SUM and MAX are "or", PRODUCT and MIN "and"; AVG of integers is cut toward zero; complex numbers have no MIN
/// and MAX. 16-bit floating types travel as such and are added in float32.
enum class ReduceOp : uint8_t { SUM, AVG, PRODUCT, MIN, MAX };

/// How a job finds itself. What is not given here is read from the environment: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT as torchrun and
/// `wick launch` set them, else what mpirun and Slurm set. `store` or `init_method` ("env://", "tcp://HOST:PORT", "file:///PATH") replaces the rendezvous
/// over MASTER_ADDR. `timeout` is that of each operation, and of the start; WICK_DIST_TIMEOUT (seconds) takes the place of the default.
struct InitOptions {
  int rank = -1;
  int world_size = -1;
  std::string init_method;
  std::shared_ptr<Store> store;
  std::chrono::milliseconds timeout = std::chrono::minutes(30);
};

/// An operation under way. `wait` returns when its tensors may be used, and throws what went wrong; `timeout` 0 is that of the group.
/// (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.Work)
class Work {
 public:
  struct State;
  explicit Work(std::shared_ptr<State> state) : state_(std::move(state)) {}
  bool wait(std::chrono::milliseconds timeout = std::chrono::milliseconds(0));
  bool is_completed() const;
  /// Whether it ended well; what went wrong, null if nothing did.
  bool is_success() const;
  std::exception_ptr exception() const;
  /// libtorch's names.
  bool isCompleted() const { return is_completed(); }
  bool isSuccess() const { return is_success(); }

 private:
  std::shared_ptr<State> state_;
};

/// What a group's operations took since it was made: how many, the bytes of their tensors, the seconds in which one was under way, and those of them in which the
/// program waited for it. The others went on beside its work.
struct Traffic {
  int64_t operations = 0, bytes = 0;
  double busy = 0, exposed = 0;
};

/// Some ranks of a job, and their connections. Made by `init_process_group` and `new_group`. Every member must call the same operations in the same order.
class ProcessGroup {
 public:
  struct Impl;
  explicit ProcessGroup(std::unique_ptr<Impl> impl);
  ~ProcessGroup();
  /// This process's number in the group, how many there are, "gloo" or "mpi", and the ranks in the job of all members.
  int rank() const;
  int size() const;
  const std::string& backend() const;
  const std::vector<int>& ranks() const;
  std::chrono::milliseconds timeout() const;
  /// The store of the job, below this group's prefix; null with MPI, which needs none.
  std::shared_ptr<Store> store() const;
  Traffic traffic() const;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};
using Group = std::shared_ptr<ProcessGroup>;

/// Whether Wick was built with an engine and it can be loaded here: "gloo" (TCP between all ranks, no launcher needed) and "mpi" (within mpirun or srun).
bool is_available(const std::string& backend);
inline bool is_gloo_available() { return is_available("gloo"); }
inline bool is_mpi_available() { return is_available("mpi"); }

/// Starts the job's group and makes it the default of every call below; returns when all ranks are there. Errors: no such engine; a missing variable, named;
/// a world size that the others do not have; a port in use; a host that does not resolve; a rank twice or out of range; some rank that does not come in time.
/// (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.init_process_group)
Group init_process_group(const std::string& backend, const InitOptions& options = {});
/// Ends it in order. Subgroups must not be used afterwards.
void destroy_process_group();
bool is_initialized();
/// The default group. Errors: none was started.
Group default_group();
/// A group of some ranks of the job; every process of the job calls it, in the same order. Null for processes that do not belong to it.
/// (https://docs.pytorch.org/docs/stable/distributed.html#torch.distributed.new_group)
Group new_group(const std::vector<int>& ranks, std::optional<std::chrono::milliseconds> timeout = std::nullopt);
/// This process in a group (default: the job's); -1 if it is not a member. LOCAL_RANK, the number on this machine, 0 if nobody set it.
int get_rank(const Group& group = nullptr);
int get_world_size(const Group& group = nullptr);
int get_local_rank();

/// The collective operations. Tensors are changed in place; any strides will do. With `async_op` they return at once and give the Work to wait for, else they
/// return when done, and null. `group` null is the default group; `root`, `dst` and `src` are ranks in the group. Errors: TypeError for a dtype that has no
/// such reduction; ValueError for shapes and roots that do not fit; DistError and TimeoutError name the operation, its number and how long it waited, and what each
/// rank calls when these do not fit. With WICK_DIST_CHECK=1 each call is first compared between ranks, shapes exactly, and the group stays usable.
/// (https://docs.pytorch.org/docs/stable/distributed.html#collective-functions)
std::shared_ptr<Work> all_reduce(const Tensor& tensor, ReduceOp op = ReduceOp::SUM, const Group& group = nullptr, bool async_op = false);
/// All tensors, of one dtype, as one call.
std::shared_ptr<Work> all_reduce_coalesced(const std::vector<Tensor>& tensors, ReduceOp op = ReduceOp::SUM, const Group& group = nullptr, bool async_op = false);
std::shared_ptr<Work> broadcast(const Tensor& tensor, int src, const Group& group = nullptr, bool async_op = false);
/// The result is `dst`'s; others' tensors stay.
std::shared_ptr<Work> reduce(const Tensor& tensor, int dst, ReduceOp op = ReduceOp::SUM, const Group& group = nullptr, bool async_op = false);
/// One tensor of each rank: a list of as many tensors as ranks, or one tensor with the parts along dimension 0. `gather` and `scatter`: the list is given by
/// the root only, empty elsewhere.
std::shared_ptr<Work> all_gather(const std::vector<Tensor>& tensors, const Tensor& tensor, const Group& group = nullptr, bool async_op = false);
std::shared_ptr<Work> all_gather_into_tensor(const Tensor& output, const Tensor& input, const Group& group = nullptr, bool async_op = false);
std::shared_ptr<Work> gather(const Tensor& tensor, const std::vector<Tensor>& gather_list, int dst, const Group& group = nullptr, bool async_op = false);
std::shared_ptr<Work> scatter(const Tensor& tensor, const std::vector<Tensor>& scatter_list, int src, const Group& group = nullptr, bool async_op = false);
/// Each rank gets the reduction of the parts with its number.
std::shared_ptr<Work> reduce_scatter(const Tensor& output, const std::vector<Tensor>& inputs, ReduceOp op = ReduceOp::SUM, const Group& group = nullptr, bool async_op = false);
std::shared_ptr<Work> reduce_scatter_tensor(const Tensor& output, const Tensor& input, ReduceOp op = ReduceOp::SUM, const Group& group = nullptr, bool async_op = false);
/// Part i goes to rank i, and what comes from rank i is part i. All parts have one shape.
std::shared_ptr<Work> all_to_all(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs, const Group& group = nullptr, bool async_op = false);
std::shared_ptr<Work> all_to_all_single(const Tensor& output, const Tensor& input, const Group& group = nullptr, bool async_op = false);
/// Returns when all have come.
std::shared_ptr<Work> barrier(const Group& group = nullptr, bool async_op = false);
/// From one rank to another; messages between two ranks with the same tag arrive in order. `isend` and `irecv` return at once.
void send(const Tensor& tensor, int dst, const Group& group = nullptr, int tag = 0);
void recv(const Tensor& tensor, int src, const Group& group = nullptr, int tag = 0);
std::shared_ptr<Work> isend(const Tensor& tensor, int dst, const Group& group = nullptr, int tag = 0);
std::shared_ptr<Work> irecv(const Tensor& tensor, int src, const Group& group = nullptr, int tag = 0);

}  // namespace v1
}  // namespace distributed
}  // namespace wick

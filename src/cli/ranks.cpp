#include "cli/ranks.h"

#include <sched.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <wick/core/str.h>

namespace wick::cli {
namespace {

int number(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : 0;
}
// Which engine the environment is made for; none for one process. Slurm counts where srun started a step.
std::string engine_here() {
  if (number("WORLD_SIZE") > 1) return "gloo";
  if (number("OMPI_COMM_WORLD_SIZE") > 1 || number("PMI_SIZE") > 1 || number("SLURM_STEP_NUM_TASKS") > 1) return distributed::is_mpi_available() ? "mpi" : "gloo";
  return {};
}
int ranks_on_this_machine(int ranks) {
  for (const char* name : {"LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"})
    if (const int n = number(name); n > 0) return n;
  return ranks;
}

}  // namespace

Job::Job(const RunOptions& o) : o_(o), batch_(o.batch_size) {
  if (const std::string engine = engine_here(); !engine.empty()) {
    group = distributed::init_process_group(o.backend.empty() ? engine : o.backend);
    rank = group->rank();
    ranks = group->size();
    if (ranks == 1) group = nullptr;
  }
  share_threads(o);
  if (o.global_batch) {
    WICK_CHECK_TYPE(ValueError, batch_ % ranks == 0, "--global-batch: ", batch_, " examples cannot be shared equally by ", ranks, " ranks; choose a multiple");
    batch_ /= ranks;
  }
  const double larger = o.global_batch ? 1 : ranks;  // the batch of all, in units of --batch-size
  rate_ = o.scale_lr == "linear" ? larger : o.scale_lr == "sqrt" ? std::sqrt(larger) : 1;
}
Job::~Job() {
  if (!group) return;
  group = nullptr;
  if (std::uncaught_exceptions() > 0) return;  // the others are not at their end: the process just leaves
  try {
    distributed::destroy_process_group();
  } catch (const std::exception&) {
  }
}

// Each its share of the cores, unless somebody has said otherwise, or has bound the process to some of them.
void Job::share_threads(const RunOptions& o) const {
  if (o.threads > 0) return set_num_threads(o.threads);
  cpu_set_t mine;
  const bool bound = sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) < sysconf(_SC_NPROCESSORS_ONLN);
  if (ranks > 1 && !bound && !std::getenv("OMP_NUM_THREADS")) set_num_threads(std::max(1, get_num_threads() / ranks_on_this_machine(ranks)));
}

std::string Job::text() const {
  const int here = ranks_on_this_machine(ranks);
  std::string s = str(ranks, " over ", group->backend(), here < ranks ? str(", ", here, " on this machine") : std::string(), "; a batch of ", batch_, " each, ", batch_ * ranks, " in all");
  if (rate_ != 1) s += str("; learning rate x ", rate_);
  return s;
}

std::string Job::from_first(const std::string& own) const {
  if (!group) return own;
  Tensor size = tensor(static_cast<int64_t>(own.size()));
  distributed::broadcast(size, 0, group);
  const Tensor text = zeros({size.item<int64_t>() + 1}, kByte);
  if (first()) std::memcpy(text.data_ptr(), own.data(), own.size());
  distributed::broadcast(text, 0, group);
  return reinterpret_cast<const char*>(text.data_ptr<uint8_t>());
}
int64_t Job::highest(int64_t own) const {
  if (!group) return own;
  const Tensor t = tensor(own);
  distributed::all_reduce(t, distributed::ReduceOp::MAX, group);
  return t.item<int64_t>();
}
Source Job::part(const Source& whole) const {
  if (!group) return whole;
  const auto n = static_cast<size_t>(ranks), r = static_cast<size_t>(rank), begin = whole.n * r / n, end = whole.n * (r + 1) / n;
  return Source(end - begin, [batch = whole.batch, begin](ArrayRef<size_t> request) {
    std::vector<size_t> there(request.begin(), request.end());
    for (size_t& i : there) i += begin;
    return batch(there);
  });
}
Tensor Job::gathered(const Tensor& rows) const {
  if (!group) return rows;
  const int64_t most = highest(rows.size(0));
  const Tensor sizes = empty({ranks}, kLong);
  distributed::all_gather_into_tensor(sizes, tensor(rows.size(0)).reshape({1}), group);
  const Tensor own = rows.size(0) == most ? rows.contiguous() : cat({rows, rows.narrow(0, 0, most - rows.size(0))});
  std::vector<Tensor> all, kept;
  for (int r = 0; r < ranks; ++r) all.push_back(empty_like(own));
  distributed::all_gather(all, own, group);
  for (int r = 0; r < ranks; ++r) kept.push_back(all[static_cast<size_t>(r)].narrow(0, 0, sizes.data_ptr<int64_t>()[r]));
  return cat(kept);
}
void Job::same(const nn::Module& module) const {
  if (!group) return;
  const NoGradGuard off;
  for (const Tensor& p : module.parameters()) distributed::broadcast(p.detach(), 0, group);
  for (const Tensor& b : module.buffers()) distributed::broadcast(b, 0, group);
}

}  // namespace wick::cli

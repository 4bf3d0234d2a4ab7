// Process groups within mpirun.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

namespace c10d {

class ProcessGroupMPI : public ProcessGroup {
 public:
  using ProcessGroup::ProcessGroup;
  /// The group of all ranks, or of some; null for those that do not belong to it.
  static c10::intrusive_ptr<ProcessGroupMPI> createProcessGroupMPI(std::vector<int> ranks = {}) {
    auto group = start("mpi", ranks);
    return group ? c10::make_intrusive<ProcessGroupMPI>(std::move(group)) : nullptr;
  }
};

}  // namespace c10d

// What the states of communication hooks share: their tensors, one a bucket, in archives.
#pragma once

#include <map>
#include <string>

#include <wick/dist/process_group.h>

namespace wick::serialize::inline v1 {
class OutputArchive;
class InputArchive;
}  // namespace wick::serialize::inline v1

namespace wick::distributed::algorithms::inline v1 {

Group group_or_default(const Group& group);
void write_tensors(serialize::OutputArchive& archive, const std::string& name, const std::map<size_t, Tensor>& tensors);
std::map<size_t, Tensor> read_tensors(serialize::InputArchive& archive, const std::string& name);
int64_t read_number(serialize::InputArchive& archive, const std::string& name);

}  // namespace wick::distributed::algorithms::inline v1

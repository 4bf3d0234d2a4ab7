// Rows of a tensor picked by index: reading, overwriting and adding to them. index, index_select, index_add and the
// rest differ only in how they come to the offsets.
#pragma once

#include "ops/index_parts.h"

namespace wick::ops {

// The indexed tensor as [before, indexed, after] with the address of every index, checked.
struct IndexPlan {
  DimVec before, before_strides, shape, after, after_strides;  // `shape`: of the broadcast indices
  std::vector<int64_t> offsets;                                // in elements, one for each index
  DimVec result_sizes() const {
    DimVec s(before);
    for (int64_t v : shape) s.push_back(v);
    for (int64_t v : after) s.push_back(v);
    return s;
  }
};

using Plan = IndexPlan;

// Offsets of all elements of a strided block, in order; and whether that is 0, 1, 2, ...
std::vector<int64_t> block_offsets(const DimVec& sizes, const DimVec& strides);
bool is_dense(const DimVec& sizes, const DimVec& strides);

// result (contiguous [before, indices, after]) = x at the indices
void gather_rows(const Plan& p, const Tensor& x, const Tensor& result);
// x at the indices = values (contiguous [before, indices, after]); of equal indices the last wins
void scatter_rows(const Plan& p, const Tensor& x, const Tensor& values);
// x at the indices += values, in the order of the indices
void add_rows(const Plan& p, const Tensor& x, const Tensor& values);

// A plan for a vector of indices along one dimension (a 0-dim tensor counts as one of size 1). Bounds are checked.
enum class Wrap { no, yes };  // whether negative indices count from the end
Plan plan_along(const char* op, const Tensor& x, int64_t dim, const Tensor& index, Wrap wrap);

}  // namespace wick::ops
